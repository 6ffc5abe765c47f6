/// The schema since the log of changes says what failed.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration9 {
    /// The name under which the database remembers that it was run.
    static let name = "v9"

    /// The statements, in order.
    static let sql = """
        -- The log of changes, made anew because something may have failed from now on. Its lines keep their sequences.
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
