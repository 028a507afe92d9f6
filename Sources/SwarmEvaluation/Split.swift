/// Which examples of a task: a type, so that searching on the test split does not compile.
package protocol Split: Sendable {
    /// `dev` or `test`.
    static var name: String { get }
}

/// The examples that weights are searched on.
package enum SearchSplit: Split {
    package static let name = "dev"
}

/// The examples that are only reported on.
package enum TestSplit: Split {
    package static let name = "test"
}
