import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

@Suite struct SessionTests {
    private func session(capacity: Int) throws -> any ModelSession {
        try Checkpoint.openModel(modelsFolder + "/gpt2").makeSession(capacity: capacity, pool: serial)
    }

    @Test func fullSessionsSaySoAndStayUsable() throws {
        let session = try session(capacity: 4)
        let ids = (3..<9).map { TokenID($0) }
        #expect(throws: ModelError.sessionFull(capacity: 4, needed: 2)) {
            try session.evaluate(ids, after: session.root)
        }
        let nodes = try session.evaluate(Array(ids.prefix(4)), after: session.root).nodes
        #expect(throws: ModelError.sessionFull(capacity: 4, needed: 1)) {
            try session.evaluate([ids[0]], after: nodes[3])
        }
        session.release(nodes.suffix(2))
        #expect(try session.evaluate(Array(ids.suffix(2)), after: nodes[1]).nodes.count == 2)
    }

    @Test func contextsHaveALimit() throws {
        let session = try session(capacity: 100)
        let ids = (0..<49).map { TokenID($0) }
        #expect(throws: ModelError.contextTooLong(limit: 48, length: 49)) {
            try session.evaluate(ids, after: session.root)
        }
        #expect(try session.evaluate(Array(ids.prefix(48)), after: session.root).nodes.count == 48)
    }

    /// Plain errors at the first token, for counts that overflow and for those that no machine has memory for.
    @Test(arguments: ["gpt2", "gemma3", "rwkv5", "mamba"], [Int.max, Int.max / 64, 1 << 44, Int(Int32.max)])
    func sessionsLargerThanMemorySaySo(name: String, capacity: Int) throws {
        let session = try Checkpoint.openModel(modelsFolder + "/" + name).makeSession(capacity: capacity, pool: serial)
        let error = #expect(throws: ModelError.self) { try session.evaluate([TokenID(3)], after: session.root) }
        guard case .outOfMemory(capacity, let needed, let available) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(available > 1 << 20 && needed != 0)
    }

    @Test func tokensAreChecked() throws {
        let session = try session(capacity: 4)
        for id in [-1, 96] {
            #expect(throws: ModelError.tokenOutOfRange(token: id, vocabularySize: 96)) {
                try session.evaluate([TokenID(id)], after: session.root)
            }
        }
    }

    @Test func emptyBatchesAreNothing() throws {
        let session = try session(capacity: 4)
        let result = try session.evaluate([])
        #expect(result.nodes.isEmpty && result.logits.isEmpty)
    }

    /// Many short branches off a growing trunk: rows are reused and results stay those of fresh contexts.
    @Test func survivesLongUse() throws {
        let model = try Checkpoint.openModel(modelsFolder + "/llama")
        let session = model.makeSession(capacity: 60, pool: serial)
        var random = SystemRandomNumberGenerator()
        var trunk: [TokenID] = []
        var nodes: [ContextNode] = []
        for _ in 0..<200 {
            let token = TokenID(Int.random(in: 0..<96, using: &random))
            let side = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                TokenID(Int.random(in: 0..<96, using: &random))
            }
            let branch = try session.evaluate(side, after: nodes.last ?? session.root)
            trunk.append(token)
            nodes += try session.evaluate([token], after: nodes.last ?? session.root).nodes
            session.release(branch.nodes)
            if trunk.count == 48 {
                let keep = Int.random(in: 0..<20, using: &random)
                session.release(nodes[keep...])
                nodes.removeSubrange(keep...)
                trunk.removeSubrange(keep...)
            }
        }
        let probe = try session.evaluate([TokenID(5)], after: nodes.last ?? session.root).logits
        #expect(try Array(prefill(model, trunk + [TokenID(5)]).suffix(model.vocabularySize)) == probe)
    }
}
