//! A folder as submission: only the folders that can hold a lab file are opened, and links are not followed. Where it holds
//! no lab file but one archive (what a learning-management system makes of an upload), the archive is the submission.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::find::{self, Entry, Found};
use super::{ENTRIES, IntakeError, archive, file, unreadable};

/// Parts of the deepest path that can be a lab file: `WRAP/labs/src/tlb.rs`.
const DEEPEST: usize = 4;

/// What was seen of the folder: for each entry its path on disk and its kind.
struct Walk<'a> {
    submission: &'a Path,
    entries: Vec<Entry>,
    found: Vec<(PathBuf, Metadata)>,
}

pub(super) fn read(submission: &Path, labs: &[&str]) -> Result<Found, IntakeError> {
    let mut walk = Walk { submission, entries: Vec::new(), found: Vec::new() };
    walk.folder(submission, "", 1)?;
    let choice = find::choose(submission, &walk.entries, labs)?;
    if choice.files.is_empty()
        && let Some(index) = find::lone_archive(&walk.entries)
    {
        return archive::read_on_disk(&walk.found[index].0, labs);
    }
    Ok(choice.read(&walk.entries, |index| {
        let (path, about) = &walk.found[index];
        file::read(path, about)
    }))
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), IntakeError> {
        let fault = || unreadable(folder);
        let mut entries = fs::read_dir(folder)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|source| fault()(source))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let about = entry.metadata().map_err(|source| fault()(source))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = format!("{prefix}{name}");
            self.keep(&path, entry.path(), about.clone())?;
            if about.is_dir() && depth < DEEPEST && may_lead_to_a_lab(&path) {
                self.folder(&entry.path(), &format!("{path}/"), depth + 1)?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, path: &str, disk: PathBuf, about: Metadata) -> Result<(), IntakeError> {
        if self.entries.len() == ENTRIES {
            return Err(IntakeError::TooBig {
                path: self.submission.to_path_buf(),
                problem: format!("it holds more than {ENTRIES} files"),
            });
        }
        self.entries.push(Entry::new(path, about.is_dir()));
        self.found.push((disk, about));
        Ok(())
    }
}

/// Whether lab files can lie in or below the folder at `path`, so that it is worth opening.
fn may_lead_to_a_lab(path: &str) -> bool {
    let mut parts = path.split('/');
    let top = parts.next().unwrap_or_default();
    if find::is_clutter(top) || top == "target" {
        return false;
    }
    let below: Vec<&str> = parts.collect();
    matches!(below[..], [] | ["src" | "labs"] | ["labs", "src"])
}
