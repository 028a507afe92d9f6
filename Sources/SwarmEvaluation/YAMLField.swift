internal import Foundation
internal import Yams

/// A value of a YAML file that knows where it stands, so that every error can say so.
struct YAMLField {
    let file: String
    /// For example `members[1].weight`; empty for the whole document.
    let path: String
    let node: Node

    /// Parses `text`.
    /// - Throws: `RecipeError` with the line of the fault; duplicate keys are faults.
    init(file: String, text: String) throws(RecipeError) {
        self.file = file
        self.path = ""
        do {
            guard let root = try Yams.compose(yaml: text) else {
                throw RecipeError(path: file, problem: "found an empty file, expected a mapping")
            }
            node = root
        } catch let error as RecipeError {
            throw error
        } catch {
            throw RecipeError(path: file, problem: "not valid YAML: \(Self.brief("\(error)"))")
        }
    }

    /// A parser's message without the line that it quotes, where that is long: a file that is no text has one line.
    private static func brief(_ message: String) -> String {
        guard message.count > 500 else { return message }
        return String(message.prefix { $0 != "\n" }.prefix(500))
    }

    /// Parses the file at `path`.
    /// - Throws: `RecipeError` where it cannot be read or is no YAML.
    init(contentsOf path: String) throws(RecipeError) {
        try self.init(file: path, text: Self.text(ofFile: path))
    }

    /// The text of the file at `path`, at most 16 MiB of UTF-8.
    static func text(ofFile path: String) throws(RecipeError) -> String {
        let limit = 16 << 20
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw RecipeError(path: path, problem: "cannot be read: \(error.localizedDescription)")
        }
        guard data.count <= limit else {
            throw RecipeError(path: path, problem: "found more than \(limit) bytes, expected a file of at most 16 MiB")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw RecipeError(path: path, problem: "found bytes that are not UTF-8, expected YAML text")
        }
        return text
    }

    /// A value that stands alone, `path` naming it.
    init(file: String, path: String, text: String) throws(RecipeError) {
        do {
            self.init(file: file, path: path, node: try YAMLField(file: file, text: text).node)
        } catch {
            throw RecipeError(path: file, field: path, problem: "found \"\(text.prefix(60))\", expected a value")
        }
    }

    private init(file: String, path: String, node: Node) {
        self.file = file
        self.path = path
        self.node = node
    }

    /// An error about this value.
    func error(_ problem: String) -> RecipeError {
        RecipeError(path: file, line: node.mark?.line, field: path.isEmpty ? nil : path, problem: problem)
    }

    private func mismatch(_ expected: String) -> RecipeError { error("found \(shown), expected \(expected)") }

    /// The value for messages, shortened.
    private var shown: String {
        switch node {
        case .scalar(let scalar): "\"\(scalar.string.prefix(60))\""
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// The members of a mapping, whose keys must all be among `known`.
    /// - Throws: for a value that is not a mapping; for an unknown key, naming the nearest known one.
    func members(known: [String]) throws(RecipeError) -> [String: YAMLField] {
        guard case .mapping(let mapping) = node else { throw mismatch("a mapping") }
        var result: [String: YAMLField] = [:]
        for (keyNode, value) in mapping {
            let prefix = path.isEmpty ? "" : path + "."
            guard case .scalar(let scalar) = keyNode else {
                throw error("found a key that is not a string, expected one of \(known.joined(separator: ", "))")
            }
            let key = scalar.string
            let field = YAMLField(file: file, path: prefix + key, node: value)
            guard known.contains(key) else {
                let hint = nearest(to: key, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
                throw RecipeError(
                    path: file, line: keyNode.mark?.line, field: prefix + key,
                    problem: "unknown key, expected one of \(known.joined(separator: ", "))\(hint)")
            }
            result[key] = field
        }
        return result
    }

    /// The elements of a list.
    func elements() throws(RecipeError) -> [YAMLField] {
        guard case .sequence(let sequence) = node else { throw mismatch("a list") }
        return sequence.enumerated().map { YAMLField(file: file, path: "\(path)[\($0.offset)]", node: $0.element) }
    }

    func string() throws(RecipeError) -> String {
        guard case .scalar(let scalar) = node else { throw mismatch("a string") }
        return scalar.string
    }

    /// Whether this is no list and no mapping.
    var isScalar: Bool { if case .scalar = node { true } else { false } }

    func bool() throws(RecipeError) -> Bool {
        guard case .scalar(let scalar) = node, let value = Bool(scalar.string) else { throw mismatch("true or false") }
        return value
    }

    func strings() throws(RecipeError) -> [String] {
        var result: [String] = []
        for element in try elements() { result.append(try element.string()) }
        return result
    }

    /// `true` or `false`; nil for anything else.
    var flag: Bool? {
        guard case .scalar(let scalar) = node else { return nil }
        return ["true": true, "false": false][scalar.string]
    }

    /// A whole number within `range`.
    func integer(_ range: ClosedRange<Int>) throws(RecipeError) -> Int {
        guard case .scalar(let scalar) = node, let value = Int(scalar.string), range.contains(value) else {
            throw mismatch("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A finite number within `range`.
    func number(_ range: ClosedRange<Double>) throws(RecipeError) -> Double {
        guard case .scalar(let scalar) = node, let value = Double(scalar.string), value.isFinite, range.contains(value)
        else {
            let unbounded = range.upperBound >= Double.greatestFiniteMagnitude
            throw mismatch(
                range.lowerBound <= -Double.greatestFiniteMagnitude
                    ? "a number"
                    : unbounded
                        ? "a number of at least \(range.lowerBound)"
                        : "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Two ascending numbers within `bounds`, as a list.
    func range(within bounds: ClosedRange<Double>) throws(RecipeError) -> ClosedRange<Double> {
        let ends = try elements()
        guard ends.count == 2 else { throw mismatch("a list of two numbers") }
        let (low, high) = (try ends[0].number(bounds), try ends[1].number(bounds))
        guard low < high else { throw error("found \(low) to \(high), expected the smaller number first") }
        return low...high
    }

    /// One of the names of an enumeration.
    func choice<T: RawRepresentable & CaseIterable>(_: T.Type) throws(RecipeError) -> T where T.RawValue == String {
        let text = try string()
        guard let value = T(rawValue: text) else {
            let known = T.allCases.map(\.rawValue)
            let hint = nearest(to: text, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            throw error("found \"\(text)\", expected one of \(known.joined(separator: ", "))\(hint)")
        }
        return value
    }
}

/// The candidate within two edits of `word` that is nearest to it, if any.
package func nearest(to word: String, among candidates: [String]) -> String? {
    candidates.map { (name: $0, distance: editDistance(Array(word.utf8), Array($0.utf8))) }
        .filter { $0.distance <= max(2, word.utf8.count / 3) }
        .min { $0.distance < $1.distance }?.name
}

/// Levenshtein distance.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.prefix(256).enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let cost = min(diagonal + (x == y ? 0 : 1), row[j] + 1, row[j + 1] + 1)
            diagonal = row[j + 1]
            row[j + 1] = cost
        }
    }
    return row[b.count]
}
