package import SwarmFormats
internal import SwarmKernels

/// Takes tensors by name, checks type and shape, and counts what it took.
package final class WeightLoader {
    private let tensors: TensorStore
    private var taken: [String: TensorStore.Entry] = [:]

    package init(_ tensors: TensorStore) { self.tensors = tensors }

    /// The tensors that were taken, in no order.
    package var entries: [TensorStore.Entry] { Array(taken.values) }

    /// Parameters by stored type.
    var types: [String: Int] {
        taken.values.reduce(into: [:]) { $0[$1.info.type.rawValue, default: 0] += $1.info.elementCount }
    }

    var parameters: Int { taken.values.reduce(0) { $0 + $1.info.elementCount } }

    var bytes: Int { taken.values.reduce(0) { $0 + $1.info.range.count } }

    func has(_ name: String) -> Bool { tensors[name] != nil }

    /// The matrix `name`.weight [rows × columns] and its bias [rows].
    /// - Parameter transposed: it is stored [columns × rows]; a turned copy is made.
    func linear(
        _ name: String, rows: Int, columns: Int, bias rule: DecoderSpec.Bias = .absent, transposed: Bool = false
    ) throws(ModelError) -> LinearWeights {
        let entry = try take(name + ".weight", shape: transposed ? [columns, rows] : [rows, columns])
        let bias = try bias(name, rows, rule)
        let weights =
            transposed
            ? LinearWeights(transposing: entry.storage, type: entry.info.type, rows: rows, columns: columns, bias: bias)
            : LinearWeights(entry.storage, type: entry.info.type, rows: rows, columns: columns, bias: bias)
        // The copy takes as much memory as what it was made of, which is not read again.
        if transposed { entry.file.forget(entry.info.range) }
        guard let weights else { throw unreadable(entry, transposed ? "a plain type" : "whole blocks a row") }
        return weights
    }

    /// The matrices [rows × columns] of `count` experts: one tensor each, or one for all.
    func experts(_ name: String, count: Int, rows: Int, columns: Int) throws(ModelError) -> [LinearWeights] {
        var experts: [LinearWeights] = []
        guard !name.contains("@") else {
            for number in 0..<count {
                experts.append(
                    try linear(name.replacing("@", with: String(number)), rows: rows, columns: columns))
            }
            return experts
        }
        let entry = try take(name + ".weight", shape: [count, rows, columns])
        let stride = entry.info.range.count / count
        for number in 0..<count {
            guard
                let weights = LinearWeights(
                    entry.storage, offset: number * stride, type: entry.info.type, rows: rows, columns: columns)
            else { throw unreadable(entry, "whole blocks a row") }
            experts.append(weights)
        }
        return experts
    }

    /// The vector `name` [count] in floats.
    func vector(_ name: String, count: Int) throws(ModelError) -> [Float] {
        let entry = try take(name, shape: [count])
        guard let row = LinearWeights(entry.storage, type: entry.info.type, rows: 1, columns: count) else {
            throw unreadable(entry, "whole blocks a row")
        }
        return row.row(0)
    }

    /// The tensor `name` of any shape, in floats, in the order of the file. It must be of a plain type.
    func numbers(_ name: String, shape: [Int]) throws(ModelError) -> [Float] {
        let entry = try take(name, shape: shape)
        guard entry.info.type.blockSize == 1,
            let row = LinearWeights(entry.storage, type: entry.info.type, rows: 1, columns: entry.info.elementCount)
        else { throw unreadable(entry, "a plain type") }
        return row.row(0)
    }

    /// The length of a dimension that only the tensor `name` tells.
    func length(_ name: String, dimension: Int, in range: ClosedRange<Int>) throws(ModelError) -> Int {
        guard let entry = tensors[name] else { throw missing(name, "one") }
        let shape = entry.info.shape
        guard shape.indices.contains(dimension), range.contains(shape[dimension]) else {
            throw .badFile(
                path: entry.file.path, field: "tensor \(name)", found: "shape \(shape)",
                expected: "\(range.lowerBound) to \(range.upperBound) in dimension \(dimension)")
        }
        return shape[dimension]
    }

    private func bias(_ name: String, _ count: Int, _ rule: DecoderSpec.Bias) throws(ModelError) -> [Float]? {
        switch rule {
        case .absent: nil
        case .required: try vector(name + ".bias", count: count)
        case .ifPresent: has(name + ".bias") ? try vector(name + ".bias", count: count) : nil
        }
    }

    private func take(_ name: String, shape: [Int]) throws(ModelError) -> TensorStore.Entry {
        guard let entry = tensors[name] else {
            throw missing(name, "one of shape \(shape)")
        }
        guard entry.info.shape == shape else {
            throw .badFile(
                path: entry.file.path, field: "tensor \(name)", found: "shape \(entry.info.shape)",
                expected: "\(shape)")
        }
        guard entry.info.type.isComputable else {
            throw .badFile(
                path: entry.file.path, field: "tensor \(name)", found: "type \(entry.info.type.rawValue)",
                expected: "one of " + ElementType.computable.map(\.rawValue).joined(separator: ", "))
        }
        taken[name] = entry
        return entry
    }

    private func missing(_ name: String, _ expected: String) -> ModelError {
        .badFile(path: tensors.path, field: "tensor \(name)", found: "none", expected: expected)
    }

    private func unreadable(_ entry: TensorStore.Entry, _ expected: String) -> ModelError {
        .badFile(
            path: entry.file.path, field: "tensor \(entry.info.name)",
            found: "\(entry.info.type.rawValue) \(entry.info.shape)", expected: expected)
    }
}
