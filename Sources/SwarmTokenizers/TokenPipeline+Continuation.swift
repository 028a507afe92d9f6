/// Reading text that goes on other text: nothing is put before it and nothing at its beginning is taken away.
extension TokenPipeline {
    /// The same pipeline for a text in the middle of another.
    var continuing: TokenPipeline {
        var result = self
        result.normalizer = normalizer?.continuing
        result.preTokenizer = preTokenizer?.continuing
        return result
    }
}

extension Normalizer {
    fileprivate var continuing: Normalizer {
        switch self {
        case .sequence(let steps): return .sequence(steps.map(\.continuing))
        case .prepend: return .sequence([])
        case .strip(_, let right): return .strip(left: false, right: right)
        case .sentencePiece(var normalizer):
            normalizer.continuesText = true
            return .sentencePiece(normalizer)
        default: return self
        }
    }
}

extension PreTokenizer {
    fileprivate var continuing: PreTokenizer {
        switch self {
        case .sequence(let steps): .sequence(steps.map(\.continuing))
        case .byteLevel(_, let regex, let letters): .byteLevel(addPrefixSpace: false, regex: regex, letters: letters)
        case .metaspace(let replacement, _, let split): .metaspace(replacement: replacement, .never, split: split)
        default: self
        }
    }
}
