/// The weights that a pool's dimensions give members at each step of a text that is written over symbols or joint
/// segments.
struct StepWeights {
    let dimensions: PoolDimensions
    private let base: [Double]
    private let kind: PoolSettings.Kind
    /// Nil where weights do not change along the text.
    private var weights: TextWeights?
    /// The weights of the last step, one a member.
    private(set) var inForce: [Double]

    /// - Parameter mixing: checked.
    init(_ mixing: Mixing, kind: PoolSettings.Kind) {
        dimensions = mixing.dimensions
        base = mixing.weights
        inForce = mixing.weights
        self.kind = kind
        weights = kind == .linear && mixing.dimensions.isAdaptive ? TextWeights(mixing) : nil
    }

    /// The weights after the text so far, one a member.
    /// - Parameters:
    ///   - awake: members that say something there; the others sleep.
    ///   - entropy: in nats, of what such a member says before its temperature; asked for where it counts.
    ///   - scores: how all members read the text so far, tempered; asked for where weights follow the text.
    /// - Throws: what `entropy` and `scores` throw.
    mutating func weights(
        awake: [Int], entropy: (Int) throws -> Double, scores: () throws -> [TokenScores]
    ) rethrows -> [Double] {
        var entropies = [Double](repeating: .nan, count: base.count)
        if dimensions.uncertainty != 0 { for member in awake { entropies[member] = try entropy(member) } }
        if kind == .logLinear {
            inForce = dimensions.gate(base, entropies: entropies)
        } else if weights != nil {
            if dimensions.hasRecency { weights?.read(try scores()) }
            var isAwake = [Bool](repeating: false, count: base.count)
            for member in awake { isAwake[member] = true }
            inForce = weights?.current.weights(entropies: entropies, isAwake: isAwake) ?? base
        }
        return inForce
    }
}
