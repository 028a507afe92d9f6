import Foundation
import Glibc
import Synchronization

/// An HTTP server on 127.0.0.1 that lives as long as the value and answers one request a connection.
final class LoopbackServer: Sendable {
    struct Reply: Sendable {
        var status = 200
        var headers: [String] = []
        var body = ""
        /// Seconds before the reply.
        var delay = 0.0
    }

    let url: String
    private let descriptor: Int32
    private let received = Mutex<[String]>([])

    /// Bodies of the requests so far.
    var requests: [String] { received.withLock { $0 } }

    /// - Parameter answer: given the request's number, from 0, and its body.
    init(_ answer: @escaping @Sendable (Int, String) -> Reply) throws {
        // A client that gives up closes the connection: that is no reason to die.
        _ = signal(SIGPIPE, SIG_IGN)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileReadUnknown) }
        self.descriptor = descriptor
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/score"
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                let handle = FileHandle(fileDescriptor: connection, closeOnDealloc: true)
                let body = Self.body(handle)
                guard let self else { return }
                let number = self.received.withLock { requests in
                    requests.append(body)
                    return requests.count - 1
                }
                Thread.detachNewThread {
                    let reply = answer(number, body)
                    Thread.sleep(forTimeInterval: reply.delay)
                    let head = ["HTTP/1.1 \(reply.status) Reply", "Content-Length: \(reply.body.utf8.count)"]
                    let lines = head + reply.headers + ["Connection: close", "", reply.body]
                    try? handle.write(contentsOf: Data(lines.joined(separator: "\r\n").utf8))
                    try? handle.close()
                }
            }
        }
    }

    deinit {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
        _ = close(descriptor)
    }

    private static func body(_ handle: FileHandle) -> String {
        var data = Data()
        while true {
            // What has come; `read(upToCount:)` would wait for all it may read.
            let more = handle.availableData
            guard !more.isEmpty else { return "" }
            data += more
            let text = String(decoding: data, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let head = text[..<end.lowerBound].lowercased()
            let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) }
            let body = String(text[end.upperBound...])
            if body.utf8.count >= length ?? 0 { return body }
        }
    }
}
