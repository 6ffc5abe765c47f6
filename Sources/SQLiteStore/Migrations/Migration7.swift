/// The schema since programs elsewhere hear of what happens to sessions.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration7 {
    /// The name under which the database remembers that it was run.
    static let name = "v7"

    /// The statements, in order.
    static let sql = """
        -- Where such a program is. Times are milliseconds since 1970-01-01 UTC.
        CREATE TABLE webhook (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 12 AND id NOT GLOB '*[^a-z2-7]*'),
            url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 500),
            secret BLOB NOT NULL CHECK (length(secret) BETWEEN 24 AND 64),
            events TEXT NOT NULL CHECK (json_type(events) = 'array'),
            note TEXT NOT NULL,
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            createdAt INTEGER NOT NULL,
            generation INTEGER NOT NULL CHECK (generation >= 0),
            -- The last line of the timelines that is a message by now, if it was to be one.
            place INTEGER NOT NULL CHECK (place >= 0)
        ) STRICT;

        -- One message for one of them.
        CREATE TABLE webhookDelivery (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 16 AND id NOT GLOB '*[^a-z2-7]*'),
            webhook TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
            event TEXT NOT NULL CHECK (length(event) > 0),
            body TEXT NOT NULL CHECK (json_type(body) = 'object'),
            createdAt INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
            dueAt INTEGER,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            lastAttemptAt INTEGER,
            answer TEXT NOT NULL,
            CHECK ((dueAt IS NOT NULL) = (state = 'pending'))
        ) STRICT;
        CREATE INDEX webhookDeliveryByWebhook ON webhookDelivery (webhook, sequence);
        CREATE INDEX webhookDeliveryPending ON webhookDelivery (webhook, dueAt, sequence) WHERE state = 'pending';
        CREATE INDEX webhookDeliveryOver ON webhookDelivery (createdAt) WHERE state <> 'pending';
        """
}
