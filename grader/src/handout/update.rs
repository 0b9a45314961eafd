//! A hand-out in mid-term: brought to the course as it is now, without touching anybody's work ([`bring`]).
//!
//! Each file is decided by three digests: as it was handed out, as it lies there, as it would be handed out now.
//!
//! | handed out before | lies there | now | what happens |
//! |---|---|---|---|
//! | a | a | b | replaced |
//! | a | own | a or b | replaced, what was there is kept as a numbered backup |
//! | a | own work in `labs/src` | a | nothing |
//! | a | own work in `labs/src` | b | the work stays; the earlier skeleton is kept, so that the change can be merged |
//! | a | a | | removed |
//! | a | own | | removed, and kept as a numbered backup; work in `labs/src` stays as it is |
//! | | | b | new |
//!
//! What was never handed out (progress, `target`, `.git`, own scenarios) is not looked at. Everything is decided before
//! anything is written, and the list of what was handed out is written last: an update that was ended goes on when it is
//! given again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::HandoutError;
use super::inventory::{self, Inventory};
use super::tree::file;
use crate::files;

/// What an update did to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The file, from the hand-out's folder.
    pub path: String,
    /// What was done to it.
    pub what: What,
    /// Where what was there before is kept, from the hand-out's folder; of work that stays, its earlier skeleton.
    pub backup: Option<String>,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was not there.
    New,
    /// It has the text of now.
    Replaced,
    /// It is handed out no longer.
    Removed,
    /// There is work in it, and its skeleton changed: it stays as it is.
    Kept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    what: What,
    is_backed_up: bool,
}

/// Brings `folder`, where `before` was handed out, to what lies in `fresh`.
///
/// # Errors
/// When something in it is a link or cannot be read, before anything is written; or a file cannot be written.
pub(super) fn bring(folder: &Path, before: &Inventory, fresh: &Path) -> Result<Vec<Changed>, HandoutError> {
    let now = Inventory::take(fresh)?;
    let steps = steps(folder, before, &now)?;
    let mut changes = Vec::new();
    for (path, step) in steps {
        let target = folder.join(&path);
        let mut backup = None;
        if step.is_backed_up {
            let kept = files::back_up(&target).map_err(file(&target))?;
            backup = Some(kept.strip_prefix(folder).unwrap_or(&kept).display().to_string());
        }
        match step.what {
            What::New | What::Replaced => {
                let from = fresh.join(&path);
                let content = fs::read(&from).map_err(file(&from))?;
                files::write_whole(&target, &content).map_err(file(&target))?;
                // Programs stay programs.
                let permissions = fs::metadata(&from).map_err(file(&from))?.permissions();
                fs::set_permissions(&target, permissions).map_err(file(&target))?;
            }
            What::Removed => fs::remove_file(&target).map_err(file(&target))?,
            What::Kept => {}
        }
        changes.push(Changed { path, what: step.what, backup });
    }
    now.keep(folder)?;
    tell_of_skeletons(&mut changes);
    Ok(changes)
}

/// What is to be done, by path.
fn steps(folder: &Path, before: &Inventory, now: &Inventory) -> Result<BTreeMap<String, Step>, HandoutError> {
    let mut steps = BTreeMap::new();
    for path in before.0.keys().chain(now.0.keys()) {
        refuse_links(folder, path)?;
        let here = inventory::digest(&folder.join(path))?;
        if let Some(step) = step(is_work(path), before.digest(path), here.as_deref(), now.digest(path)) {
            steps.insert(path.clone(), step);
        }
    }
    // Where work stays, the skeleton that it grew from is what the new one can be merged with.
    let kept: Vec<String> =
        steps.iter().filter(|(_, step)| step.what == What::Kept).map(|(path, _)| skeleton_of(path)).collect();
    for path in kept {
        if let Some(step) = steps.get_mut(&path).filter(|step| step.what == What::Replaced) {
            step.is_backed_up = true;
        }
    }
    Ok(steps)
}

fn step(is_work: bool, before: Option<&str>, here: Option<&str>, now: Option<&str>) -> Option<Step> {
    let step = |what, is_backed_up| Some(Step { what, is_backed_up });
    match (here, now) {
        _ if here == now => None,
        (None, _) => step(What::New, false),
        (_, Some(_)) if here == before => step(What::Replaced, false),
        (_, None) if here == before => step(What::Removed, false),
        (_, Some(_)) if is_work && before == now => None,
        (_, Some(_)) if is_work => step(What::Kept, false),
        (_, None) if is_work => None,
        (_, Some(_)) => step(What::Replaced, true),
        (_, None) => step(What::Removed, true),
    }
}

/// Whether students write there: the labs, but not the list of them.
fn is_work(path: &str) -> bool {
    path.starts_with("labs/src/") && path != "labs/src/lib.rs"
}

