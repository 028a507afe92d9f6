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

    package init(frequencies: [Float], interleaved: Bool = false, magnitude: Float = 1) {
        self.frequencies = frequencies
        self.interleaved = interleaved
        self.magnitude = magnitude
    }

    /// Numbers of a head that are turned.
    package var width: Int { 2 * frequencies.count }

    /// Cosines and then sines of every pair for the token at `position`, into row `row` of `angles`
    /// [tokens × 2 · pairs]. The angle is a Float product, as in the reference; its cosine is exact.
    package func prepare(position: Int, into angles: FloatRows, row: Int) {
        precondition(angles.columns == width, "angles of other shapes")
        let place = unsafe angles.row(row)
        for (i, frequency) in frequencies.enumerated() {
            let angle = Double(Float(position) * frequency)
            unsafe place[i] = Float(cos(angle)) * magnitude
            unsafe place[i + frequencies.count] = Float(sin(angle)) * magnitude
        }
    }

    /// Turns the heads of the first `rows` rows of `x`, row i by row i of `angles`.
    package func apply(_ x: FloatRows, rows: Int, layout: HeadLayout, angles: FloatRows) {
        precondition(width <= layout.width && layout.end <= x.columns && rows <= x.rows, "rotation of other shapes")
        for row in 0..<rows {
            let (place, cosine) = unsafe (x.row(row), angles.row(row))
            for head in 0..<layout.count {
                unsafe ts_rope(
                    place + layout.offset(head), frequencies.count, interleaved ? 1 : 0, cosine,
                    cosine + frequencies.count)
            }
        }
    }
}
