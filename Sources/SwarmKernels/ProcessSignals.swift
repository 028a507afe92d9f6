internal import Glibc

/// The signals of this process.
package enum ProcessSignals {
    /// Lets SIGINT through on the calling thread and those it starts: what began this process may have held it back, as
    /// programs do that begin others from a thread of their own.
    package static func acceptInterrupts() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