fn skeleton_of(work: &str) -> String {
    work.replacen("labs/src/", "fixtures/skeletons/", 1)
}

/// The earlier skeleton stands with the work that it belongs to.
fn tell_of_skeletons(changes: &mut [Changed]) {
    let backups: BTreeMap<String, Option<String>> =
        changes.iter().map(|change| (change.path.clone(), change.backup.clone())).collect();
    for change in changes.iter_mut().filter(|change| change.what == What::Kept) {
        change.backup = backups.get(&skeleton_of(&change.path)).cloned().flatten();
    }
}

/// What lies behind a link is not the hand-out's, and is neither replaced nor removed.
fn refuse_links(folder: &Path, path: &str) -> Result<(), HandoutError> {
    let mut place = PathBuf::from(folder);
    for part in Path::new(path) {
        place.push(part);
        if fs::symlink_metadata(&place).is_ok_and(|about| about.is_symlink()) {
            return Err(HandoutError::Link { path: place });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn write(folder: &Path, path: &str, text: &str) {
        files::write_whole(&folder.join(path), text).unwrap();
    }

    fn text(folder: &Path, path: &str) -> String {
        fs::read_to_string(folder.join(path)).unwrap()
    }

    /// A hand-out with two labs, and another state of it.
    fn two_states() -> (TempDir, TempDir) {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [old.path(), new.path()] {
            for lab in ["tlb", "mmu"] {
                write(folder, &format!("labs/src/{lab}.rs"), "todo!()\n");
                write(folder, &format!("fixtures/skeletons/{lab}.rs"), "todo!()\n");
            }
            write(folder, "labs/src/lib.rs", "pub mod tlb;\n");
            write(folder, "labs/tests/tlb.rs", "fn first() {}\n");
            write(folder, "fixtures/scenarios/tlb/same.yaml", "steps: []\n");
        }
        write(old.path(), "fixtures/scenarios/tlb/gone.yaml", "steps: []\n");
        Inventory::take(old.path()).unwrap().keep(old.path()).unwrap();
        (old, new)
    }

    fn again(folder: &Path, fresh: &Path) -> Result<Vec<Changed>, HandoutError> {
        bring(folder, &Inventory::handed_out(folder)?, fresh)
    }

    fn changes(old: &TempDir, new: &TempDir) -> Vec<String> {
        let changes = again(old.path(), new.path()).unwrap();
        let line = |change: &Changed| {
            format!("{:?} {} {}", change.what, change.path, change.backup.as_deref().unwrap_or("-"))
        };
        changes.iter().map(line).collect()
    }

    #[test]
    fn what_nobody_touched_is_brought_to_now_and_the_second_time_nothing_is_left_to_do() {
        let (old, new) = two_states();
        write(new.path(), "labs/tests/tlb.rs", "fn second() {}\n");
        write(new.path(), "labs/src/cow_fork.rs", "todo!()\n");
        write(new.path(), "labs/src/tlb.rs", "todo!(\"new\")\n");
        let expected = [
            "Removed fixtures/scenarios/tlb/gone.yaml -",
            "New labs/src/cow_fork.rs -",
            "Replaced labs/src/tlb.rs -",
            "Replaced labs/tests/tlb.rs -",
        ];
        assert_eq!(changes(&old, &new), expected);
        assert_eq!(text(old.path(), "labs/tests/tlb.rs"), "fn second() {}\n");
        assert_eq!(changes(&old, &new), Vec::<String>::new());
    }

    #[test]
    fn work_stays_and_where_its_skeleton_changed_the_earlier_one_is_kept() {
        let (old, new) = two_states();
        write(old.path(), "labs/src/tlb.rs", "mine\n");
        write(old.path(), "labs/src/mmu.rs", "mine, too\n");
        write(old.path(), "labs/src/own.rs", "never handed out\n");
        write(old.path(), "labs/progress.txt", "green\n");
        for path in ["labs/src/mmu.rs", "fixtures/skeletons/mmu.rs"] {
            write(new.path(), path, "todo!(\"another signature\")\n");
        }
        let expected = [
            "Removed fixtures/scenarios/tlb/gone.yaml -",
            "Replaced fixtures/skeletons/mmu.rs fixtures/skeletons/mmu.rs.1.bak",
            "Kept labs/src/mmu.rs fixtures/skeletons/mmu.rs.1.bak",
        ];
        assert_eq!(changes(&old, &new), expected);
        for (path, kept) in [
            ("labs/src/tlb.rs", "mine\n"),
            ("labs/src/mmu.rs", "mine, too\n"),
            ("labs/src/own.rs", "never handed out\n"),
            ("labs/progress.txt", "green\n"),
            ("fixtures/skeletons/mmu.rs.1.bak", "todo!()\n"),
        ] {
            assert_eq!(text(old.path(), path), kept);
        }
        assert_eq!(changes(&old, &new), Vec::<String>::new(), "it is said once");
    }

    #[test]
    fn work_on_a_lab_that_is_gone_stays() {
        let (old, new) = two_states();
        write(old.path(), "labs/src/mmu.rs", "mine\n");
        fs::remove_file(new.path().join("labs/src/mmu.rs")).unwrap();
        fs::remove_file(new.path().join("labs/src/tlb.rs")).unwrap();
        let expected = ["Removed fixtures/scenarios/tlb/gone.yaml -", "Removed labs/src/tlb.rs -"];
        assert_eq!(changes(&old, &new), expected);
        assert_eq!(text(old.path(), "labs/src/mmu.rs"), "mine\n");
    }

    #[test]
    fn what_somebody_changed_elsewhere_is_kept_as_a_backup() {
        let (old, new) = two_states();
        write(old.path(), "labs/tests/tlb.rs", "fn mine() {}\n");
        write(old.path(), "fixtures/scenarios/tlb/gone.yaml", "mine\n");
        write(old.path(), "fixtures/scenarios/tlb/later.yaml", "mine, before the course had it\n");
        write(new.path(), "fixtures/scenarios/tlb/later.yaml", "steps: []\n");
        let expected = [
            "Removed fixtures/scenarios/tlb/gone.yaml fixtures/scenarios/tlb/gone.yaml.1.bak",
            "Replaced fixtures/scenarios/tlb/later.yaml fixtures/scenarios/tlb/later.yaml.1.bak",
            "Replaced labs/tests/tlb.rs labs/tests/tlb.rs.1.bak",
        ];
        assert_eq!(changes(&old, &new), expected);
        assert_eq!(text(old.path(), "labs/tests/tlb.rs.1.bak"), "fn mine() {}\n");
        assert_eq!(text(old.path(), "labs/tests/tlb.rs"), "fn first() {}\n");
    }

    #[test]
    fn an_update_that_was_ended_goes_on() {
        let (old, new) = two_states();
        write(new.path(), "labs/tests/tlb.rs", "fn second() {}\n");
        write(new.path(), "labs/src/tlb.rs", "todo!(\"new\")\n");
        // The first of both was replaced, the list of what was handed out is the earlier one.
        write(old.path(), "labs/src/tlb.rs", "todo!(\"new\")\n");
        let expected = ["Removed fixtures/scenarios/tlb/gone.yaml -", "Replaced labs/tests/tlb.rs -"];
        assert_eq!(changes(&old, &new), expected);
    }

    #[test]
    fn another_folder_is_refused() {
        let (_, new) = two_states();
        let other = tempfile::tempdir().unwrap();
        let error = again(other.path(), new.path()).unwrap_err().to_string();
        assert!(error.ends_with("is no hand-out of this grader"), "{error}");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_somebody_added_is_left_alone_until_the_course_hands_something_out_there() {
        let (old, new) = two_states();
        let elsewhere = tempfile::tempdir().unwrap();
        write(elsewhere.path(), "note.txt", "not of the hand-out\n");
        for name in ["notes", "labs/src/notes"] {
            std::os::unix::fs::symlink(elsewhere.path(), old.path().join(name)).unwrap();
        }
        write(new.path(), "labs/tests/tlb.rs", "fn second() {}\n");
        let expected = ["Removed fixtures/scenarios/tlb/gone.yaml -", "Replaced labs/tests/tlb.rs -"];
        assert_eq!(changes(&old, &new), expected);
        assert!(old.path().join("notes").is_symlink() && old.path().join("labs/src/notes").is_symlink());
        write(new.path(), "notes/note.txt", "of the hand-out\n");
        let error = again(old.path(), new.path()).unwrap_err().to_string();
        assert!(error.contains("notes is a link"), "{error}");
        assert_eq!(text(elsewhere.path(), "note.txt"), "not of the hand-out\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_refused_before_anything_is_written() {
        let (old, new) = two_states();
        let elsewhere = tempfile::tempdir().unwrap();
        write(elsewhere.path(), "tlb.rs", "not of the hand-out\n");
        fs::remove_dir_all(old.path().join("labs/tests")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), old.path().join("labs/tests")).unwrap();
        write(new.path(), "labs/src/tlb.rs", "todo!(\"new\")\n");
        let error = again(old.path(), new.path()).unwrap_err().to_string();
        assert!(error.contains("labs/tests is a link"), "{error}");
        assert_eq!(text(old.path(), "labs/src/tlb.rs"), "todo!()\n");
        assert_eq!(text(elsewhere.path(), "tlb.rs"), "not of the hand-out\n");
    }
}
