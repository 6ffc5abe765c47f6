/// The schema since machines are forked, exchanged and saved.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
///
/// Rules that look at several columns cannot be added to a table, so both tables are made anew and take over what there
/// is. Foreign keys are off meanwhile and are checked before the transaction ends.
enum Migration2 {
    /// The name under which the database remembers that it was run.
    static let name = "v2"

    /// The statements, in order.
    static let sql = """
        -- One person's run of one lab. Times that end in nothing are milliseconds: createdAt since 1970-01-01 UTC,
        -- enterBy, deadline, idleBy, keepUntil and pausedDeadline in service time.
        CREATE TABLE newSession (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 10 AND id NOT GLOB '*[^a-z2-7]*'),
            person TEXT NOT NULL CHECK (length(person) > 0),
            lab TEXT NOT NULL CHECK (length(lab) BETWEEN 1 AND 64),
            labVersion INTEGER NOT NULL CHECK (labVersion >= 1),
            policy TEXT NOT NULL CHECK (length(policy) BETWEEN 1 AND 64),
            policyJSON TEXT NOT NULL,
            timeJSON TEXT NOT NULL CHECK (json_type(timeJSON) = 'object'),
            createdAt INTEGER NOT NULL,
            cohort TEXT CHECK (length(cohort) BETWEEN 1 AND 64),
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
            resetting INTEGER CHECK (resetting IN (0, 1)),
            remainingMs INTEGER CHECK (remainingMs >= 0),
            extendedMs INTEGER CHECK (extendedMs >= 0),
            warnedJSON TEXT CHECK (json_type(warnedJSON) = 'array'),
            keepUntil INTEGER,
            -- When the time of a paused session is over; without one it stands still.
            pausedDeadline INTEGER,
            endReason TEXT CHECK (length(endReason) > 0),
            -- The frozen policy is the one it is listed under.
            CHECK (json_extract(policyJSON, '$.id') IS policy),
            -- A state carries exactly what is valid in it.
            CHECK ((queued IS NOT NULL) = (state = 'requested')),
            CHECK ((enterBy IS NOT NULL) = (state = 'ready')),
            CHECK ((deadline IS NOT NULL) = (state = 'running')),
            CHECK (idleBy IS NULL OR state = 'running'),
            CHECK ((resetting IS NOT NULL) = (state = 'running')),
            CHECK ((remainingMs IS NOT NULL) = (state = 'paused')),
            CHECK ((keepUntil IS NOT NULL) = (state = 'paused')),
            CHECK (pausedDeadline IS NULL OR state = 'paused'),
            CHECK ((extendedMs IS NOT NULL) = (state IN ('running', 'paused'))),
            CHECK ((warnedJSON IS NOT NULL) = (state IN ('running', 'paused'))),
            CHECK ((endReason IS NOT NULL) = (state IN ('finishing', 'ended', 'tornDown')))
        ) STRICT;

        INSERT INTO newSession (
            id, person, lab, labVersion, policy, policyJSON, timeJSON, createdAt, isolationOverride, acceleration,
            generation, state, queued, enterBy, deadline, idleBy, resetting, remainingMs, extendedMs, warnedJSON,
            keepUntil, endReason
        )
        SELECT
            id, person, lab, labVersion, policy, policyJSON, timeJSON, createdAt, isolationOverride, acceleration,
            generation, state, queued, enterBy, deadline, idleBy, iif(state = 'running', 0, NULL), remainingMs,
            extendedMs, warnedJSON, keepUntil, endReason
        FROM session;

        DROP TABLE session;
        ALTER TABLE newSession RENAME TO session;

        -- Lists, newest first, from anywhere in them.
        CREATE INDEX sessionByTime ON session (createdAt, id);
        CREATE INDEX sessionByPerson ON session (person, createdAt, id);
        CREATE INDEX sessionByState ON session (state, createdAt, id);
        CREATE INDEX sessionByPersonAndState ON session (person, state, createdAt, id);
        -- What is not over yet, whatever the number of those that are.
        CREATE INDEX sessionOpen ON session (createdAt, id) WHERE state <> 'tornDown';
        CREATE INDEX sessionAdmitted ON session (person, policy, id)
            WHERE state IN ('preparing', 'ready', 'running', 'paused', 'finishing', 'ended');

        -- One guest; only a member has a session.
        CREATE TABLE newMachine (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
            session TEXT REFERENCES session (id),
            role TEXT NOT NULL CHECK (role IN ('member', 'spare', 'template', 'discarded')),
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

        INSERT INTO newMachine (id, session, role, position, name, specification, userID, createdAt)
        SELECT
            id, session, iif(session IS NULL, 'spare', 'member'), position, name, specification, userID, createdAt
        FROM machine;

        DROP TABLE machine;
        ALTER TABLE newMachine RENAME TO machine;

        CREATE UNIQUE INDEX machineUserID ON machine (userID) WHERE userID IS NOT NULL;
        CREATE INDEX machineUnowned ON machine (id) WHERE session IS NULL;
        """
}
