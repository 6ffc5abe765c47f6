/// The first schema.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration1 {
    /// The name under which the database remembers that it was run.
    static let name = "v1"

    /// The statements, in order.
    static let sql = """
        -- One person's run of one lab. Times that end in nothing are milliseconds: createdAt since 1970-01-01 UTC,
        -- enterBy, deadline, idleBy and keepUntil in service time.
        CREATE TABLE session (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 10 AND id NOT GLOB '*[^a-z2-7]*'),
            person TEXT NOT NULL CHECK (length(person) > 0),
            lab TEXT NOT NULL CHECK (length(lab) BETWEEN 1 AND 64),
            labVersion INTEGER NOT NULL CHECK (labVersion >= 1),
            policy TEXT NOT NULL CHECK (length(policy) BETWEEN 1 AND 64),
            policyJSON TEXT NOT NULL,
            timeJSON TEXT NOT NULL CHECK (json_type(timeJSON) = 'object'),
            createdAt INTEGER NOT NULL,
            isolationOverride TEXT,
            acceleration TEXT CHECK (acceleration IN ('kvm', 'tcg')),
            generation INTEGER NOT NULL CHECK (generation >= 0),
            state TEXT NOT NULL CHECK (state IN (
                'requested', 'preparing', 'ready', 'running', 'paused', 'finishing', 'ended', 'tornDown'
            )),
            queued INTEGER CHECK (queued IN (0, 1)),
            enterBy INTEGER,
            deadline INTEGER,
            idleBy INTEGER,
            remainingMs INTEGER CHECK (remainingMs >= 0),
            extendedMs INTEGER CHECK (extendedMs >= 0),
            warnedJSON TEXT CHECK (json_type(warnedJSON) = 'array'),
            keepUntil INTEGER,
            endReason TEXT CHECK (length(endReason) > 0),
            -- The frozen policy is the one it is listed under.
            CHECK (json_extract(policyJSON, '$.id') IS policy),
            -- A state carries exactly what is valid in it.
            CHECK ((queued IS NOT NULL) = (state = 'requested')),
            CHECK ((enterBy IS NOT NULL) = (state = 'ready')),
            CHECK ((deadline IS NOT NULL) = (state = 'running')),
            CHECK (idleBy IS NULL OR state = 'running'),
            CHECK ((remainingMs IS NOT NULL) = (state = 'paused')),
            CHECK ((keepUntil IS NOT NULL) = (state = 'paused')),
            CHECK ((extendedMs IS NOT NULL) = (state IN ('running', 'paused'))),
            CHECK ((warnedJSON IS NOT NULL) = (state IN ('running', 'paused'))),
            CHECK ((endReason IS NOT NULL) = (state IN ('finishing', 'ended', 'tornDown')))
        ) STRICT;

        -- Lists, newest first, from anywhere in them.
        CREATE INDEX sessionByTime ON session (createdAt, id);
        CREATE INDEX sessionByPerson ON session (person, createdAt, id);
        CREATE INDEX sessionByState ON session (state, createdAt, id);
        CREATE INDEX sessionByPersonAndState ON session (person, state, createdAt, id);
        -- What is not over yet, whatever the number of those that are.
        CREATE INDEX sessionOpen ON session (createdAt, id) WHERE state <> 'tornDown';
        CREATE INDEX sessionAdmitted ON session (person, policy, id)
            WHERE state IN ('preparing', 'ready', 'running', 'paused', 'finishing', 'ended');

        -- One guest; a spare has no session.
        CREATE TABLE machine (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
            session TEXT REFERENCES session (id),
            position INTEGER NOT NULL CHECK (position >= 0),
            name TEXT NOT NULL CHECK (length(name) > 0),
            specification TEXT NOT NULL CHECK (json_type(specification) = 'object'),
            memory INTEGER NOT NULL GENERATED ALWAYS AS (json_extract(specification, '$.memory')) STORED
                CHECK (memory > 0),
            disk INTEGER GENERATED ALWAYS AS (json_extract(specification, '$.disk')) STORED CHECK (disk > 0),
            userID INTEGER CHECK (userID BETWEEN 1 AND 4294967294),
            createdAt INTEGER NOT NULL
                DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)),
            UNIQUE (session, position),
            UNIQUE (session, name)
        ) STRICT;

        CREATE UNIQUE INDEX machineUserID ON machine (userID) WHERE userID IS NOT NULL;
        CREATE INDEX machineSpare ON machine (id) WHERE session IS NULL;

        -- What happened, in the order it was stored; a sequence is never given twice.
        CREATE TABLE timeline (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            session TEXT NOT NULL REFERENCES session (id),
            at INTEGER NOT NULL,
            serviceTime INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (length(kind) > 0),
            text TEXT NOT NULL,
            milliseconds INTEGER
        ) STRICT;

        CREATE INDEX timelineBySession ON timeline (session, sequence);

        -- How far each step of making a machine has come; at which milliseconds since 1970-01-01 UTC.
        CREATE TABLE sagaStep (
            machine TEXT NOT NULL REFERENCES machine (id) ON DELETE CASCADE,
            step TEXT NOT NULL CHECK (length(step) > 0),
            phase TEXT NOT NULL CHECK (phase IN ('begun', 'done', 'undone')),
            begunAt INTEGER NOT NULL,
            doneAt INTEGER,
            undoneAt INTEGER,
            PRIMARY KEY (machine, step),
            CHECK (phase <> 'begun' OR doneAt IS NULL),
            CHECK (phase <> 'done' OR doneAt IS NOT NULL),
            CHECK ((phase = 'undone') = (undoneAt IS NOT NULL))
        ) STRICT, WITHOUT ROWID;

        -- The last proof that the service worked.
        CREATE TABLE heartbeat (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            serviceTime INTEGER NOT NULL,
            wall INTEGER NOT NULL,
            monotonicNanoseconds INTEGER NOT NULL,
            sinceBootNanoseconds INTEGER NOT NULL,
            bootID TEXT NOT NULL
        ) STRICT;
        """
}
