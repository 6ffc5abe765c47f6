/// The schema since labs have tasks that are checked.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration4 {
    /// The name under which the database remembers that it was run.
    static let name = "v4"

    /// The statements, in order.
    static let sql = """
        -- What a check of a session's task found: added, never changed.
        CREATE TABLE checkResult (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            session TEXT NOT NULL REFERENCES session (id),
            task TEXT NOT NULL,
            attempt INTEGER NOT NULL CHECK (attempt >= 1),
            occasion TEXT NOT NULL,
            verdict TEXT NOT NULL,
            reason TEXT NOT NULL,
            output TEXT NOT NULL,
            -- When it was done, on both clocks, and how long it took, in milliseconds.
            at INTEGER NOT NULL,
            serviceTime INTEGER NOT NULL,
            took INTEGER NOT NULL,
            person TEXT NOT NULL
        ) STRICT;
        CREATE INDEX checkResultBySession ON checkResult (session, sequence);

        -- That a hint was told: added, never changed, and each once.
        CREATE TABLE hintTaken (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            session TEXT NOT NULL REFERENCES session (id),
            task TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            cost INTEGER NOT NULL,
            at INTEGER NOT NULL,
            serviceTime INTEGER NOT NULL,
            person TEXT NOT NULL,
            UNIQUE (session, task, number)
        ) STRICT;
        """
}
