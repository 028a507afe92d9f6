/// What is made of a member's distribution over its tokens before it is one over bytes. Costs no evaluation.
struct LatticeShape: Equatable {
    /// p ← p^{1/τ} / Z.
    var temperature = 1.0
    /// Then log p of the tokens that the path ends with is multiplied by this, and the rest normalised: every member is
    /// kept from repeating tokens of its own.
    var repetitionPenalty = 1.0
    /// How many tokens of the path count, those of start tokens and conversations apart.
    var repetitionWindow = 0

    var isNeutral: Bool { temperature == 1 && (repetitionPenalty == 1 || repetitionWindow == 0) }
}
