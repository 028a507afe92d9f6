internal import Foundation
package import SwarmComposition
internal import SwarmKernels
package import SwarmModels
internal import SwarmTokenizers

/// A member of a run: the model and the facts a reader needs to find the very same one again.
package struct RunMember: Sendable {
    package let member: Member
    package let facts: MemberFacts

    package init(member: Member, facts: MemberFacts) {
        self.member = member
        self.facts = facts
    }

    /// Digests every file of `checkpoint`.
    /// - Throws: `FileError` when a file cannot be read.
    package init(name: String, checkpoint: Checkpoint) throws {
        let files = try checkpoint.files.sorted().map { path in
            MemberFacts.File(
                path: path, bytes: try MappedFile(path: path).count, sha256: try SHA256.hex(ofFile: path))
        }
        let listing = files.map { "\($0.sha256)  \(URL(fileURLWithPath: $0.path).lastPathComponent)\n" }.joined()
        let summary = checkpoint.model.summary
        self.init(
            member: Member(name: name, model: checkpoint.model, tokenizer: checkpoint.tokenizer),
            facts: MemberFacts(
                name: name, path: checkpoint.path, format: checkpoint.format, architecture: summary.architecture,
                parameters: summary.parameters, vocabularySize: checkpoint.tokenizer.vocabularySize,
                contextLength: summary.contextLength, tokenizer: checkpoint.tokenizer.kind,
                tokenizerDigest: checkpoint.tokenizer.digest,
                sha256: files.count == 1 ? files[0].sha256 : SHA256.hex(listing.utf8), files: files))
    }
}

/// What a report says about a member.
package struct MemberFacts: Codable, Sendable, Equatable {
    package struct File: Codable, Sendable, Equatable {
        package var path: String
        package var bytes: Int
        package var sha256: String

        package init(path: String, bytes: Int, sha256: String) {
            self.path = path
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    package var name: String
    package var path: String
    package var format: String
    package var architecture: String
    package var parameters: Int
    package var vocabularySize: Int
    package var contextLength: Int
    /// The tokenizer's kind.
    package var tokenizer: String
    package var tokenizerDigest: String
    /// Of the one file, or of the list `<sha256>  <name>` a line over all files in order of their paths.
    package var sha256: String
    package var files: [File]

    enum CodingKeys: String, CodingKey {
        case name, path, format, architecture, parameters, tokenizer, sha256, files
        case vocabularySize = "vocabulary_size"
        case contextLength = "context_length"
        case tokenizerDigest = "tokenizer_sha256"
    }

    package init(
        name: String, path: String, format: String, architecture: String, parameters: Int, vocabularySize: Int,
        contextLength: Int, tokenizer: String, tokenizerDigest: String, sha256: String, files: [File]
    ) {
        self.name = name
        self.path = path
        self.format = format
        self.architecture = architecture
        self.parameters = parameters
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.tokenizer = tokenizer
        self.tokenizerDigest = tokenizerDigest
        self.sha256 = sha256
        self.files = files
    }
}
