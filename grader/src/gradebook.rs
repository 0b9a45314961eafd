//! The gradebook of a class: one SQLite file that holds everything a report or a regrade needs.
//!
//! ```text
//! meta ── seed, course, labs, shard                          one row a fact
//! students ── submissions ── labs ── report (JSON)           one submission a student, one row a lab
//!                  ├──────── files ── sources                what was handed in, each content once
//!                  └──────── timings                         what differs between two runs over the same class
//! ```
//!
//! [`Gradebook::open`] reads, also while a run writes; [`Gradebook::open_to_write`] takes the lock that one run has at a
//! time. A submission is recorded in one transaction ([`Gradebook::record`]), so a run may be killed at any moment. The book
//! ("The gradebook") documents the tables (`schema`) for whoever asks them in SQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};
use tempfile::TempDir;

mod dump;
mod error;
mod lock;
mod merge;
mod read;
mod rows;
mod schema;
mod write;

pub use error::GradebookError;
pub use merge::{Merged, merge};
pub use rows::{CANVAS_ID, Entry, LabEntry, MOODLE_ID, Meta, Shard, State, Student};
pub use schema::SCHEMA_VERSION;

use lock::Lock;

/// How long a reader or writer waits for another one's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open gradebook.
#[derive(Debug)]
pub struct Gradebook {
    connection: Connection,
    path: PathBuf,
    /// The migrated copy that is read in place of an older gradebook.
    _copy: Option<TempDir>,
    /// Given back after the connection is closed.
    lock: Option<Lock>,
}

impl Gradebook {
    /// Opens the gradebook at `path` for reading. One of an older schema is left as it is: a migrated copy is read.
    ///
    /// # Errors
    /// When there is none, it is of a newer schema, or the file is something else.
    pub fn open(path: &Path) -> Result<Self, GradebookError> {
        if !path.exists() {
            return Err(GradebookError::Missing { path: path.to_path_buf() });
        }
        refuse_folder(path)?;
        let fault = |error: rusqlite::Error| GradebookError::of(path, &error);
        let connection = open_to_read(path).map_err(fault)?;
        let found = check(path, &connection)?;
        let mut gradebook = Self { connection, path: path.to_path_buf(), _copy: None, lock: None };
        match found {
            0 => return Err(not_one(path, "it is an empty database")),
            found if found < SCHEMA_VERSION => gradebook.read_a_copy()?,
            _ => {}
        }
        Ok(gradebook)
    }

    /// Opens the gradebook at `path` for writing, or makes it; an older schema is migrated. `who` tells other runs which run
    /// this is.
    ///
    /// # Errors
    /// When it cannot be written, another run writes it, it is of a newer schema, or the file is something else.
    pub fn open_to_write(path: &Path, who: &str) -> Result<Self, GradebookError> {
        refuse_folder(path)?;
        let fault = |error: rusqlite::Error| GradebookError::of(path, &error);
        let lock = Lock::take(path, who)?;
        let mut connection = Connection::open(path).map_err(fault)?;
        connection.busy_timeout(PATIENCE).map_err(fault)?;
        check(path, &connection)?;
        if connection.is_readonly(MAIN_DB).map_err(fault)? {
            return Err(GradebookError::ReadOnly { path: path.to_path_buf() });
        }
        prepare(&connection).map_err(fault)?;
        schema::migrate(&mut connection).map_err(fault)?;
        Ok(Self { connection, path: path.to_path_buf(), _copy: None, lock: Some(lock) })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read_a_copy(&mut self) -> Result<(), GradebookError> {
        let folder = tempfile::tempdir().map_err(|error| GradebookError::io(&self.path, &error))?;
        let copied = || -> Result<Connection, rusqlite::Error> {
            let mut copy = Connection::open(folder.path().join("copy"))?;
            Backup::new(&self.connection, &mut copy)?.run_to_completion(1000, Duration::ZERO, None)?;
            schema::migrate(&mut copy)?;
            Ok(copy)
        };
        self.connection = copied().map_err(|error| self.fault(&error))?;
        self._copy = Some(folder);
        Ok(())
    }

    fn fault(&self, error: &rusqlite::Error) -> GradebookError {
        GradebookError::of(&self.path, error)
    }

    fn damaged(&self, problem: impl ToString) -> GradebookError {
        GradebookError::Damaged { path: self.path.clone(), problem: problem.to_string() }
    }
}

impl Drop for Gradebook {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // A closed gradebook is one file, which can be copied, mailed and read from anywhere. While somebody reads it, it
            // stays as it is, and the next run closes it.
            let _ = self.connection.pragma_update(None, "journal_mode", "DELETE");
        }
    }
}

/// A connection that reads. A write-ahead log needs a file beside the gradebook even for reading; on a medium that cannot be
/// written nobody else writes either, so there the gradebook is read as it lies.
fn open_to_read(path: &Path) -> Result<Connection, rusqlite::Error> {
    let open = |path: &Path, flags: OpenFlags| {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | flags)?;
        connection.busy_timeout(PATIENCE)?;
        schema::version(&connection).map(|_| connection)
    };
    open(path, OpenFlags::empty()).or_else(|error| match error.sqlite_error_code() {
        // Where a run was killed, part of the gradebook lies in its log, and must not be left out.
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if !has_log(path) => {
            open(&immutable(path), OpenFlags::SQLITE_OPEN_URI).map_err(|_| error)
        }
        _ => Err(error),
    })
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|about| about.len() > 0)
}

/// `path` as SQLite's address of a file that nobody writes.
fn immutable(path: &Path) -> PathBuf {
    let absolute = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let text = absolute.to_string_lossy();
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    PathBuf::from(format!("file:{escaped}?immutable=1"))
}

/// The version of what `connection` has open, if it is a gradebook or an empty database.
fn check(path: &Path, connection: &Connection) -> Result<usize, GradebookError> {
    let fault = |error: rusqlite::Error| GradebookError::of(path, &error);
    let found = schema::version(connection).map_err(fault)?;
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fault)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fault)?;
    if id != schema::APPLICATION_ID && tables > 0 {
        return Err(not_one(path, "it is a SQLite database of another program"));
    }
    if found > SCHEMA_VERSION {
        return Err(GradebookError::Newer { path: path.to_path_buf(), found });
    }
    Ok(found)
}

fn refuse_folder(path: &Path) -> Result<(), GradebookError> {
    if path.is_dir() { Err(not_one(path, "it is a folder")) } else { Ok(()) }
}

fn not_one(path: &Path, problem: &str) -> GradebookError {
    GradebookError::NotAGradebook { path: path.to_path_buf(), problem: problem.to_owned() }
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What was told as graded is on the disk, also after a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

#[cfg(test)]
mod tests;
