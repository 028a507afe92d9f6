internal import Glibc

/// Frees what `utf8proc_map` allocated with malloc.
func freeUtf8procResult(_ pointer: UnsafeMutablePointer<UInt8>) {
    unsafe free(pointer)
}
