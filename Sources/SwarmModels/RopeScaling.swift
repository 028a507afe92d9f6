internal import Foundation
internal import SwarmFormats
internal import SwarmKernels

/// Rotary frequencies with the scalings that stretch a model past the context it was trained on.
enum RopeScaling {
    /// The rotation that `settings` describe.
    ///
    /// Computed as the reference does: frequencies θ^(−2i/d) in Float, then scaled.
    /// - Parameters:
    ///   - width: numbers of a head that are turned; even.
    ///   - theta: the base.
    ///   - scaled: whether the scaling applies to these layers.
    ///   - context: the model's `max_position_embeddings`.
    ///   - long: whether to take `longrope`'s factors for contexts longer than the original ones.
    static func rotary(
        _ s: ModelSettings, width: Int, theta: Double, interleaved: Bool = false, scaled: Bool = true, context: Int,
        long: Bool = false
    ) throws(ModelError) -> Rotary {
        guard width > 0, width % 2 == 0 else {
            throw s.wrong("head_dim", "rope.dimension_count", "\(width) rotary dimensions", "an even number")
        }
        let plain = frequencies(width: width, theta: theta)
        guard scaled else { return Rotary(frequencies: plain, interleaved: interleaved) }
        return s.isGGUF
            ? try gguf(s, plain, theta: theta, interleaved: interleaved, context: context, long: long)
            : try folder(s, plain, theta: theta, interleaved: interleaved, context: context, long: long)
    }

    /// The length up to which a `longrope` model reads with its short factors; nil for other scalings, and where that is
    /// the whole context.
    static func shortContext(_ s: ModelSettings, context: Int) throws(ModelError) -> Int? {
        if s.isGGUF {
            guard s.tensors["rope_factors_long.weight"] != nil else { return nil }
        } else {
            guard let scaling = s.object("rope_scaling") else { return nil }
            let kind = try ModelSettings.checked(s.path) { () throws(JSONError) in
                try (scaling["rope_type"].ifPresent ?? scaling["type"]).string()
            }
            guard kind == "longrope" || kind == "su" else { return nil }
        }
        let nested = try ModelSettings.checked(s.path) { () throws(JSONError) in
            try s.object("rope_scaling")?["original_max_position_embeddings"].ifPresent?.int(in: 1...1 << 24)
        }
        let length = try s.integer(
            "original_max_position_embeddings", gguf: "rope.scaling.original_context_length", in: 1...1 << 24,
            default: nested ?? context)
        return length < context ? length : nil
    }

    /// The context that yarn reads, where config.json still names the original one: some files are made to be edited so.
    static func stretchedContext(_ s: ModelSettings, context: Int) throws(ModelError) -> Int {
        guard let scaling = s.object("rope_scaling") else { return context }
        return try ModelSettings.checked(s.path) { () throws(JSONError) in
            guard let kind = (scaling["rope_type"].ifPresent ?? scaling["type"]).value?.string, kind == "yarn",
                let original = try scaling["original_max_position_embeddings"].ifPresent?.int(in: 1...1 << 24),
                let factor = try scaling["factor"].ifPresent?.double(), factor.isFinite, factor >= 1
            else { return context }
            return max(context, Int(min(Double(1 << 24), Double(original) * factor)))
        }
    }

    /// θ^(−2i/d), each step rounded to Float.
    private static func frequencies(width: Int, theta: Double) -> [Float] {
        (0..<width / 2).map { 1 / Float(pow(theta, Double(Float(2 * $0) / Float(width)))) }
    }

