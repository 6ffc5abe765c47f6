/// The schema since keys open sessions, and the log of changes says what failed.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration8 {
    /// The name under which the database remembers that it was run.
    static let name = "v8"

    /// The statements, in order.
    static let sql = """
        -- A public key of SSH, the session it opens and for whom: one for each who has added it. What its owner calls it
        -- is not kept.
        CREATE TABLE sessionKey (
            fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 50 AND fingerprint GLOB 'SHA256:*'),
            session TEXT NOT NULL REFERENCES session (id),
            person TEXT NOT NULL CHECK (length(person) > 0),
            type TEXT NOT NULL CHECK (length(type) BETWEEN 1 AND 64),
            base64 TEXT NOT NULL CHECK (length(base64) BETWEEN 1 AND 8192),
            -- Milliseconds since 1970-01-01 UTC.
            addedAt INTEGER NOT NULL,
            -- Whether somebody who has the key's other half has named the session.
            isConfirmed INTEGER NOT NULL CHECK (isConfirmed IN (0, 1)),
            PRIMARY KEY (fingerprint, person)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessionKeyBySession ON sessionKey (session, addedAt, fingerprint, person);
        CREATE INDEX sessionKeyByPerson ON sessionKey (person);

        -- Nothing opens a session that is over.
        CREATE TRIGGER sessionKeyOfOpen BEFORE INSERT ON sessionKey
        WHEN (SELECT state FROM session WHERE id = NEW.session) IN ('ended', 'tornDown')
        BEGIN
            SELECT RAISE(ABORT, 'the session is over');
        END;
        CREATE TRIGGER sessionKeyEnds AFTER UPDATE OF state ON session WHEN NEW.state IN ('ended', 'tornDown')
        BEGIN
            DELETE FROM sessionKey WHERE session = NEW.id;
        END;
        CREATE TRIGGER accountIsErasedWithKeys BEFORE UPDATE OF state ON account
        WHEN NEW.state = 'erased' AND EXISTS (SELECT 1 FROM sessionKey WHERE person = NEW.person)
        BEGIN
            SELECT RAISE(ABORT, 'a key of the account is still there');
        END;

        -- The log of changes, made anew because one may come by SSH from now on, and something may have failed. Its
        -- lines keep their sequences.
        CREATE TABLE newAudit (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            actor TEXT CHECK (length(actor) > 0),
            channel TEXT NOT NULL CHECK (channel IN ('local', 'token', 'cookie', 'ssh', 'service')),
            address TEXT CHECK (length(address) BETWEEN 1 AND 64),
            action TEXT NOT NULL CHECK (length(action) > 0),
            object TEXT NOT NULL,
            detail TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed'))
        ) STRICT;
        INSERT INTO newAudit SELECT * FROM audit ORDER BY sequence;
        DROP TABLE audit;
        ALTER TABLE newAudit RENAME TO audit;
        CREATE TRIGGER auditNeverChanges BEFORE UPDATE ON audit
        BEGIN
            SELECT RAISE(ABORT, 'the audit log is only ever added to');
        END;
        CREATE TRIGGER auditNeverShrinks BEFORE DELETE ON audit
        BEGIN
            SELECT RAISE(ABORT, 'the audit log is only ever added to');
        END;
        -- A line that takes the place of another would remove it without asking the trigger above.
        CREATE TRIGGER auditIsNeverReplaced BEFORE INSERT ON audit
        WHEN EXISTS (SELECT 1 FROM audit WHERE sequence = NEW.sequence)
        BEGIN
            SELECT RAISE(ABORT, 'the audit log is only ever added to');
        END;
        """
}
