internal import Foundation

/// How steeply each head's scores fall with distance (Press, Smith and Lewis 2022, "Train short, test long"), in bfloat16
/// as Falcon has them.
///
/// For n heads, a power of two, head h of 1 to n has 2^(−8h/n). For other numbers: those of the power of two below, then
/// every other one of the next power, from its first on.
func alibiSlopes(heads: Int) -> [Float] {
    var power = 1
    while 2 * power <= heads { power *= 2 }
    func slopes(of power: Int, _ numbers: some Sequence<Int>) -> [Float] {
        let base = Double(Float(pow(2, -8 / Double(power))))
        return numbers.map { number in
            let bits = Float(pow(base, Double(number))).bitPattern
            // To the nearest bfloat16, ties to even.
            return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
        }
    }
    return slopes(of: power, 1...power) + slopes(of: 2 * power, (0..<heads - power).map { 2 * $0 + 1 })
}
