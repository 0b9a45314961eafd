//! The tables of a gradebook, and how an older one becomes the newest: one step for each version of the schema.
//!
//! `PRAGMA user_version` counts the steps that were taken; `PRAGMA application_id` tells a gradebook from other SQLite
//! files. A step that was released is never changed: the next one alters what it made.

use rusqlite::{Connection, TransactionBehavior};

/// `vmgb` in ASCII: what tells a gradebook from any other SQLite file.
pub(super) const APPLICATION_ID: i32 = 0x766d_6762;

/// The steps from an empty file to the newest schema.
pub(super) const STEPS: [&str; 2] = [FIRST, SECOND];

/// Version of the newest schema.
pub const SCHEMA_VERSION: usize = STEPS.len();

const FIRST: &str = "
    -- What holds for the whole gradebook: seed, course, labs, shard, created.
    CREATE TABLE meta (
        key   TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Everybody on the roster, and whoever handed in without being on it.
    CREATE TABLE students (
        id        TEXT PRIMARY KEY,
        name      TEXT NOT NULL,
        email     TEXT NOT NULL,
        section   TEXT NOT NULL,
        on_roster INTEGER NOT NULL,      -- 0 or 1
        columns   TEXT NOT NULL          -- JSON: the roster's row, header to value
    ) STRICT, WITHOUT ROWID;

    -- One row a submission; one submission a student.
    CREATE TABLE submissions (
        student      TEXT PRIMARY KEY REFERENCES students (id),
        name         TEXT NOT NULL,      -- as it was called in the class's folder
        state        TEXT NOT NULL,      -- waiting, graded, refused
        reason       TEXT NOT NULL,      -- why it was refused
        digest       TEXT NOT NULL,      -- of all that was handed in
        submitted_at TEXT,               -- RFC 3339 in UTC
        sandbox      TEXT NOT NULL,
        notes        TEXT NOT NULL,      -- JSON: a list of what was noted when it was taken in
        flags        TEXT NOT NULL,      -- JSON: a list of what a person should look at, found by grading
        is_final     INTEGER NOT NULL,   -- 0: the next run grades it again
        score        REAL NOT NULL,      -- sum of the labs, after what being late costs
        max_score    REAL NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- The lab files that were handed in, each content once.
    CREATE TABLE sources (
        digest TEXT PRIMARY KEY,
        bytes  BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Which file a student handed in for a lab, or why it was refused unread.
    CREATE TABLE files (
        student  TEXT NOT NULL REFERENCES submissions (student),
        lab      TEXT NOT NULL,
        digest   TEXT REFERENCES sources (digest),
        rejected TEXT,
        PRIMARY KEY (student, lab),
        CHECK ((digest IS NULL) <> (rejected IS NULL))
    ) STRICT, WITHOUT ROWID;

    -- What came out, lab by lab.
    CREATE TABLE labs (
        student     TEXT NOT NULL REFERENCES submissions (student),
        lab         TEXT NOT NULL,
        position    INTEGER NOT NULL,    -- in the course's order
        verdict     TEXT NOT NULL,
        score       REAL NOT NULL,       -- as judged
        max_score   REAL NOT NULL,
        due         TEXT,                -- RFC 3339 in UTC
        days_late   INTEGER NOT NULL,
        days_excused INTEGER NOT NULL,   -- of them, paid for by grace days
        percent_off REAL NOT NULL,       -- of the score, for being late
        final_score REAL NOT NULL,       -- what is left
        judged_by   TEXT NOT NULL,       -- digest of everything that the verdict depends on; empty when nothing was judged
        report      TEXT NOT NULL,       -- the lab of `--format json`, its times 0
        PRIMARY KEY (student, lab)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX labs_judged_by ON labs (judged_by);
";

/// What differs between two runs over the same class leaves the other tables, so that those can be compared row by row.
const SECOND: &str = "
    CREATE TABLE timings (
        student    TEXT NOT NULL REFERENCES submissions (student),
        lab        TEXT NOT NULL,
        graded_at  TEXT NOT NULL,        -- RFC 3339 in UTC
        compile_ms INTEGER NOT NULL,
        cases_ms   TEXT NOT NULL,        -- JSON: milliseconds of each case, in the report's order
        PRIMARY KEY (student, lab)
    ) STRICT, WITHOUT ROWID;
";

/// The version of the schema that `connection` has.
pub(super) fn version(connection: &Connection) -> Result<usize, rusqlite::Error> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Takes the steps that are missing, all or none; a newer schema was refused before.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = version(&transaction)?;
    let steps = STEPS.get(from..).unwrap_or_default();
    if steps.is_empty() {
        return Ok(());
    }
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION as i64)?;
    transaction.commit()
}
