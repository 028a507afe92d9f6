import Foundation
import SwarmEvaluation
import Testing

@Suite struct HTTPGraderTests {
    private func scores(
        _ count: Int, _ url: String, timeLimit: Double = 10, retries: Int = 2, batchSize: Int = 64,
        outputLimit: Int = 1 << 20, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> [Double] {
        var settings = GraderSettings()
        settings.url = url
        settings.timeLimit = timeLimit
        settings.retries = retries
        settings.batchSize = batchSize
        let responses = (0..<count).map { index in
            Response(
                example: Example(id: "\(index)", content: .generate(prompt: Array("é".utf8), answers: [])),
                text: Array("answer \(index)".utf8))
        }
        return try HTTPGrader(task: "t", settings: settings, backoff: 0.02, outputLimit: outputLimit).scores(
            of: responses, control: RunControl(isCancelled: isCancelled))
    }

    private func problem(_ url: String, timeLimit: Double = 10, retries: Int = 2) -> String {
        do {
            return "scores \(try scores(2, url, timeLimit: timeLimit, retries: retries))"
        } catch {
            return "\(error)"
        }
    }

    /// Scores every answer by its number.
    private static func grade(_ body: String) -> LoopbackServer.Reply {
        let lines = body.split(separator: "\n").map { line -> String in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let response = object?["response"] as? String ?? ""
            return "{\"score\": \(response.filter(\.isNumber))}"
        }
        return .init(body: lines.joined(separator: "\n"))
    }

    @Test func postsInBatches() throws {
        let server = try LoopbackServer { _, body in Self.grade(body) }
        #expect(try scores(7, server.url, batchSize: 3) == [0, 1, 2, 3, 4, 5, 6])
        #expect(server.requests.map { $0.split(separator: "\n").count } == [3, 3, 1])
        #expect(server.requests[0].hasPrefix(#"{"id":"0","prompt":"é","response":"answer 0","doc":{}}"#))
        #expect(try scores(0, server.url) == [] && server.requests.count == 3)
    }

    @Test func triesAgainWhatMayPass() throws {
        for status in [500, 503, 429, 408] {
            let server = try LoopbackServer { number, body in
                number < 2 ? .init(status: status, headers: ["Retry-After: 0"], body: "busy") : Self.grade(body)
            }
            #expect(try scores(2, server.url) == [0, 1])
            #expect(server.requests.count == 3)
        }
        let broken = try LoopbackServer { _, _ in .init(status: 500) }
        #expect(problem(broken.url) == "status, url of task t, \(broken.url): found 500, expected 200")
        #expect(broken.requests.count == 3)
    }

    @Test func doesNotRepeatWhatIsRefused() throws {
        let server = try LoopbackServer { _, _ in .init(status: 403, body: "1\n2") }
        #expect(problem(server.url) == "status, url of task t, \(server.url): found 403, expected 200")
        #expect(server.requests.count == 1)
    }

    @Test func asksNoOtherURL() throws {
        let other = try LoopbackServer { _, body in Self.grade(body) }
        for status in [301, 307] {
            let server = try LoopbackServer { _, _ in .init(status: status, headers: ["Location: \(other.url)"]) }
            #expect(problem(server.url).contains("found \(status), expected 200"))
        }
        #expect(other.requests.isEmpty)
    }

    @Test func timeLimit() throws {
        let server = try LoopbackServer { _, _ in .init(body: "1\n2", delay: 5) }
        let start = ContinuousClock.now
        let text = problem(server.url, timeLimit: 0.2, retries: 1)
        #expect(text.contains("expected one within 0.2 s"), "\(text)")
        #expect(ContinuousClock.now - start < .seconds(3) && server.requests.count == 2)
    }

    @Test(arguments: [("1", "found 1 lines, expected 2"), ("1\nhigh", "output, line 2"), ("1\nnull", "found null")])
    func saysWhatIsWrong(body: String, expected: String) throws {
        let server = try LoopbackServer { _, _ in .init(body: body) }
        #expect(problem(server.url).contains(expected))
        #expect(server.requests.count == 1)
    }

    /// What is too long is not read to its end and not asked for again.
    @Test func repliesHaveALimit() throws {
        let server = try LoopbackServer { _, _ in .init(body: "1\n2" + String(repeating: "\n", count: 300_000)) }
        #expect(try scores(2, server.url) == [1, 2])
        #expect {
            try scores(2, server.url, outputLimit: 1000)
        } throws: { error in
            "\(error)" == "reply, url of task t, \(server.url): found more than 1000 bytes, expected at most 1000"
        }
        #expect(server.requests.count == 2)
    }

    @Test func interruption() throws {
        let server = try LoopbackServer { _, _ in .init(status: 500, delay: 0.5) }
        #expect(throws: EvaluationError.interrupted) { try scores(1, server.url, isCancelled: { true }) }
    }

    @Test func nobodyListens() throws {
        let url = try LoopbackServer { _, _ in .init() }.url
        #expect(problem(url, retries: 1).contains("reply, url of task t, \(url): found none"))
    }

    @Test(arguments: ["", "ftp://127.0.0.1/", "no url", "http://"]) func badURLs(url: String) {
        #expect(problem(url).contains("expected an http or https URL"))
    }
}
