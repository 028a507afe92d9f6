internal import SwarmComposition
internal import SwarmOptimizers
internal import Yams

extension Recipe {
    /// The recipe as YAML that `Recipe(yaml:path:)` reads back to an equal value; every value in force is written out.
    package func yaml() throws -> String {
        var root: [(String, Node)] = [
            ("name", .string(name)), ("seed", .literal("\(seed)")),
            (
                "members",
                Node(
                    members.map { member in
                        .map([
                            ("name", .string(member.name)), ("path", .string(member.path)),
                            ("weight", .number(member.weight)),
                        ])
                    })
            ),
        ]
        if searchesTestSet { root.append(("i_know_this_is_the_test_set", .literal("true"))) }
        if let map { root.append(("map", .string(map))) }
        root += [
            (
                "alignment",
                .map([
                    ("mode", .string(alignment.mode.rawValue)), ("policy", .string(alignment.policy.rawValue)),
                    ("normalization", .string(alignment.normalization.rawValue)),
                    ("epsilon", .number(alignment.epsilon)),
                ])
            ),
            (
                "pool",
                .map(
                    [
                        ("kind", .string(pool.kind.rawValue)), ("constraint", .string(pool.constraint.rawValue)),
                        ("epsilon", .number(pool.epsilon)),
                    ] + pool.dimensions.yaml(members: members.map(\.name)))
            ),
            ("tasks", Node(tasks.map(\.node))), ("combine", .string(combine.rawValue)),
            ("swarm", .map(swarm.yaml)),
            (
                "generate",
                .map([
                    ("prompts", Node(generate.prompts.map(Node.string))),
                    ("max_tokens", .literal("\(generate.maxTokens)")),
                    ("temperature", .number(generate.temperature)), ("top_k", .literal("\(generate.topK)")),
                    ("top_p", .number(generate.topP)), ("min_p", .number(generate.minP)),
                    ("repetition_penalty", .number(generate.repetitionPenalty)),
                    ("stop", Node(generate.stop.map(Node.string))),
                ])
            ),
        ]
        if !search.isEmpty { root.append(("search", .map(search.yaml))) }
        return try Yams.serialize(node: .map(root), width: -1, allowUnicode: true)
    }
}

extension Node {
    /// A plain scalar: a number as it is to be read back.
    static func literal(_ text: String) -> Node { Node(text) }

    /// A quoted string, so that "1.0", "yes" or a newline stay strings.
    static func string(_ text: String) -> Node { Node(text, Tag(.str), .doubleQuoted) }

    /// Swift prints the shortest decimal that reads back to the same Double.
    static func number(_ value: Double) -> Node { Node("\(value)") }

    static func map(_ members: [(String, Node)]) -> Node { Node(members.map { (Node($0.0), $0.1) }) }
}
