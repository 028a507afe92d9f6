internal import Foundation
internal import GRDB
package import SwarmOptimizers

/// A run's database, `study.sqlite`: every point that was evaluated and the state to go on from.
///
/// An iteration's evaluations and the optimizer's state after them are one transaction: a run killed at any moment goes
/// on from its last whole iteration and ends with the same result, bit for bit.
///
/// Tables: `run(name, value)`; `evaluation(optimizer, iteration, particle, position, utility)`, position a JSON array;
/// `optimizer(name, state)`, state JSON; `outcome(name, weights, utility, note)`.
package struct Study: Sendable {
    package let path: String
    private let queue: DatabaseQueue

    /// Opens the study at `path` or makes it.
    /// - Parameters:
    ///   - key: names everything that decides the result (members, tasks, settings, seed).
    ///   - resume: go on from what is there; false starts again.
    /// - Throws: `EvaluationError.badStudy` when it is another run's and `resume` is set, or no study at all.
    package init(path: String, key: String, resume: Bool) throws {
        self.path = path
        do {
            queue = try DatabaseQueue(path: path)
            let known = try queue.write { db in
                try Self.makeTables(db)
                return try String.fetchOne(db, sql: "SELECT value FROM run WHERE name = 'key'")
            }
            if resume, let known, known != key {
                throw EvaluationError.badStudy(
                    path: path, found: "a search with other members, tasks or settings", expected: "this one's")
            }
            if !resume || known == nil {
                try queue.write { db in
                    for table in ["run", "evaluation", "optimizer", "outcome"] {
                        try db.execute(sql: "DELETE FROM \(table)")
                    }
                    try db.execute(sql: "INSERT INTO run (name, value) VALUES ('key', ?)", arguments: [key])
                }
            }
        } catch let error as DatabaseError {
            throw EvaluationError.badStudy(
                path: path, found: error.message ?? "an error", expected: "a SQLite database of this program")
        }
    }

    private static func makeTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS evaluation (
                    optimizer TEXT NOT NULL, iteration INTEGER NOT NULL, particle INTEGER NOT NULL,
                    position TEXT NOT NULL, utility REAL NOT NULL,
                    PRIMARY KEY (optimizer, iteration, particle));
                CREATE TABLE IF NOT EXISTS optimizer (name TEXT PRIMARY KEY, state TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS outcome (
                    name TEXT PRIMARY KEY, weights TEXT NOT NULL, utility REAL, note TEXT NOT NULL);
                """)
    }

    /// The state that `record` saved last for `optimizer`; nil when there is none.
    package func state<O: Optimizer>(of optimizer: String, as type: O.Type) throws -> O? {
        let text = try queue.read { db in
            try String.fetchOne(db, sql: "SELECT state FROM optimizer WHERE name = ?", arguments: [optimizer])
        }
        guard let text else { return nil }
        do {
            return try Self.decoder.decode(type, from: Data(text.utf8))
        } catch {
            throw EvaluationError.badStudy(
                path: path, found: "a state of \(optimizer) that does not decode", expected: "one this program wrote")
        }
    }

    /// Saves one iteration: its evaluations and the state after `tell`.
    package func record(
        optimizer: String, iteration: Int, evaluations: [Evaluation], state: some Optimizer
    ) throws {
        let encoded = String(decoding: try Self.encoder.encode(state), as: UTF8.self)
        try queue.write { db in
            for (particle, evaluation) in evaluations.enumerated() {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO evaluation VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        optimizer, iteration, particle, try Self.json(evaluation.position), evaluation.utility,
                    ])
            }
            try db.execute(
                sql: "INSERT OR REPLACE INTO optimizer (name, state) VALUES (?, ?)", arguments: [optimizer, encoded])
        }
    }

    /// Saves the weights that a search or control ended with.
    package func record(outcome name: String, weights: [Double], utility: Double, note: String = "") throws {
        try queue.write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?)",
                arguments: [name, try Self.json(weights), utility, note])
        }
    }

    /// The weights of `outcome`; nil when the search has not ended.
    package func weights(of outcome: String) throws -> [Double]? {
        let text = try queue.read { db in
            try String.fetchOne(db, sql: "SELECT weights FROM outcome WHERE name = ?", arguments: [outcome])
        }
        return try text.map { try Self.decoder.decode([Double].self, from: Data($0.utf8)) }
    }

    /// Saves what the finished search took.
    package func record(readingSeconds: Double, searchSeconds: Double) throws {
        try queue.write { db in
            for (name, value) in [("reading_seconds", readingSeconds), ("search_seconds", searchSeconds)] {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO run (name, value) VALUES (?, ?)", arguments: [name, "\(value)"])
            }
        }
    }

    /// What the search took that finished first; nil when none has.
    package func seconds() throws -> (reading: Double, search: Double)? {
        let values = try queue.read { db in
            try ["reading_seconds", "search_seconds"].map { name in
                try String.fetchOne(db, sql: "SELECT value FROM run WHERE name = ?", arguments: [name])
            }
        }
        guard let reading = values[0].flatMap(Double.init), let search = values[1].flatMap(Double.init) else {
            return nil
        }
        return (reading, search)
    }

    /// Every evaluation of `optimizer` in order.
    package func evaluations(of optimizer: String) throws -> [(iteration: Int, evaluation: Evaluation)] {
        let rows = try queue.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT iteration, position, utility FROM evaluation WHERE optimizer = ? ORDER BY iteration, particle
                    """, arguments: [optimizer])
        }
        return try rows.map { row in
            let position = try Self.decoder.decode([Double].self, from: Data((row["position"] as String).utf8))
            return (row["iteration"], Evaluation(position: position, utility: row["utility"]))
        }
    }

    private static func json(_ values: [Double]) throws -> String {
        String(decoding: try encoder.encode(values), as: UTF8.self)
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
