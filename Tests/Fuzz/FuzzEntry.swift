internal import Foundation

/// What libFuzzer calls with every input; the program's `main` is libFuzzer's own. The target comes from the
/// environment: `FUZZ_TARGET=json fuzz [libFuzzer options] [corpus…]`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let target = FuzzTarget.current else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        FileHandle.standardError.write(Data("FUZZ_TARGET: expected one of \(names)\n".utf8))
        exit(64)
    }
    target.run(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
