//! Tells when the content of a lab's file changes, however it was saved.
//!
//! The system's events make it quick. They do not come on network mounts and in some containers, and nobody says so: so
//! the few files are looked at twice a second too, which costs nothing and always works. An event only says *when* to look;
//! *whether* something changed is decided by the content, so a touched file, a second save of the same text and the
//! editor's temporary files start nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecursiveMode, Watcher};

use crate::course::Course;
use crate::layout::Layout;

use super::settling::Settling;

/// How often to look without an event.
const LOOK: Duration = Duration::from_millis(500);

/// The files of the labs, as they were last seen.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    paths: BTreeMap<String, PathBuf>,
    contents: BTreeMap<String, Content>,
    stamps: Vec<Stamp>,
}

/// What a file holds, by its digest; `None` when it is not there.
type Content = Option<blake3::Hash>;
/// What shows cheaply that a file may have changed.
type Stamp = Option<(SystemTime, u64)>;

impl Files {
    /// The labs' files as they are now.
    #[must_use]
    pub fn new(layout: &Layout, course: &Course) -> Self {
        let path = |lab: &str| (lab.to_owned(), layout.lab_source(lab));
        let paths: BTreeMap<String, PathBuf> = course.lab_names().into_iter().map(path).collect();
        let contents = paths.iter().map(|(lab, path)| (lab.clone(), content(path))).collect();
        let stamps = paths.values().map(|path| stamp(path)).collect();
        Self { folder: layout.labs_dir(), paths, contents, stamps }
    }

    /// Calls `tell` with each lab whose content changed, until it says that nobody listens.
    pub fn watch(mut self, tell: impl Fn(String) -> bool) {
        let (sender, events) = channel();
        // Where the system gives no events, looking has to do.
        let _watcher = watcher(&self.folder, &sender).ok();
        let mut settling = Settling::default();
        loop {
            let wait = settling.wait(Instant::now()).unwrap_or(LOOK);
            match events.recv_timeout(wait) {
                Ok(()) => settling.hear(Instant::now()),
                Err(RecvTimeoutError::Timeout) if self.looks_changed() => settling.hear(Instant::now()),
                // `sender` lives as long as this loop.
                Err(_) => {}
            }
            if settling.is_over(Instant::now(), self.is_half_written())
                && !self.changed().into_iter().all(&tell)
            {
                return;
            }
        }
    }

    /// Whether a file looks otherwise than when this was last asked.
    fn looks_changed(&mut self) -> bool {
        let stamps: Vec<Stamp> = self.paths.values().map(|path| stamp(path)).collect();
        let changed = stamps != self.stamps;
        self.stamps = stamps;
        changed
    }

    /// Whether a file that was there is gone or empty: an editor may be about to write it.
    fn is_half_written(&self) -> bool {
        let had_content = |lab: &String| self.contents.get(lab).is_some_and(Option::is_some);
        let is_bare = |path: &PathBuf| fs::metadata(path).map_or(true, |about| about.len() == 0);
        self.paths.iter().any(|(lab, path)| had_content(lab) && is_bare(path))
    }

    /// The labs whose content is another one than when this was last asked.
    fn changed(&mut self) -> Vec<String> {
        let mut changed = Vec::new();
        for (lab, path) in &self.paths {
            let now = content(path);
            if self.contents.insert(lab.clone(), now) != Some(now) {
                changed.push(lab.clone());
            }
        }
        changed
    }
}

fn content(path: &Path) -> Content {
    fs::read(path).ok().map(|bytes| blake3::hash(&bytes))
}

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Watches the folder, not the files: an editor that saves by renaming replaces the file itself.
fn watcher(folder: &Path, sender: &Sender<()>) -> notify::Result<notify::RecommendedWatcher> {
    let sender = sender.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let is_reading = |kind: EventKind| matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write));
        if event.is_ok_and(|event| !is_reading(event.kind)) {
            // Nobody listens any more: the watch is over.
            let _ = sender.send(());
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSE: &str = "title: T\nlabs:\n  - { lab: tlb, title: T, chapter: t.md, types: [Tlb], criteria: [\
                          { name: Looks up, step: 1, points: 100, cases: ['a'] }] }\n";

    fn files() -> (tempfile::TempDir, PathBuf, Files) {
        let root = tempfile::tempdir().unwrap();
        for folder in ["fixtures", "labs/src"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("fixtures/course.yaml"), COURSE).unwrap();
        let layout = Layout::at(root.path()).unwrap();
        let path = layout.lab_source("tlb");
        fs::write(&path, "first").unwrap();
        let course = Course::load(&layout.course_yaml()).unwrap();
        let files = Files::new(&layout, &course);
        (root, path, files)
    }

    #[test]
    fn only_another_content_counts() {
        let (_root, path, mut files) = files();
        assert_eq!(files.changed(), [""; 0]);
        fs::write(&path, "first").unwrap();
        fs::write(path.with_extension("rs.swp"), "x").unwrap();
        assert_eq!(files.changed(), [""; 0]);
        fs::write(&path, "second").unwrap();
        assert_eq!(files.changed(), ["tlb"]);
        assert_eq!(files.changed(), [""; 0]);
    }

    #[test]
    fn a_file_that_is_being_replaced_is_half_written() {
        let (_root, path, mut files) = files();
        assert!(!files.is_half_written());
        fs::write(&path, "").unwrap();
        assert!(files.is_half_written());
        fs::remove_file(&path).unwrap();
        assert!(files.is_half_written());
        fs::write(path.with_extension("new"), "second").unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
        assert!(!files.is_half_written());
        assert_eq!(files.changed(), ["tlb"]);
    }

    #[test]
    fn a_save_is_told_wherever_events_come_from() {
        let (_root, path, files) = files();
        let (sender, told) = channel();
        let thread = std::thread::spawn(move || {
            files.watch(|lab| {
                let _ = sender.send(lab);
                false
            })
        });
        fs::write(path.with_extension("new"), "second").unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
        assert_eq!(told.recv().unwrap(), "tlb");
        thread.join().unwrap();
    }
}
