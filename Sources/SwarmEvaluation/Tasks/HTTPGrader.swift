internal import Dispatch
internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// Scores answers with a server: answers in the body of a POST, scores in that of its reply (`GraderLines`).
///
/// Only the URL of the task is asked: redirections are errors. A request that cannot be made, takes too long or is
/// answered with 408, 429 or 5xx is sent again after 0.5 s, 1 s, 2 s, … or what `Retry-After` says, up to a minute.
package struct HTTPGrader: Grader {
    private static let replyLimit = 64 << 20

    private let name: String
    private let url: URL
    private let settings: GraderSettings
    /// Seconds before the first repetition; doubles each time.
    private let backoff: Double

    /// - Throws: `EvaluationError.badSetting` for what is no http(s) URL.
    package init(task: String, settings: GraderSettings, backoff: Double = 0.5) throws(EvaluationError) {
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
    }

    package func scores(of responses: [Response], control: RunControl) throws -> [Double] {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = settings.timeLimit
        configuration.timeoutIntervalForResource = settings.timeLimit
        let session = URLSession(configuration: configuration, delegate: NoRedirections(), delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        var scores: [Double] = []
        while scores.count < responses.count {
            let batch = responses[scores.count...].prefix(settings.batchSize)
            let reply = try post(GraderLines.encode(batch), session, control: control)
            scores += try GraderLines.decode(reply, count: batch.count, grader: name)
        }
        return scores
    }

    /// What one request came to.
    private enum Attempt: Sendable {
        case reply([UInt8])
        case status(Int, retryAfter: Double?)
        case failed(String)
    }

    private func post(_ body: [UInt8], _ session: URLSession, control: RunControl) throws -> [UInt8] {
        var delay = backoff
        for attempt in 0...settings.retries {
            var wait = delay
            let problem: EvaluationError
            switch try send(body, session, control: control) {
            case .reply(let bytes):
                guard bytes.count <= Self.replyLimit else {
                    throw bad("reply", "\(bytes.count) bytes", "at most \(Self.replyLimit)")
                }
                return bytes
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

    private func send(_ body: [UInt8], _ session: URLSession, control: RunControl) throws -> Attempt {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(body)
        request.timeoutInterval = settings.timeLimit
        request.setValue("application/x-ndjson", forHTTPHeaderField: "Content-Type")
        request.setValue("application/x-ndjson", forHTTPHeaderField: "Accept")
        let (result, ended) = (ReplyBox(), DispatchSemaphore(value: 0))
        let task = session.dataTask(with: request) { data, response, error in
            if let error {
                result.set(.failed(error.localizedDescription))
            } else if let response = response as? HTTPURLResponse {
                result.set(
                    (200..<300).contains(response.statusCode)
                        ? .reply(Array(data ?? Data()))
                        : .status(
                            response.statusCode,
                            retryAfter: response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init)))
            }
            ended.signal()
        }
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
        return result.value
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

    /// Where the session's thread leaves what came.
    private final class ReplyBox: Sendable {
        private let content = Mutex(Attempt.failed("no reply"))
        var value: Attempt { content.withLock { $0 } }
        func set(_ attempt: Attempt) { content.withLock { $0 = attempt } }
    }
}

private final class NoRedirections: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
