internal import Foundation
package import SwarmFormats
internal import SwarmKernels

/// Whether a model's weights are looked through for NaN and infinities when it is opened: one of them makes every
/// logit NaN, and the cause is then hard to find.
package enum TensorCheck: Sendable, Equatable {
    case never
    case always
    /// Unless the same tensors of the same file passed before, which a file in `folder` remembers.
    case once(folder: String)

    /// Once, remembered in `$XDG_CACHE_HOME/tokenswarm` or `~/.cache/tokenswarm`.
    package static var remembered: TensorCheck {
        let environment = ProcessInfo.processInfo.environment
        // The XDG base directory specification: a path that is not absolute is to be ignored.
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return .once(folder: cache + "/tokenswarm")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return .always }
        return .once(folder: home + "/.cache/tokenswarm")
    }

    /// Looks through `entries`, the tensors that a model takes.
    /// - Throws: `ModelError` naming file, tensor and index of the first number that is not finite.
    package func run(_ entries: [TensorStore.Entry]) throws(ModelError) {
        guard self != .never else { return }
        var memory: CheckedFiles?
        if case .once(let folder) = self { memory = CheckedFiles(folder: folder) }
        let byFile = Dictionary(grouping: entries) { $0.file.path }
        for (_, entries) in byFile.sorted(by: { $0.key < $1.key }) {
            // In the order of the file, so that it is read front to back.
            let entries = entries.sorted { $0.info.range.lowerBound < $1.info.range.lowerBound }
            if memory?.contains(entries) == true { continue }
            for entry in entries {
                try Self.check(entry)
                // Copies of tensors stand beside them otherwise; what is needed comes back from the system's cache.
                entry.file.forget(entry.info.range)
            }
            memory?.add(entries)
        }
        memory?.save()
    }

    private static func check(_ entry: TensorStore.Entry) throws(ModelError) {
        let info = entry.info
        let columns = info.shape.last ?? 1
        guard info.elementCount > 0,
            let weights = LinearWeights(
                entry.storage, type: info.type, rows: info.elementCount / columns, columns: columns),
            let place = weights.firstNonFinite()
        else { return }
        var index = [place.column]
        var rest = place.row
        for length in info.shape.dropLast().reversed() {
            index.insert(rest % length, at: 0)
            rest /= length
        }
        let inBlock = info.type.blockSize > 1 ? "\(info.type.rawValue) block's scale" : info.type.rawValue
        throw .badFile(
            path: entry.file.path, field: "tensor \(info.name)\(index)",
            found: "\(weights.row(place.row)[place.column]) (\(inBlock))", expected: "a finite number")
    }
}

/// The files that passed, one digest a line. Losing it costs time only, so nothing here is an error.
private struct CheckedFiles {
    private let folder: String
    private var digests: [String] = []
    private var isChanged = false

    /// The first line; another number is another format.
    private static let header = "tokenswarm checked tensors 1"
    /// Digests kept, the latest.
    private static let most = 4096
    private static let digestLength = 64

    private var path: String { folder + "/checked-tensors" }

    init(folder: String) {
        self.folder = folder
        guard let file = try? MappedFile(path: path),
            file.count <= Self.header.utf8.count + 1 + Self.most * (Self.digestLength + 1),
            let bytes = try? file.bytes(in: 0..<file.count)
        else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.first == Self.header else { return }
        digests = lines.dropFirst().filter { $0.utf8.count == Self.digestLength }
    }

    /// Whether these tensors of one file passed.
    func contains(_ entries: [TensorStore.Entry]) -> Bool {
        Self.digest(entries).map(digests.contains) ?? false
    }

    mutating func add(_ entries: [TensorStore.Entry]) {
        // A file written a moment ago may be written again without its time changing.
        guard let file = entries.first?.file, let digest = Self.digest(entries),
            Date().timeIntervalSince1970 - Double(file.identity.modified.seconds) > 2
        else { return }
        digests.append(digest)
        isChanged = true
    }

    /// What the file is (not what is in it: reading it would take longer than the check) and which tensors are meant.
    private static func digest(_ entries: [TensorStore.Entry]) -> String? {
        guard let file = entries.first?.file else { return nil }
        let identity = file.identity
        var text = "\(identity.device) \(identity.inode) \(identity.size) \(identity.modified.seconds)"
        text += " \(identity.modified.nanoseconds) \(URL(filePath: file.path).resolvingSymlinksInPath().path)\n"
        for entry in entries { text += "\(entry.info.type.rawValue) \(entry.info.range) \(entry.info.name)\n" }
        return SHA256.hex(text.utf8)
    }

    func save() {
        guard isChanged else { return }
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = ([Self.header] + digests.suffix(Self.most)).joined(separator: "\n") + "\n"
        try? AtomicFile.write(Array(text.utf8), to: path)
    }
}