    private static func folder(
        _ s: ModelSettings, _ plain: [Float], theta: Double, interleaved: Bool, context: Int, long: Bool
    ) throws(ModelError) -> Rotary {
        guard let scaling = s.object("rope_scaling") else {
            return Rotary(frequencies: plain, interleaved: interleaved)
        }
        func number(_ name: String, _ range: ClosedRange<Double>, _ fallback: Double? = nil) throws(ModelError)
            -> Double
        {
            let found = try ModelSettings.checked(s.path) { () throws(JSONError) in
                try scaling[name].ifPresent?.double()
            }
            guard let value = found ?? fallback, value.isFinite, range.contains(value) else {
                throw s.wrong(
                    "rope_scaling." + name, nil, found.map { "\($0)" } ?? "nothing",
                    "\(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        let kind = try ModelSettings.checked(s.path) { () throws(JSONError) in
            try (scaling["rope_type"].ifPresent ?? scaling["type"]).string()
        }
        let factors = 1e-3...1e6
        let lengths = 1...Double(1 << 24)
        switch kind {
        case "default", "mrope":
            return Rotary(frequencies: plain, interleaved: interleaved)
        case "dynamic":
            return Rotary(
                frequencies: plain, interleaved: interleaved,
                stretch: Rotary.Stretch(theta: theta, factor: try number("factor", 1...1e6), context: context))
        case "linear":
            let factor = Float(try number("factor", factors))
            return Rotary(frequencies: plain.map { $0 / factor }, interleaved: interleaved)
        case "llama3":
            return Rotary(
                frequencies: llama3(
                    plain, factor: try number("factor", factors), low: try number("low_freq_factor", factors),
                    high: try number("high_freq_factor", factors),
                    original: try number("original_max_position_embeddings", lengths)),
                interleaved: interleaved)
        case "yarn":
            let original = try number("original_max_position_embeddings", lengths, Double(context))
            let factor = try number("factor", factors, Double(context) / original)
            let scale = { (scale: Double, mscale: Double) in scale <= 1 ? 1 : 0.1 * mscale * log(scale) + 1 }
            let mscale = try number("mscale", 0...1e3, 0)
            let mscaleAll = try number("mscale_all_dim", 0...1e3, 0)
            let magnitude =
                mscale > 0 && mscaleAll > 0 ? scale(factor, mscale) / scale(factor, mscaleAll) : scale(factor, 1)
            let truncates =
                try ModelSettings.checked(s.path) { () throws(JSONError) in try scaling["truncate"].ifPresent?.bool() }
                ?? true
            return Rotary(
                frequencies: yarn(
                    plain, theta: theta, factor: factor, fast: try number("beta_fast", 0...1e6, 32),
                    slow: try number("beta_slow", 0...1e6, 1),
                    original: original,
                    truncates: truncates),
                interleaved: interleaved, magnitude: Float(try number("attention_factor", 1e-3...1e3, magnitude)))
        case "longrope", "su":
            let name = long ? "long_factor" : "short_factor"
            let fields = try ModelSettings.checked(s.path) { () throws(JSONError) in try scaling[name].array() }
            guard fields.count == plain.count else {
                throw s.wrong("rope_scaling." + name, nil, "\(fields.count) factors", "\(plain.count)")
            }
            var scaled: [Float] = []
            for (field, frequency) in zip(fields, plain) {
                let factor = try ModelSettings.checked(s.path) { () throws(JSONError) in try field.double() }
                guard factor.isFinite, factor > 0 else {
                    throw s.wrong(field.path, nil, "\(factor)", "a positive number")
                }
                scaled.append(frequency / Float(factor))
            }
            let original = try s.number(
                "original_max_position_embeddings", in: lengths,
                default: try number("original_max_position_embeddings", lengths, Double(context)))
            let growth = try s.number("max_position_embeddings", in: lengths) / original
            // Files that name the original context at the top take the factor from it.
            let factor =
                s.has("original_max_position_embeddings") ? growth : try number("factor", factors, growth)
            let magnitude = factor <= 1 ? 1 : (1 + log(factor) / log(original)).squareRoot()
            return Rotary(
                frequencies: scaled, interleaved: interleaved,
                magnitude: Float(try number("attention_factor", 1e-3...1e3, magnitude)))
        default:
            throw s.wrong(
                "rope_scaling.rope_type", nil, kind, "one of default, dynamic, linear, llama3, longrope, yarn")
        }
    }

    private static func gguf(
        _ s: ModelSettings, _ plain: [Float], theta: Double, interleaved: Bool, context: Int, long: Bool
    ) throws(ModelError) -> Rotary {
        // Llama 3's scaling is kept as a tensor of divisors.
        let names = long ? ["rope_factors_long"] : ["rope_freqs", "rope_factors_short"]
        let divisors = names.first { s.tensors[$0 + ".weight"] != nil }
        if let divisors {
            let values = try WeightLoader(s.tensors).vector(divisors + ".weight", count: plain.count)
            guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                throw s.wrong("tensor " + divisors, "rope.freqs", "a divisor that is not positive", "positive numbers")
            }
            let magnitude = try s.number("", gguf: "rope.scaling.attn_factor", in: 1e-3...1e3, default: 1)
            return Rotary(
                frequencies: zip(plain, values).map { $0 / $1 }, interleaved: interleaved, magnitude: Float(magnitude))
        }
        let kind = try s.text("", gguf: "rope.scaling.type", default: "none")
        let factor = try s.number("", gguf: "rope.scaling.factor", in: 1e-3...1e6, default: 1)
        switch kind {
        case "none": return Rotary(frequencies: plain, interleaved: interleaved)
        case "linear": return Rotary(frequencies: plain.map { $0 / Float(factor) }, interleaved: interleaved)
        case "yarn":
            let original = try s.number(
                "", gguf: "rope.scaling.original_context_length", in: 1...Double(1 << 24), default: Double(context))
            return Rotary(
                frequencies: yarn(
                    plain, theta: theta, factor: factor, fast: 32, slow: 1, original: original, truncates: true),
                interleaved: interleaved, magnitude: Float(factor <= 1 ? 1 : 0.1 * log(factor) + 1))
        default:
            throw s.wrong("rope_scaling", "rope.scaling.type", kind, "one of none, linear, yarn")
        }
    }

    /// Llama 3.1: wave lengths beyond original / low are stretched by `factor`, those below original / high are kept,
    /// and those between are blended.
    private static func llama3(_ plain: [Float], factor: Double, low: Double, high: Double, original: Double) -> [Float]
    {
        plain.map { frequency in
            let wave = 2 * Double.pi / Double(frequency)
            if wave < original / high { return frequency }
            if wave > original / low || high <= low { return frequency / Float(factor) }
            let smooth = (original / wave - low) / (high - low)
            return Float((1 - smooth) * Double(frequency) / factor + smooth * Double(frequency))
        }
    }

    /// YaRN (Peng et al. 2023): frequencies that turn more than `fast` times in the original context are kept, those
    /// that turn less than `slow` times are divided by `factor`, with a ramp between.
    private static func yarn(
        _ plain: [Float], theta: Double, factor: Double, fast: Double, slow: Double, original: Double, truncates: Bool
    ) -> [Float] {
        let width = Double(2 * plain.count)
        func dimension(_ turns: Double) -> Double {
            width * log(original / (turns * 2 * Double.pi)) / (2 * log(theta))
        }
        var (low, high) = (dimension(fast), dimension(slow))
        if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        low = max(low, 0)
        high = min(high, width - 1)
        if low == high { high += 0.001 }
        return plain.enumerated().map { index, frequency in
            let ramp = min(1, max(0, (Double(index) - low) / (high - low)))
            return Float(Double(frequency) / factor * ramp + Double(frequency) * (1 - ramp))
        }
    }
}
