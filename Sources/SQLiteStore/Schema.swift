import GRDB
import SessionModel

/// The versions of the schema, oldest first.
enum Schema {
    /// Brings a database to the newest version.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration(Migration1.name) { try $0.execute(sql: Migration1.sql) }
        migrator.registerMigration(Migration2.name) { try $0.execute(sql: Migration2.sql) }
        migrator.registerMigration(Migration3.name) { try $0.execute(sql: Migration3.sql) }
        migrator.registerMigration(Migration4.name) { try $0.execute(sql: Migration4.sql) }
        migrator.registerMigration(Migration5.name) { try $0.execute(sql: Migration5.sql) }
        migrator.registerMigration(Migration6.name) { try $0.execute(sql: Migration6.sql) }
        migrator.registerMigration(Migration7.name) { try $0.execute(sql: Migration7.sql) }
        migrator.registerMigration(Migration8.name) { try $0.execute(sql: Migration8.sql) }
        return migrator
    }

    /// Refuses a database that a newer Sandglass has changed.
    static func refuseNewer(_ database: Database, path: String) throws {
        guard try migrator.hasBeenSuperseded(database) else { return }
        let unknown = try migrator.appliedIdentifiers(database).subtracting(migrator.migrations).sorted()
        throw Failure(
            .storage,
            "the database \(path) was written by a newer version of Sandglass "
                + "(it has \(unknown.joined(separator: ", "))); install that version or a later one",
        )
    }
}
