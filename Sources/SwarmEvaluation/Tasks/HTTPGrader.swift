internal import Dispatch
internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// Scores answers with a server: answers in the body of a POST, scores in that of its reply (`GraderLines`).
///
/// Only the URL of the task is asked: redirections are errors. A request that cannot be made, takes too long or is
/// answered with 408, 429 or 5xx is sent again after 0.5 s, 1 s, 2 s, … or what `Retry-After` says, up to a minute.
package struct HTTPGrader: Grader {
    private let name: String
    private let url: URL
    private let settings: GraderSettings
    /// Seconds before the first repetition; doubles each time.
    private let backoff: Double
    private let outputLimit: Int

    /// - Parameters:
    ///   - backoff: seconds before the first repetition.
    ///   - outputLimit: bytes of a reply.
    /// - Throws: `EvaluationError.badSetting` for what is no http(s) URL.
    package init(
        task: String, settings: GraderSettings, backoff: Double = 0.5, outputLimit: Int = GraderLines.outputLimit
    ) throws(EvaluationError) {
        guard let url = URL(string: settings.url), let scheme = url.scheme, ["http", "https"].contains(scheme),
            url.host?.isEmpty == false
        else {
            throw .badSetting(
                name: "url of task \(task)", found: "\"\(settings.url)\"", expected: "an http or https URL")
        }
        name = "url of task \(task), \(settings.url)"
        self.url = url
        self.settings = settings
        self.backoff = backoff
        self.outputLimit = outputLimit
    }

    package func scores(of responses: [Response], control: RunControl) throws -> [Double] {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = settings.timeLimit
        configuration.timeoutIntervalForResource = settings.timeLimit
        let receiver = ReplyReceiver(limit: outputLimit)
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        var scores: [Double] = []
        while scores.count < responses.count {
            let batch = responses[scores.count...].prefix(settings.batchSize)
            let reply = try post(GraderLines.encode(batch), session, receiver, control: control)
            scores += try GraderLines.decode(reply, count: batch.count, grader: name)
        }
        return scores
    }

    private func post(
        _ body: [UInt8], _ session: URLSession, _ receiver: ReplyReceiver, control: RunControl
    ) throws -> [UInt8] {
        var delay = backoff
        for attempt in 0...settings.retries {
            var wait = delay
            let problem: EvaluationError
            switch try send(body, session, receiver, control: control) {
            case .reply(let bytes):
                return bytes
            case .tooLong:
                throw bad("reply", "more than \(outputLimit) bytes", "at most \(outputLimit)")
            case .status(let status, let retryAfter):
                problem = bad("status", "\(status)", "200")
                guard status == 408 || status == 429 || (500..<600).contains(status) else { throw problem }
                wait = max(wait, retryAfter ?? 0)
            case .failed(let reason):
                problem = bad("reply", "none (\(reason))", "one within \(settings.timeLimit) s")
            }
            guard attempt < settings.retries else { throw problem }
            try pause(min(wait, 60), control: control)
            delay *= 2
        }
        throw bad("reply", "none", "one")
    }

    private func send(
        _ body: [UInt8], _ session: URLSession, _ receiver: ReplyReceiver, control: RunControl
    ) throws -> ReplyReceiver.Attempt {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(body)
        request.timeoutInterval = settings.timeLimit
        request.setValue("application/x-ndjson", forHTTPHeaderField: "Content-Type")
        request.setValue("application/x-ndjson", forHTTPHeaderField: "Accept")
        let task = session.dataTask(with: request)
        let ended = receiver.expect(task)
        task.resume()
        // The session's own limits count from the last byte; this one counts from the start.
        let deadline = ContinuousClock.now + .seconds(settings.timeLimit)
        while ended.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
            if control.isCancelled() {
                task.cancel()
                throw EvaluationError.interrupted
            }
            if ContinuousClock.now >= deadline {
                task.cancel()
                return .failed("the time limit")
            }
        }
        return receiver.attempt(of: task)
    }

    private func pause(_ seconds: Double, control: RunControl) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            try control.check()
            Thread.sleep(forTimeInterval: min(0.02, seconds))
        }
    }

    private func bad(_ field: String, _ found: String, _ expected: String) -> EvaluationError {
        .badGrader(grader: name, field: field, found: found, expected: expected)
    }
}

/// Collects replies as they come, up to a limit, and follows no redirection.
private final class ReplyReceiver: NSObject, URLSessionDataDelegate {
    /// What one request came to.
    enum Attempt: Sendable {
        case reply([UInt8])
        case tooLong
        case status(Int, retryAfter: Double?)
        case failed(String)
    }

    private struct Reply {
        let ended = DispatchSemaphore(value: 0)
        var body: [UInt8] = []
        var attempt: Attempt?
    }

    private let limit: Int
    /// By the task's identifier.
    private let replies = Mutex<[Int: Reply]>([:])

    init(limit: Int) { self.limit = limit }

    /// Call before the task is resumed.
    /// - Returns: signalled when the task has ended.
    func expect(_ task: URLSessionTask) -> DispatchSemaphore {
        let reply = Reply()
        replies.withLock { $0[task.taskIdentifier] = reply }
        return reply.ended
    }

    /// Takes what the task came to.
    func attempt(of task: URLSessionTask) -> Attempt {
        replies.withLock { $0.removeValue(forKey: task.taskIdentifier)?.attempt } ?? .failed("no reply")
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooLong = replies.withLock { replies -> Bool in
            guard var reply = replies.removeValue(forKey: dataTask.taskIdentifier) else { return true }
            if reply.body.count + data.count > limit {
                reply.body = []
                reply.attempt = .tooLong
            } else {
                reply.body += data
            }
            replies[dataTask.taskIdentifier] = reply
            return reply.attempt != nil
        }
        if isTooLong { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        replies.withLock { replies in
            guard var reply = replies.removeValue(forKey: task.taskIdentifier) else { return }
            if reply.attempt == nil {
                if let error {
                    reply.attempt = .failed(error.localizedDescription)
                } else if let response = task.response as? HTTPURLResponse {
                    reply.attempt =
                        (200..<300).contains(response.statusCode)
                        ? .reply(reply.body)
                        : .status(
                            response.statusCode,
                            retryAfter: response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init))
                }
            }
            replies[task.taskIdentifier] = reply
            reply.ended.signal()
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
