package import SwarmVocabulary

/// How members' distributions are aligned.
package struct AlignmentSettings: Sendable, Codable, Equatable {
    /// What the distributions are mixed over.
    package enum Mode: String, Sendable, Codable, CaseIterable {
        /// One shared symbol at a time.
        case union
        /// One byte at a time, every member's law over bytes exact.
        case bytes
        /// As `bytes`, but members decide once a joint segment, and where they cut a word alike its end is decided at once.
        case hybrid
    }

    /// What a member says of a symbol its vocabulary lacks.
    package enum Policy: String, Sendable, Codable, CaseIterable {
        /// Nothing (as GaC, Yu et al. 2024).
        case zero
        /// The probability of the symbol's first piece, then renormalised (as UniTE, Yao et al. 2025).
        case first
        /// Mass-preserving: the probability of a first piece is shared among the symbols that begin with it.
        case share
    }

    /// When two byte keys are one symbol: `KeyNormalization` as recipes write it.
    package enum Normalization: String, Sendable, Codable, CaseIterable {
        case none
        case nfc
        case nfkc
        case nfkcCasefold = "nfkc-casefold"

        /// What the vocabulary map is made with.
        package var ofKeys: KeyNormalization {
            switch self {
            case .none: .none
            case .nfc: .nfc
            case .nfkc: .nfkc
            case .nfkcCasefold: .nfkcCasefold
            }
        }
    }

    package var mode: Mode
    package var policy: Policy
    package var normalization: Normalization
    /// Over bytes: token paths lighter than this share of their member's are left out, and a bound on what that changes
    /// is reported; 0 leaves nothing out. In [0, 1).
    package var epsilon: Double

    package init(
        mode: Mode = .union, policy: Policy = .share, normalization: Normalization = .nfc, epsilon: Double = 0
    ) {
        self.mode = mode
        self.policy = policy
        self.normalization = normalization
        self.epsilon = epsilon
    }
}

/// How aligned distributions are combined.
package struct PoolSettings: Sendable, Codable, Equatable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// p(x) = Σ w_m p_m(x)
        case linear
        /// p(x) ∝ Π p_m(x)^{w_m}
        case logLinear = "log-linear"
    }

    /// What the search does to a particle after each move.
    package enum Constraint: String, Sendable, Codable, CaseIterable {
        /// Euclidean projection onto non-negative weights that sum to 1.
        case simplex
        /// Weights sum to 1, negatives allowed.
        case affine
        /// Weights are the softmax of the coordinates.
        case softmax
    }

    package var kind: Kind
    package var constraint: Constraint
    /// The floor put under a probability of zero by the log-linear pool; in (0, 1).
    package var epsilon: Double
    /// What the pool has besides weights; neutral by default.
    package var dimensions: PoolDimensions

    package init(
        kind: Kind = .linear, constraint: Constraint = .simplex, epsilon: Double = 1e-9,
        dimensions: PoolDimensions = PoolDimensions()
    ) {
        self.kind = kind
        self.constraint = constraint
        self.epsilon = epsilon
        self.dimensions = dimensions
    }
}
