/// The schema since labs set machines up and differ from session to session.
///
/// Frozen: what it says may never change once a release has run it. It speaks SQL text only, no application type.
enum Migration3 {
    /// The name under which the database remembers that it was run.
    static let name = "v3"

    /// The statements, in order.
    static let sql = """
        -- The lab as it was when the session was asked for; earlier versions did not keep it.
        ALTER TABLE session ADD COLUMN labJSON TEXT CHECK (json_type(labJSON) = 'object');
        -- What its variables follow from: 64 bits.
        ALTER TABLE session ADD COLUMN seed INTEGER NOT NULL DEFAULT 0;
        """
}
