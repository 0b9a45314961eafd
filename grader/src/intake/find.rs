//! Which of a submission's entries are lab files: the same rules for folders and archives.
//!
//! A lab's file is looked for in these places; the first that has it wins:
//!
//! ```text
//! tlb.rs   src/tlb.rs   labs/src/tlb.rs   WRAP/tlb.rs   WRAP/src/tlb.rs   WRAP/labs/src/tlb.rs
//! ```
//!
//! `WRAP` is the submission's only folder. What file managers add (`__MACOSX`, `.DS_Store`) is no folder in this sense.
//!
//! Beside lab files, the crate's root `lib.rs` is looked for in the same places. It is never compiled; it is read so that
//! one which is the course's own needs no mention.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{IntakeError, LabFile, Root, names};
use crate::text;

/// The crate's root, which every hand-out has beside the labs.
pub(super) const ROOT_FILE: &str = "lib.rs";

/// What a submission consists of.
pub(super) struct Found {
    /// By lab.
    pub(super) files: BTreeMap<String, LabFile>,
    pub(super) root: Option<Root>,
    /// Paths of everything else.
    pub(super) ignored: Vec<String>,
}

/// Something in a submission, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Path with `/` between its parts, lossy where it is not UTF-8.
    path: String,
    is_folder: bool,
}

impl Entry {
    /// An entry at `path`, as an archive or a folder writes it.
    pub(super) fn new(path: &str, is_folder: bool) -> Self {
        let path = path.replace('\\', "/");
        let path = path.strip_prefix("./").unwrap_or(&path);
        Self { path: path.trim_end_matches('/').to_owned(), is_folder }
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.path.split('/')
    }

    /// Whether a file manager or an editor put it there.
    fn is_clutter(&self) -> bool {
        self.parts().any(is_clutter)
    }
}

/// Whether files of this name are nobody's work.
pub(crate) fn is_clutter(name: &str) -> bool {
    let of_windows = matches!(name, "Thumbs.db" | "desktop.ini");
    name == "__MACOSX" || name.starts_with('.') || of_windows
}

/// Folders of a crate that never wrap a submission.
const NEVER_WRAPS: [&str; 4] = ["tests", "target", "examples", "benches"];

/// Indices of the lab files among the entries, by lab; of the crate's root; and of everything else.
pub(super) struct Choice {
    pub(super) files: BTreeMap<String, usize>,
    root: Option<usize>,
    ignored: Vec<usize>,
}

impl Choice {
    /// What was chosen among `entries`, each file as `read` finds it by its index.
    pub(super) fn read(self, entries: &[Entry], mut read: impl FnMut(usize) -> LabFile) -> Found {
        let path = |index: usize| text::clean_line(&entries[index].path, 200);
        Found {
            files: self.files.into_iter().map(|(lab, index)| (lab, read(index))).collect(),
            root: self.root.map(|index| Root { path: path(index), file: read(index) }),
            ignored: self.ignored.into_iter().map(path).collect(),
        }
    }
}

/// Chooses each lab's file; `submission` stands in errors.
///
/// # Errors
/// When two files in the same place mean the same lab.
pub(super) fn choose(submission: &Path, entries: &[Entry], labs: &[&str]) -> Result<Choice, IntakeError> {
    let wrapper = only_folder(entries);
    let mut best: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some((lab, rank)) = place(entry, wrapper.as_deref(), labs) else {
            continue;
        };
        match best.get(lab) {
            Some(&(other, _)) if other < rank => {}
            Some(&(other, first)) if other == rank && entries[first].path != entry.path => {
                return Err(IntakeError::TwoFiles {
                    path: submission.to_path_buf(),
                    lab: lab.to_owned(),
                    first: text::clean_line(&entries[first].path, 200),
                    second: text::clean_line(&entry.path, 200),
                });
            }
            // The same path twice: the first stands for both, and whoever reads it sees the second.
            Some(&(other, _)) if other == rank => {}
            _ => {
                best.insert(lab, (rank, index));
            }
        }
    }
    let files: BTreeMap<String, usize> =
        best.into_iter().map(|(lab, (_, index))| (lab.to_owned(), index)).collect();
    // A root alone is no submission.
    let root = root(entries, wrapper.as_deref()).filter(|_| !files.is_empty());
    let chosen: BTreeSet<usize> = files.values().copied().chain(root).collect();
    let other = |index: &usize| !entries[*index].is_folder && !chosen.contains(index);
    let ignored = (0..entries.len()).filter(other).collect();
    Ok(Choice { files, root, ignored })
}

