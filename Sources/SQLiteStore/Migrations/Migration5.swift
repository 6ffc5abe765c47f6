/// The schema since disks are looked at by graders, and sessions that are over can be graded again.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration5 {
    /// The name under which the database remembers that it was run.
    static let name = "v5"

    /// The statements, in order.
    static let sql = """
        -- Whose word a verdict is.
        ALTER TABLE checkResult ADD COLUMN witness TEXT NOT NULL DEFAULT 'guest';
        -- Why somebody graded again, and by which edition of the lab where that was not the session's own.
        ALTER TABLE checkResult ADD COLUMN why TEXT NOT NULL DEFAULT '';
        ALTER TABLE checkResult ADD COLUMN labVersion INTEGER CHECK (labVersion >= 1);

        -- One guest; only a member has a session.
        CREATE TABLE newMachine (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
            session TEXT REFERENCES session (id),
            role TEXT NOT NULL
                CHECK (role IN ('member', 'spare', 'template', 'discarded', 'grader', 'restarted')),
            position INTEGER NOT NULL CHECK (position >= 0),
            name TEXT NOT NULL CHECK (length(name) > 0),
            specification TEXT NOT NULL CHECK (json_type(specification) = 'object'),
            memory INTEGER NOT NULL GENERATED ALWAYS AS (json_extract(specification, '$.memory')) STORED
                CHECK (memory > 0),
            disk INTEGER GENERATED ALWAYS AS (json_extract(specification, '$.disk')) STORED CHECK (disk > 0),
            -- The snapshot it is forked from and how; without one it is booted from its image.
            fork TEXT CHECK (json_type(fork) = 'object'),
            userID INTEGER CHECK (userID BETWEEN 1 AND 4294967294),
            createdAt INTEGER NOT NULL
                DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)),
            UNIQUE (session, position),
            UNIQUE (session, name),
            CHECK ((role = 'member') = (session IS NOT NULL))
        ) STRICT;

        INSERT INTO newMachine (id, session, role, position, name, specification, fork, userID, createdAt)
        SELECT id, session, role, position, name, specification, fork, userID, createdAt FROM machine;

        DROP TABLE machine;
        ALTER TABLE newMachine RENAME TO machine;

        CREATE UNIQUE INDEX machineUserID ON machine (userID) WHERE userID IS NOT NULL;
        CREATE INDEX machineUnowned ON machine (id) WHERE session IS NULL;
        """
}
