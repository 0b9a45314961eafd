//! What can be wrong with a gradebook, in words that say what to do.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use rusqlite::ErrorCode;
use thiserror::Error;

use super::schema::SCHEMA_VERSION;

/// Why a gradebook cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum GradebookError {
    /// Nothing is there.
    #[error("there is no gradebook {}", path.display())]
    #[diagnostic(help("`grader class DIR --gradebook FILE` makes one"))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a gradebook: {problem}", path.display())]
    #[diagnostic(help("name the file that `grader class` wrote; this one was left as it is"))]
    NotAGradebook {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        problem: String,
    },
    /// A later grader wrote it.
    #[error(
        "the gradebook {} has schema {found}, and this grader knows schemas up to {SCHEMA_VERSION}",
        path.display()
    )]
    #[diagnostic(help("use the grader that wrote it, or a newer one; nothing was changed"))]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
    },
    /// It cannot be written.
    #[error("the gradebook {} cannot be written: the file or its folder is read-only", path.display())]
    #[diagnostic(help("copy it to a place of yours, or change its permissions; nothing was changed"))]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another run writes it.
    #[error("the gradebook {} is being written by another run: {holder}", path.display())]
    #[diagnostic(help("wait until it has ended, or end it; a shard needs a gradebook of its own"))]
    Locked {
        /// The file.
        path: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// There is no room left.
    #[error("no space is left for the gradebook {}", path.display())]
    #[diagnostic(help(
        "make room and run the same command again: what was graded before is kept, nothing is half-written"
    ))]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Something in it is not what a grader writes.
    #[error("the gradebook {} is damaged: {problem}", path.display())]
    #[diagnostic(help("restore a copy, or begin a new one: submissions judged before come from the cache"))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The system or SQLite refuses.
    #[error("cannot use the gradebook {}: {problem}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What was said.
        problem: String,
    },
    /// It was made for something else than it is used for now.
    #[error("the gradebook {} has {has}, and this run has {wants}", path.display())]
    #[diagnostic(help("{advice}"))]
    Differs {
        /// The file.
        path: PathBuf,
        /// What it was made with.
        has: String,
        /// What is asked for now.
        wants: String,
        /// What to do.
        advice: String,
    },
    /// Two gradebooks that do not belong together.
    #[error("{} and {} cannot be merged: {problem}", first.display(), second.display())]
    #[diagnostic(help("{advice}"))]
    Apart {
        /// One of them.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// Why not.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// Some shards of a run are not there.
    #[error("{problem}")]
    #[diagnostic(help("{advice}"))]
    Incomplete {
        /// What is missing.
        problem: String,
        /// What to do.
        advice: String,
    },
}

impl GradebookError {
    /// What SQLite said of the gradebook at `path`.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let problem = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Self::NotAGradebook { path, problem },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::TypeMismatch) => Self::Damaged { path, problem },
            // What was read has another shape than what this grader writes.
            None => Self::Damaged { path, problem },
            Some(_) => Self::Unusable { path, problem },
        }
    }

    /// What the system said of the gradebook at `path`.
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path }
            }
            std::io::ErrorKind::StorageFull => Self::Full { path },
            _ => Self::Unusable { path, problem: error.to_string() },
        }
    }
}
