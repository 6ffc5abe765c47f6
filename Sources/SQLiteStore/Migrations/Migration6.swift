/// The schema since people have accounts, and changes are taken down.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration6 {
    /// The name under which the database remembers that it was run.
    static let name = "v6"

    /// The statements, in order.
    static let sql = """
        -- Somebody with an account, under an identifier that says nothing of them. Times are milliseconds since
        -- 1970-01-01 UTC, here and in all tables below.
        CREATE TABLE account (
            person TEXT NOT NULL PRIMARY KEY
                CHECK (length(person) = 18 AND person GLOB 'p-*' AND substr(person, 3) NOT GLOB '*[^a-z2-7]*'),
            state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'erased')),
            createdAt INTEGER NOT NULL,
            generation INTEGER NOT NULL CHECK (generation >= 0)
        ) STRICT;
        CREATE INDEX accountByTime ON account (createdAt, person);

        CREATE TABLE accountRole (
            person TEXT NOT NULL REFERENCES account (person),
            role TEXT NOT NULL CHECK (role IN ('operator', 'author', 'recruiter', 'instructor', 'trainee')),
            PRIMARY KEY (person, role)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX accountRoleByRole ON accountRole (role, person);

        -- All that says who somebody is. Nothing refers to it, so that it can be erased.
        CREATE TABLE personal (
            person TEXT NOT NULL PRIMARY KEY REFERENCES account (person),
            login TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(login) BETWEEN 1 AND 64),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            email TEXT CHECK (length(email) BETWEEN 3 AND 254),
            passwordHash TEXT CHECK (length(passwordHash) > 0)
        ) STRICT;

        -- Who is erased stays erased, under an identifier that is never given again.
        CREATE TRIGGER accountStays BEFORE DELETE ON account
        BEGIN
            SELECT RAISE(ABORT, 'an account is erased, never removed');
        END;
        CREATE TRIGGER accountStaysErased BEFORE UPDATE ON account WHEN OLD.state = 'erased'
        BEGIN
            SELECT RAISE(ABORT, 'an erased account never changes');
        END;
        CREATE TRIGGER accountIsErasedWhole BEFORE UPDATE OF state ON account
        WHEN NEW.state = 'erased' AND (
            EXISTS (SELECT 1 FROM personal WHERE person = NEW.person)
            OR EXISTS (SELECT 1 FROM accountRole WHERE person = NEW.person)
            OR EXISTS (SELECT 1 FROM token WHERE person = NEW.person)
            OR EXISTS (SELECT 1 FROM signIn WHERE person = NEW.person)
            OR EXISTS (SELECT 1 FROM oneTimeLink WHERE person = NEW.person)
        )
        BEGIN
            SELECT RAISE(ABORT, 'something of the account is still there');
        END;
        CREATE TRIGGER personalOfNoErased BEFORE INSERT ON personal
        WHEN (SELECT state FROM account WHERE person = NEW.person) = 'erased'
        BEGIN
            SELECT RAISE(ABORT, 'the account is erased');
        END;
        CREATE TRIGGER accountRoleOfNoErased BEFORE INSERT ON accountRole
        WHEN (SELECT state FROM account WHERE person = NEW.person) = 'erased'
        BEGIN
            SELECT RAISE(ABORT, 'the account is erased');
        END;

        -- What lets a program act for a person. Without scopes it may do all that the person may.
        CREATE TABLE token (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 12 AND id NOT GLOB '*[^a-z2-7]*'),
            person TEXT NOT NULL REFERENCES account (person),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            scopes TEXT CHECK (json_type(scopes) = 'array'),
            createdAt INTEGER NOT NULL,
            expiresAt INTEGER NOT NULL CHECK (expiresAt > createdAt),
            lastUsedAt INTEGER,
            revokedAt INTEGER
        ) STRICT;
        CREATE INDEX tokenByPerson ON token (person, createdAt, id);

        -- A person's stay in one browser.
        CREATE TABLE signIn (
            digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
            person TEXT NOT NULL REFERENCES account (person),
            createdAt INTEGER NOT NULL,
            lastSeenAt INTEGER NOT NULL,
            expiresAt INTEGER NOT NULL CHECK (expiresAt > createdAt),
            csrfSecret TEXT NOT NULL CHECK (length(csrfSecret) > 0)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX signInByPerson ON signIn (person, createdAt, digest);
        CREATE INDEX signInByEnd ON signIn (expiresAt);

        -- What lets whoever holds it do one thing once; only one of a kind can be used.
        CREATE TABLE oneTimeLink (
            digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
            purpose TEXT NOT NULL CHECK (purpose IN ('firstOperator', 'setPassword')),
            person TEXT REFERENCES account (person),
            createdAt INTEGER NOT NULL,
            expiresAt INTEGER NOT NULL CHECK (expiresAt > createdAt),
            usedAt INTEGER,
            CHECK ((purpose = 'setPassword') = (person IS NOT NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX oneTimeLinkUnused ON oneTimeLink (purpose, ifnull(person, '')) WHERE usedAt IS NULL;
        CREATE INDEX oneTimeLinkByPerson ON oneTimeLink (person);
        CREATE INDEX oneTimeLinkByEnd ON oneTimeLink (expiresAt);

        -- Who changed what, when, from where: only ever added to. A sequence is never given twice.
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            actor TEXT CHECK (length(actor) > 0),
            channel TEXT NOT NULL CHECK (channel IN ('local', 'token', 'cookie', 'service')),
            address TEXT CHECK (length(address) BETWEEN 1 AND 64),
            action TEXT NOT NULL CHECK (length(action) > 0),
            object TEXT NOT NULL,
            detail TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused'))
        ) STRICT;
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