/// The crate's root among `entries`, by the rule for lab files; its name is never changed by what hands it on, because only
/// whole folders hold it.
fn root(entries: &[Entry], wrapper: Option<&str>) -> Option<usize> {
    let ranked = |(index, entry): (usize, &Entry)| {
        let (folder, file) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        let fits =
            file == ROOT_FILE && !entry.is_folder && !entry.is_clutter() && !entry.path.starts_with('/');
        Some((rank(folder, wrapper).filter(|_| fits)?, index))
    };
    entries.iter().enumerate().filter_map(ranked).min().map(|(_, index)| index)
}

/// The only archive at the top, by the ends of names.
pub(super) fn lone_archive(entries: &[Entry]) -> Option<usize> {
    const ENDS: [&str; 4] = [".zip", ".tar", ".tar.gz", ".tgz"];
    let is_archive = |entry: &Entry| {
        let name = entry.path.to_ascii_lowercase();
        let at_top = !entry.path.contains('/') && !entry.is_folder && !entry.is_clutter();
        at_top && ENDS.iter().any(|end| name.ends_with(end))
    };
    let mut archives = entries.iter().enumerate().filter(|(_, entry)| is_archive(entry));
    let (index, _) = archives.next()?;
    archives.next().is_none().then_some(index)
}

/// The only folder at the top, clutter apart.
fn only_folder(entries: &[Entry]) -> Option<String> {
    let mut folders = BTreeSet::new();
    for entry in entries.iter().filter(|entry| !entry.is_clutter()) {
        let mut parts = entry.parts();
        let top = parts.next().unwrap_or_default();
        if entry.is_folder || parts.next().is_some() {
            folders.insert(top);
        }
    }
    let only = folders.pop_first()?;
    let wraps = folders.is_empty() && !NEVER_WRAPS.contains(&only);
    wraps.then(|| only.to_owned())
}

/// The lab that `entry` is a file of, and how early its place comes.
fn place<'a>(entry: &Entry, wrapper: Option<&str>, labs: &[&'a str]) -> Option<(&'a str, usize)> {
    if entry.is_folder || entry.is_clutter() || entry.path.starts_with('/') {
        return None;
    }
    let (folder, file) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
    let lab = names::lab_of(file, labs)?;
    Some((lab, rank(folder, wrapper)?))
}

/// How early `folder` comes among the places of lab files.
fn rank(folder: &str, wrapper: Option<&str>) -> Option<usize> {
    rank_of(folder).or_else(|| {
        let inner = folder.strip_prefix(wrapper?)?;
        let inner = match inner {
            "" => "",
            inner => inner.strip_prefix('/')?,
        };
        Some(3 + rank_of(inner)?)
    })
}

