//! Ctrl-C leaves nothing behind: no process, no scratch folder.
//!
//! The children have process groups of their own, so the terminal's Ctrl-C does not reach them. Everything that must
//! not survive is therefore on one list; the handler ends it all and then the grader.

use std::collections::BTreeSet;
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

/// A folder for the files of one run; it goes when this is dropped, and at Ctrl-C.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// A new folder inside `parent`, which is made if need be.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(parent: &Path) -> io::Result<Self> {
        install();
        std::fs::create_dir_all(parent)?;
        remove_left_overs(parent);
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(parent)?;
        live().folders.insert(folder.path().to_path_buf());
        Ok(Self(folder))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        live().folders.remove(self.0.path());
    }
}

/// Removes the folders of runs that were killed outright; a day is longer than any run.
fn remove_left_overs(parent: &Path) {
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    let old = |entry: &std::fs::DirEntry| {
        let modified = entry.metadata().and_then(|about| about.modified()).ok();
        let age = modified.and_then(|time| time.elapsed().ok());
        age.is_some_and(|age| age > day)
    };
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten().filter(old) {
        // What cannot be removed today is tried again tomorrow.
        let _ = std::fs::remove_dir_all(entry.path());
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
        let _ = std::fs::remove_dir_all(folder);
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
