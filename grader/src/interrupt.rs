//! Ctrl-C leaves nothing behind: no process, no scratch folder.
//!
//! The children have process groups of their own, so the terminal's Ctrl-C does not reach them. Everything that must
//! not survive is therefore on one list; the handler ends it all and then the grader.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tempfile::TempDir;

/// Exit code of a program that Ctrl-C ended, by the shells' convention.
const INTERRUPTED: i32 = 130;

static LIVE: Mutex<Live> = Mutex::new(Live { groups: BTreeSet::new(), folders: BTreeSet::new() });

static LAST: Mutex<Option<fn()>> = Mutex::new(None);

struct Live {
    groups: BTreeSet<u32>,
    folders: BTreeSet<PathBuf>,
}

fn live() -> MutexGuard<'static, Live> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child on the list; it leaves the list when this is dropped.
#[derive(Debug)]
#[must_use = "the child leaves the list when the ticket is dropped"]
pub struct Ticket(u32);

impl Drop for Ticket {
    fn drop(&mut self) {
        live().groups.remove(&self.0);
    }
}

/// Starts `command` and puts it on the list in one step: Ctrl-C finds either no child or a listed one.
///
/// # Errors
/// When it cannot be started.
pub fn spawn(command: &mut Command) -> io::Result<(Child, Ticket)> {
    let mut live = live();
    let child = command.spawn()?;
    let id = child.id();
    live.groups.insert(id);
    Ok((child, Ticket(id)))
}

/// A folder for the files of one run; it goes when this is dropped, and at Ctrl-C. After `kill -9` the next run removes it:
/// a locked file beside it says that its run is alive.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// A new folder inside `parent`, which is made if need be.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(parent: &Path) -> io::Result<Self> {
        install();
        fs::create_dir_all(parent)?;
        remove_left_overs(parent);
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(parent)?;
        live().folders.insert(folder.path().to_path_buf());
        let lock = lock(folder.path())?;
        Ok(Self { folder, _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        live().folders.remove(self.folder.path());
        // One that stays is no lock any more, and goes with the next run.
        let _ = fs::remove_file(lock_of(self.folder.path()));
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

/// Locks the file beside `folder`. Under its name it is never seen unlocked while its run is alive.
fn lock(folder: &Path) -> io::Result<File> {
    let new = folder.with_extension("new");
    let file = File::create(&new)?;
    file.lock()?;
    fs::rename(&new, lock_of(folder))?;
    Ok(file)
}

/// Removes what runs left that were killed outright: they are known by locks that nobody holds. Where there is no lock, a
/// day is longer than any run.
fn remove_left_overs(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for path in entries.flatten().filter(is_left_over).map(|entry| entry.path()) {
        // What cannot be removed today is tried again tomorrow; the lock goes last.
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        let _ = fs::remove_file(lock_of(&path));
    }
}

fn is_left_over(entry: &DirEntry) -> bool {
    const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);
    let path = entry.path();
    if path.extension().is_some_and(|end| end == "lock") && path.with_extension("").exists() {
        // Judged with its folder.
        return false;
    }
    match File::open(lock_of(&path)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => {
            let modified = entry.metadata().and_then(|about| about.modified()).ok();
            modified.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > DAY)
        }
    }
}

/// Has `restore` called before the program ends by Ctrl-C or a signal: a full-screen view gives the terminal back.
pub fn before_end(restore: fn()) {
    install();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last = Some(restore);
}

/// Ends the program with `code` at once, as Ctrl-C does: whatever still runs is ended, scratch folders go.
pub fn end(code: i32) -> ! {
    // The lock is never given back: no process can start and no folder can be made from here on.
    let live = live();
    live.groups.iter().copied().for_each(kill_group);
    for folder in &live.folders {
        // The grader ends either way.
        let _ = fs::remove_dir_all(folder);
        let _ = fs::remove_file(lock_of(folder));
    }
    let last = *LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(restore) = last {
        restore();
    }
    std::process::exit(code);
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // A handler that is already there (a program that embeds the grader) stays.
        let _ = ctrlc::try_set_handler(|| end(INTERRUPTED));
    });
}

#[cfg(unix)]
fn kill_group(id: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let leader = i32::try_from(id).ok().and_then(Pid::from_raw);
    if let Some(leader) = leader {
        // It fails when the group is gone, which is what is wanted.
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// Elsewhere the console's Ctrl-C reaches the children by itself.
#[cfg(not(unix))]
fn kill_group(_: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_and_a_running_one_stays() {
        let parent = tempfile::tempdir().unwrap();
        let alive = Scratch::new(parent.path()).unwrap();
        let killed = parent.path().join("run-killed");
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join("probe"), "").unwrap();
        fs::write(lock_of(&killed), "").unwrap();
        let beginning = parent.path().join("run-beginning");
        fs::create_dir(&beginning).unwrap();
        let next = Scratch::new(parent.path()).unwrap();
        assert!(!killed.exists() && !lock_of(&killed).exists());
        assert!(alive.path().exists() && next.path().exists() && beginning.exists());
        drop((alive, next));
        let left: Vec<_> =
            fs::read_dir(parent.path()).unwrap().flatten().map(|each| each.file_name()).collect();
        assert_eq!(left, ["run-beginning"], "locks go with their folders");
    }
}
