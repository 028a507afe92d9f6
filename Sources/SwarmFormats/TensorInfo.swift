package import SwarmKernels

/// Where a named tensor lies in a file.
package struct TensorInfo: Sendable, Equatable {
    package let name: String
    /// Lengths, slowest first (the order of numpy and PyTorch): a matrix is [rows, columns].
    package let shape: [Int]
    package let type: ElementType
    /// The tensor's bytes in the file; checked to lie inside it.
    package let range: Range<Int>

    package init(name: String, shape: [Int], type: ElementType, range: Range<Int>) {
        self.name = name
        self.shape = shape
        self.type = type
        self.range = range
    }

    /// How many numbers the tensor holds.
    package var elementCount: Int { shape.reduce(1, *) }
}
