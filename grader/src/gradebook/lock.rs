//! One run writes a gradebook at a time: a file beside it, locked for as long as the run lives, that says who it is.
//!
//! The system gives the lock back when the process ends, however it ends; so a lock is never left behind by `kill -9`.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::GradebookError;
use crate::text;

/// The right to write a gradebook.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock of the gradebook at `gradebook`; `who` says which run this is.
    ///
    /// # Errors
    /// When another run has it, naming that run, or the file beside the gradebook cannot be written.
    pub(super) fn take(gradebook: &Path, who: &str) -> Result<Self, GradebookError> {
        let mut name = gradebook.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let fault = |error: io::Error| GradebookError::io(gradebook, &error);
        loop {
            let mut options = OpenOptions::new();
            let mut file =
                options.read(true).write(true).create(true).truncate(false).open(&path).map_err(fault)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(GradebookError::Locked {
                        path: gradebook.to_path_buf(),
                        holder: holder(&mut file),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(fault(error)),
            }
            // Who had it before may have removed the file between its opening here and its locking.
            if is_still_there(&path, &file) {
                write_holder(&mut file, who).map_err(fault)?;
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is locked, so nobody else's is removed. If it stays, the next run locks it again.
        let _ = fs::remove_file(&self.path);
    }
}

fn holder(file: &mut File) -> String {
    let mut words = Vec::new();
    let _ = file.take(1000).read_to_end(&mut words);
    let words = text::clean_line(&String::from_utf8_lossy(&words), 1000);
    if words.is_empty() { "it did not say which".to_owned() } else { words.trim().to_owned() }
}

fn write_holder(file: &mut File, who: &str) -> io::Result<()> {
    file.set_len(0)?;
    let since = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let place = match host.trim() {
        "" => String::new(),
        host => format!(" on {host}"),
    };
    writeln!(file, "process {}{place}, since {since}: {who}", std::process::id())
}

#[cfg(unix)]
fn is_still_there(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |about: fs::Metadata| (about.dev(), about.ino());
    let there = fs::metadata(path).map(identity);
    there.is_ok_and(|there| file.metadata().map(identity).is_ok_and(|here| here == there))
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_still_there(_: &Path, _: &File) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_hears_of_the_first_and_may_follow_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.db");
        let first = Lock::take(&path, "grader class monday").unwrap();
        let error = Lock::take(&path, "grader class tuesday").unwrap_err().to_string();
        let own = format!("process {}", std::process::id());
        assert!(error.contains("grader class monday") && error.contains(&own), "{error}");
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        drop(Lock::take(&path, "grader class tuesday").unwrap());
    }

    #[test]
    fn a_lock_file_that_was_left_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.db");
        fs::write(folder.path().join("class.db.lock"), "process 1 on moon: killed").unwrap();
        assert!(Lock::take(&path, "grader class").is_ok());
    }
}
