internal import SwarmTokenizers

extension [TokenID] {
    /// How many tokens this and `other` begin with alike.
    func commonCount(with other: [TokenID]) -> Int {
        var count = 0
        while count < Swift.min(self.count, other.count), self[count] == other[count] { count += 1 }
        return count
    }
}