fn rank_of(folder: &str) -> Option<usize> {
    ["", "src", "labs/src"].iter().position(|place| *place == folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn chosen(paths: &[&str]) -> Result<Vec<String>, IntakeError> {
        let entries: Vec<Entry> = paths.iter().map(|path| Entry::new(path, path.ends_with('/'))).collect();
        let choice = choose(Path::new("sub.zip"), &entries, &["page_table", "tlb"])?;
        Ok(choice.files.values().map(|index| entries[*index].path.clone()).collect())
    }

    #[rstest]
    #[case::beside_labs(&["a.txt", "labs/src/lib.rs", "labs/src/tlb.rs"], Some("labs/src/lib.rs"))]
    #[case::the_first_place(&["src/lib.rs", "lib.rs", "tlb.rs"], Some("lib.rs"))]
    #[case::wrapped(&["vm/src/tlb.rs", "vm/src/lib.rs"], Some("vm/src/lib.rs"))]
    #[case::elsewhere(&["tlb.rs", "grader/src/lib.rs", "x/lib.rs"], None)]
    #[case::another_name(&["tlb.rs", "lib-2.rs"], None)]
    #[case::without_a_lab(&["lib.rs"], None)]
    fn the_root_of_the_crate_is_found_beside_the_labs(
        #[case] paths: &[&str],
        #[case] expected: Option<&str>,
    ) {
        let entries: Vec<Entry> = paths.iter().map(|path| Entry::new(path, false)).collect();
        let choice = choose(Path::new("sub.zip"), &entries, &["page_table", "tlb"]).unwrap();
        assert_eq!(choice.root.map(|index| paths[index]), expected);
        let mut all: Vec<usize> =
            choice.files.values().copied().chain(choice.root).chain(choice.ignored).collect();
        all.sort_unstable();
        assert_eq!(all, Vec::from_iter(0..paths.len()), "each entry stands in one list, once");
    }

    #[rstest]
    #[case::root(&["tlb.rs", "notes.txt"], &["tlb.rs"])]
    #[case::src(&["src/", "src/tlb.rs", "src/lib.rs"], &["src/tlb.rs"])]
    #[case::labs(&["labs/src/tlb.rs", "labs/tests/tlb.rs"], &["labs/src/tlb.rs"])]
    #[case::wrapped(&["Jane Doe/tlb.rs"], &["Jane Doe/tlb.rs"])]
    #[case::wrapped_tree(&["vm/", "vm/labs/src/tlb.rs", "vm/fixtures/x/tlb.rs"], &["vm/labs/src/tlb.rs"])]
    #[case::mac(&["vm/labs/src/tlb.rs", "__MACOSX/vm/labs/src/._tlb.rs", ".DS_Store"], &["vm/labs/src/tlb.rs"])]
    #[case::windows(&["vm\\src\\tlb.rs"], &["vm/src/tlb.rs"])]
    #[case::dotted(&["./labs/src/tlb.rs"], &["labs/src/tlb.rs"])]
    #[case::tree_beats_other_folders(
        &["labs/src/tlb.rs", "solutions/src/tlb.rs", "labs/tests/tlb.rs"], &["labs/src/tlb.rs"])]
    #[case::first_place_wins(&["labs/src/tlb.rs", "tlb.rs"], &["tlb.rs"])]
    #[case::both_labs(&["12_tlb.rs", "page_table (1).rs"], &["page_table (1).rs", "12_tlb.rs"])]
    #[case::wrapped_twice(&["a/b/tlb.rs"], &[])]
    #[case::tests_are_no_wrapper(&["tests/tlb.rs"], &[])]
    #[case::upwards(&["../tlb.rs", "/tlb.rs", "src/../tlb.rs"], &[])]
    fn lab_files_are_found(#[case] paths: &[&str], #[case] expected: &[&str]) {
        assert_eq!(chosen(paths).unwrap(), expected);
    }

    #[rstest]
    #[case::renamed(&["tlb.rs", "tlb-2.rs"])]
    #[case::in_one_folder(&["src/1_tlb.rs", "src/2_tlb.rs"])]
    fn two_in_one_place_are_an_error(#[case] paths: &[&str]) {
        let error = chosen(paths).unwrap_err().to_string();
        let text = format!("sub.zip has two files for the lab tlb: {} and {}", paths[0], paths[1]);
        assert_eq!(error, text);
    }
}
