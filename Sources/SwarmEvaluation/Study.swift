internal import Foundation
internal import GRDB
package import SwarmOptimizers

/// A run's database, `study.sqlite`: every point that was evaluated and a state to go on from.
///
/// The evaluations of an iteration (what an optimizer asked for at once) are one transaction. Now and then the optimizer's
/// state is saved with them; a run killed at any moment goes on from there, is told the evaluations since, and ends with
/// the same result, bit for bit. The journal is a write-ahead log, so others may read while the search writes.
///
/// Tables: `run(name, value)`; `evaluation(optimizer, iteration, particle, position, utility, examples)`, position a JSON
/// array, examples how many were looked at where not all; `contribution(optimizer, iteration, particle, value)`, a JSON
/// array, where racing needs them again; `look(optimizer, iteration, look, value)`, what was already looked at of the
/// iteration at hand where looking takes long; `checkpoint(optimizer, iteration, state)`, state JSON after that iteration;
/// `outcome(name, weights, utility, note)`.
package struct Study: Sendable {
    package let path: String
    private let reader: any DatabaseReader
    /// nil where the study is only read.
    private let writer: DatabasePool?

    /// Opens the study at `path` or makes it.
    /// - Parameters:
    ///   - key: names everything that decides the result (members, tasks, settings, seed).
    ///   - resume: go on from what is there; false starts again.
    /// - Throws: `EvaluationError.badStudy` when it is another run's and `resume` is set, or no study at all.
    package init(path: String, key: String, resume: Bool) throws {
        self.path = path
        do {
            // With a write-ahead log, NORMAL survives every kill; after a power failure the last iterations may be
            // missing, which are then evaluated again. FULL would wait for the disk at every iteration.
            var configuration = Configuration()
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
            let pool = try DatabasePool(path: path, configuration: configuration)
            (reader, writer) = (pool, pool)
            let known = try pool.write { db in
                try Self.makeTables(db)
                return try String.fetchOne(db, sql: "SELECT value FROM run WHERE name = 'key'")
            }
            if resume, let known, known != key {
                throw EvaluationError.badStudy(
                    path: path, found: "a search with other members, tasks or settings", expected: "this one's")
            }
            if !resume || known == nil {
                try pool.write { db in
                    for table in Self.tables {
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

    private static let tables = ["run", "evaluation", "contribution", "look", "checkpoint", "outcome"]

    /// Opens the study at `path` to look at it; a search may be writing it meanwhile.
    /// - Throws: `EvaluationError.badStudy` where there is none.
    package init(reading path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            guard try queue.read({ try $0.tableExists("run") && $0.tableExists("look") }) else {
                throw EvaluationError.badStudy(path: path, found: "other tables", expected: "a study of this version")
            }
            (reader, writer) = (queue, nil)
        } catch let error as DatabaseError {
            throw EvaluationError.badStudy(
                path: path, found: error.message ?? "an error of SQLite", expected: "a study's database")
        }
    }

    /// - Throws: `EvaluationError.badStudy` where the study is only read.
    private func write(_ updates: (Database) throws -> Void) throws {
        guard let writer else {
            throw EvaluationError.badStudy(path: path, found: "a study opened to read", expected: "one to write")
        }
        try writer.write(updates)
    }

    private static func makeTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS evaluation (
                    optimizer TEXT NOT NULL, iteration INTEGER NOT NULL, particle INTEGER NOT NULL,
                    position TEXT NOT NULL, utility REAL NOT NULL, examples INTEGER,
                    PRIMARY KEY (optimizer, iteration, particle));
                CREATE TABLE IF NOT EXISTS contribution (
                    optimizer TEXT NOT NULL, iteration INTEGER NOT NULL, particle INTEGER NOT NULL, value TEXT NOT NULL,
                    PRIMARY KEY (optimizer, iteration, particle));
                CREATE TABLE IF NOT EXISTS look (
                    optimizer TEXT NOT NULL, iteration INTEGER NOT NULL, look INTEGER NOT NULL, value TEXT NOT NULL,
                    PRIMARY KEY (optimizer, iteration, look));
                CREATE TABLE IF NOT EXISTS checkpoint (
                    optimizer TEXT PRIMARY KEY, iteration INTEGER NOT NULL, state TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS outcome (
                    name TEXT PRIMARY KEY, weights TEXT NOT NULL, utility REAL, note TEXT NOT NULL);
                """)
    }

    /// The state of `optimizer` that was saved last and the iteration it is the state after; nil when there is none.
    package func checkpoint<O: Optimizer>(of optimizer: String, as type: O.Type) throws -> (iteration: Int, state: O)? {
        let row = try reader.read { db in
            try Row.fetchOne(
                db, sql: "SELECT iteration, state FROM checkpoint WHERE optimizer = ?", arguments: [optimizer])
        }
        guard let row else { return nil }
        do {
            let text: String = row["state"]
            return (row["iteration"], try Self.decoder.decode(type, from: Data(text.utf8)))
        } catch {
            throw EvaluationError.badStudy(
                path: path, found: "a state of \(optimizer) that does not decode", expected: "one this program wrote")
        }
    }

    /// Saves one iteration.
    /// - Parameter state: the state after `tell`; nil leaves the last one in place.
    package func record(
        optimizer: String, iteration: Int, evaluations: [MeasuredPoint], state: (any Optimizer)? = nil
    ) throws {
        let encoded = try state.map { String(decoding: try Self.encoder.encode($0), as: UTF8.self) }
        try write { db in
            for (particle, point) in evaluations.enumerated() {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO evaluation VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [
                        optimizer, iteration, particle, try Self.json(point.evaluation.position),
                        point.evaluation.utility, point.examples,
                    ])
                guard let contributions = point.contributions else { continue }
                try db.execute(
                    sql: "INSERT OR REPLACE INTO contribution VALUES (?, ?, ?, ?)",
                    arguments: [optimizer, iteration, particle, try Self.json(contributions)])
            }
            try db.execute(sql: "DELETE FROM look WHERE optimizer = ?", arguments: [optimizer])
            guard let encoded else { return }
            try db.execute(
                sql: "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", arguments: [optimizer, iteration, encoded])
        }
    }

    /// What a look of an unfinished iteration saw [points][examples]; nil where it was not saved.
    package func look(_ look: Int, of optimizer: String, iteration: Int) throws -> [[Double]]? {
        let text = try reader.read { db in
            try String.fetchOne(
                db, sql: "SELECT value FROM look WHERE optimizer = ? AND iteration = ? AND look = ?",
                arguments: [optimizer, iteration, look])
        }
        return try text.map { try decode([[Double]].self, from: $0) }
    }

    /// Saves what a look saw, until its iteration is recorded.
    package func record(look: Int, of optimizer: String, iteration: Int, values: [[Double]]) throws {
        let text = String(decoding: try Self.encoder.encode(values), as: UTF8.self)
        try write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO look VALUES (?, ?, ?, ?)", arguments: [optimizer, iteration, look, text])
        }
    }

    /// Saves the weights that a search or control ended with.
    package func record(outcome name: String, weights: [Double], utility: Double, note: String = "") throws {
        try write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?)",
                arguments: [name, try Self.json(weights), utility, note])
        }
    }

    /// The weights of `outcome`; nil when the search has not ended.
    package func weights(of outcome: String) throws -> [Double]? {
        let text = try reader.read { db in
            try String.fetchOne(db, sql: "SELECT weights FROM outcome WHERE name = ?", arguments: [outcome])
        }
        return try text.map(numbers)
    }

    /// Every outcome, by name.
    package func outcomes() throws -> [(name: String, weights: [Double], utility: Double)] {
        let rows = try reader.read { db in
            try Row.fetchAll(db, sql: "SELECT name, weights, utility FROM outcome ORDER BY name")
        }
        return try rows.map { row in
            (row["name"], try numbers(row["weights"]), row["utility"] as Double? ?? .nan)
        }
    }

    /// Saves what the finished search took.
    package func record(readingSeconds: Double, searchSeconds: Double) throws {
        try write { db in
            for (name, value) in [("reading_seconds", readingSeconds), ("search_seconds", searchSeconds)] {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO run (name, value) VALUES (?, ?)", arguments: [name, "\(value)"])
            }
        }
    }

    /// What the search took that finished first; nil when none has.
    package func seconds() throws -> (reading: Double, search: Double)? {
        let values = try reader.read { db in
            try ["reading_seconds", "search_seconds"].map { name in
                try String.fetchOne(db, sql: "SELECT value FROM run WHERE name = ?", arguments: [name])
            }
        }
        guard let reading = values[0].flatMap(Double.init), let search = values[1].flatMap(Double.init) else {
            return nil
        }
        return (reading, search)
    }

    /// Every evaluation of `optimizer` in order, one element an iteration.
    package func iterations(of optimizer: String) throws -> [[MeasuredPoint]] {
        let rows = try reader.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT iteration, position, utility, examples, value FROM evaluation
                    LEFT JOIN contribution USING (optimizer, iteration, particle)
                    WHERE optimizer = ? ORDER BY iteration, particle
                    """, arguments: [optimizer])
        }
        var result: [[MeasuredPoint]] = []
        for row in rows {
            let position = try numbers(row["position"])
            let iteration: Int = row["iteration"]
            guard iteration == result.count || iteration == result.count - 1 else {
                throw EvaluationError.badStudy(
                    path: path, found: "iteration \(iteration) after \(result.count - 1)", expected: "every iteration")
            }
            if iteration == result.count { result.append([]) }
            result[iteration].append(
                MeasuredPoint(
                    evaluation: Evaluation(position: position, utility: row["utility"]), examples: row["examples"],
                    contributions: try (row["value"] as String?).map(numbers)))
        }
        return result
    }

    private func numbers(_ text: String) throws -> [Double] { try decode([Double].self, from: text) }

    private func decode<T: Decodable>(_ type: T.Type, from text: String) throws -> T {
        do {
            return try Self.decoder.decode(type, from: Data(text.utf8))
        } catch {
            throw EvaluationError.badStudy(
                path: path, found: "\(text.prefix(40)) for numbers", expected: "a JSON array this program wrote")
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
