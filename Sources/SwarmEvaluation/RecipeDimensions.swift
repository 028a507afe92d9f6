internal import SwarmComposition
internal import Yams

extension PoolDimensions {
    /// Reads `temperature: {NAME: τ}`, `uncertainty: β`, `recency: {share: α, rate: η}` of a pool.
    init(_ fields: [String: YAMLField], members: [String]) throws(RecipeError) {
        self.init()
        if let field = fields["temperature"] {
            temperatures = [Double](repeating: 1, count: members.count)
            for (name, value) in try field.members(known: members) {
                if let index = members.firstIndex(of: name) { temperatures[index] = try value.number(0.01...100) }
            }
        }
        if let field = fields["uncertainty"] { uncertainty = try field.number(-100...100) }
        if let field = fields["recency"] {
            let parts = try field.members(known: ["share", "rate"])
            guard let value = parts["share"] else {
                throw field.error("\"share\" is missing, expected 0 to 1 (1 never leaves the weights)")
            }
            recencyShare = try value.number(0...1)
            if let value = parts["rate"] { recencyRate = try value.number(0...100) }
        }
    }

    /// The keys of a pool that differ from the default, as `init` reads them.
    func yaml(members: [String]) -> [(String, Node)] {
        var keys: [(String, Node)] = []
        if hasTemperatures {
            let values = zip(members, temperatures).filter { $0.1 != 1 }
            keys.append(
                (
                    "temperature",
                    Node(values.map { (Node($0.0, Tag(.str), .doubleQuoted), Node("\($0.1)")) })
                ))
        }
        if uncertainty != 0 { keys.append(("uncertainty", Node("\(uncertainty)"))) }
        if recencyShare != 1 || recencyRate != 1 {
            keys.append(
                (
                    "recency",
                    Node([(Node("share"), Node("\(recencyShare)")), (Node("rate"), Node("\(recencyRate)"))])
                ))
        }
        return keys
    }
}

extension SearchedDimensions {
    /// Reads `search: {temperature, uncertainty, recency}`: `true` for the default range, or `[from, to]`; for recency
    /// `{share: [from, to], rate: [from, to]}`.
    init(_ field: YAMLField) throws(RecipeError) {
        self.init()
        let fields = try field.members(known: ["temperature", "uncertainty", "recency"])
        temperature = try Self.range(
            fields["temperature"], default: Self.temperatureRange, within: 0.25...4, around: 1)
        uncertainty = try Self.range(
            fields["uncertainty"], default: Self.uncertaintyRange, within: -100...100, around: 0)
        guard let recency = fields["recency"] else { return }
        if let isSearched = recency.flag {
            recencyShare = isSearched ? Self.recencyShareRange : nil
            recencyRate = isSearched ? Self.recencyRateRange : nil
        } else {
            let parts = try recency.members(known: ["share", "rate"])
            recencyShare =
                try Self.range(parts["share"], default: Self.recencyShareRange, within: 1e-9...1, around: 1)
                ?? Self.recencyShareRange
            recencyRate = try Self.range(
                parts["rate"], default: Self.recencyRateRange, within: 0...100, around: 1)
        }
    }

    private static func range(
        _ field: YAMLField?, default standard: ClosedRange<Double>, within limits: ClosedRange<Double>,
        around neutral: Double
    ) throws(RecipeError) -> ClosedRange<Double>? {
        guard let field else { return nil }
        if let isSearched = field.flag { return isSearched ? standard : nil }
        let ends = try field.elements()
        guard ends.count == 2 else { throw field.error("found \(ends.count) numbers, expected [from, to]") }
        let (low, high) = (try ends[0].number(limits), try ends[1].number(limits))
        guard low < high, low <= neutral, neutral <= high else {
            throw field.error("found [\(low), \(high)], expected a range around \(neutral), which changes nothing")
        }
        return low...high
    }

    /// The keys of `search`, as `init` reads them.
    var yaml: [(String, Node)] {
        func node(_ range: ClosedRange<Double>) -> Node {
            Node([Node("\(range.lowerBound)"), Node("\(range.upperBound)")])
        }
        var keys: [(String, Node)] = []
        if let temperature { keys.append(("temperature", node(temperature))) }
        if let uncertainty { keys.append(("uncertainty", node(uncertainty))) }
        if let recencyShare {
            let rate = recencyRate.map { [(Node("rate"), node($0))] } ?? [(Node("rate"), Node("false"))]
            keys.append(("recency", Node([(Node("share"), node(recencyShare))] + rate)))
        }
        return keys
    }
}
