//! Folders in which the compiler finds again what it made the last time.
//!
//! rustc reuses what it kept of an earlier compilation (`-Cincremental`) only where paths are the same as then: the folder
//! it is started in, the file it writes, and every `--remap-path-prefix`. So each thing that is compiled again and again
//! has a folder that stays:
//!
//! ```text
//! incremental/<lab>/<what>/0/     locked while one compiler uses it
//! incremental/<lab>/<what>/1/     for a second one at the same time, and so on
//! ```
//!
//! Measured on the test binary of 149 tests after a save: 0.30 s in the same folder, 0.65 s when only the output's path
//! differs.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::fault::Fault;

/// A folder of one compilation; nobody else uses it until this is dropped.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    /// The lock on the folder, given back when the file is closed.
    _lock: File,
}

impl Kept {
    /// The first folder in `folder` that nobody uses now.
    ///
    /// # Errors
    /// When it cannot be made or locked.
    pub(super) fn take(folder: &Path) -> Result<Self, Fault> {
        let free = (0_u32..).find_map(|number| Self::lock(folder.join(number.to_string())).transpose());
        free.expect("there are more numbers than compilers").map_err(Fault::file(folder))
    }

    /// The folder, unless somebody uses it.
    fn lock(folder: PathBuf) -> io::Result<Option<Self>> {
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { folder, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            // A file system without locks cannot keep two compilers apart.
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where the compilation's files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The option that has the compiler keep what it can reuse.
    pub(super) fn incremental(&self) -> OsString {
        super::joined("-Cincremental=", &self.folder.join("incremental"), "")
    }

    /// Where the compiler writes its output called `name`.
    pub(super) fn output(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Moves the output to `path`, which a later compilation does not overwrite.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(super) fn hand_over(&self, name: &str, path: &Path) -> Result<(), Fault> {
        fs::rename(self.output(name), path).map_err(Fault::file(path))
    }

    /// Removes what a compiler left that did not end by itself, temporary files too.
    pub(super) fn forget(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            // What cannot be removed is checked by the next compiler, and not used if it is not whole.
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { Ok(()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_compilers_never_share_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let first = Kept::take(root.path()).unwrap();
        let second = Kept::take(root.path()).unwrap();
        assert_eq!(first.folder(), root.path().join("0"));
        assert_eq!(second.folder(), root.path().join("1"));
        drop(first);
        assert_eq!(
            Kept::take(root.path()).unwrap().folder(),
            root.path().join("0"),
            "a free folder is used again"
        );
    }

    #[test]
    fn an_output_is_handed_over_and_what_was_kept_can_be_forgotten() {
        let root = tempfile::tempdir().unwrap();
        let kept = Kept::take(root.path()).unwrap();
        fs::create_dir(kept.folder().join("incremental")).unwrap();
        fs::write(kept.output("probe"), "program").unwrap();
        let path = root.path().join("probe");
        kept.hand_over("probe", &path).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "program");
        kept.forget();
        assert!(!kept.folder().join("incremental").exists() && kept.folder().exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let fault = Kept::take(&file).unwrap_err();
        assert!(fault.to_string().contains("file"), "{fault}");
    }
}
