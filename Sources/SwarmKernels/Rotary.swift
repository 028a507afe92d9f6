internal import CKernels
internal import Glibc

/// Rotary position embedding (Su et al. 2021): pairs of a head's numbers are turned by position × frequency.
package struct Rotary: Sendable {
    /// One frequency a pair, in radians a token.
    package let frequencies: [Float]
    /// Pairs are (2i, 2i + 1), as GGUF's llama layout has them; otherwise (i, i + pairs), as Hugging Face's.
    package let interleaved: Bool
    /// What cosine and sine are multiplied by (YaRN's attention factor); 1 for the others.
    package let magnitude: Float

    /// How frequencies fall past the model's own context; nil where they stay.
    package let stretch: Stretch?

    /// Dynamic NTK scaling (bloc97 and emozilla 2023, as Hugging Face's `dynamic`): the token at position p is turned with
    /// the base of a context of n = p + 1 tokens,
    ///
    ///     θ · (factor · n / context − (factor − 1))^(d / (d − 2))
    ///
    /// where n > context, d the numbers that are turned. That is what the reference does token by token with a cache: keys
    /// stay as they were turned, so that a token's key never depends on what follows it.
    package struct Stretch: Sendable, Equatable {
        package var theta: Double
        package var factor: Double
        package var context: Int

        package init(theta: Double, factor: Double, context: Int) {
            self.theta = theta
            self.factor = factor
            self.context = context
        }

        /// Frequency `index` of a token at `position`, nil where it is as ever.
        fileprivate func frequency(_ index: Int, width: Int, position: Int) -> Float? {
            let length = position + 1
            guard length > context, width > 2 else { return nil }
            let growth = factor * Double(length) / Double(context) - (factor - 1)
            let base = theta * pow(growth, Double(width) / Double(width - 2))
            return 1 / Float(pow(base, Double(Float(2 * index) / Float(width))))
        }
    }

    package init(
        frequencies: [Float], interleaved: Bool = false, magnitude: Float = 1, stretch: Stretch? = nil
    ) {
        self.frequencies = frequencies
        self.interleaved = interleaved
        self.magnitude = magnitude
        self.stretch = stretch
    }

    /// Numbers of a head that are turned.
    package var width: Int { 2 * frequencies.count }

    /// Cosines and then sines of every pair for the token at `position`, into row `row` of `angles`
    /// [tokens × 2 · pairs]. The angle is a Float product, as in the reference; its cosine is exact.
    package func prepare(position: Int, into angles: FloatRows, row: Int) {
        precondition(angles.columns == width, "angles of other shapes")
        let place = unsafe angles.row(row)
        for (i, frequency) in frequencies.enumerated() {
            let turned = stretch?.frequency(i, width: width, position: position) ?? frequency
            let angle = Double(Float(position) * turned)
            unsafe place[i] = Float(cos(angle)) * magnitude
            unsafe place[i + frequencies.count] = Float(sin(angle)) * magnitude
        }
    }

    /// Turns the heads of the first `rows` rows of `x`, row i by row i of `angles`.
    package func apply(
        _ x: FloatRows, rows: Int, layout: HeadLayout, angles: FloatRows, pool: ThreadPool? = nil
    ) {
        precondition(width <= layout.width && layout.end <= x.columns && rows <= x.rows, "rotation of other shapes")
        nonisolated(unsafe) let (x, angles) = (x, angles)
        ThreadPool.forRows(rows, of: 2 * layout.count * width, pool) { row in
            let (place, cosine) = unsafe (x.row(row), angles.row(row))
            for head in 0..<layout.count {
                unsafe ts_rope(
                    place + layout.offset(head), frequencies.count, interleaved ? 1 : 0, cosine,
                    cosine + frequencies.count)
            }
        }
    }
}
