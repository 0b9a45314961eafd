//! Skeletons from solutions: `solutions/src/<lab>.rs` is the only source, `labs/src/<lab>.rs` is made from it.
//!
//! Writing never loses a student's work: a lab file that is no form the solution can generate is kept as a backup first.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files;
use crate::layout::Layout;

pub mod edits;
pub mod regions;

use regions::{MarkerError, Solved};

/// A skeleton that cannot be made.
#[derive(Debug, Error)]
pub enum SkeletonError {
    /// A marker does not belong where it stands.
    #[error(transparent)]
    Marker(#[from] MarkerError),
    /// There is no solution to make it from.
    #[error("cannot read {}: skeletons are made from solutions, and a hand-out keeps them in fixtures/skeletons", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The result cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What writing a generated file did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was as it should be.
    Same,
    /// It was written anew.
    Written,
    /// It was written, and what was there was kept.
    KeptBackup(PathBuf),
}

/// The first place where a generated file is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The file.
    pub path: PathBuf,
    /// The first line (from 1) that differs.
    pub line: usize,
    /// The line as it is generated; `None` when the generated file ends before.
    pub expected: Option<String>,
    /// The line as it is; `None` when the file ends before, or is missing.
    pub actual: Option<String>,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |line: &Option<String>| match line {
            Some(line) => format!("`{}`", line.trim()),
            None => "the end of the file".to_owned(),
        };
        write!(
            f,
            "{}:{}: expected {}, found {}",
            self.path.display(),
            self.line,
            shown(&self.expected),
            shown(&self.actual)
        )
    }
}

/// The solved file of `lab`, cut at its markers.
///
/// # Errors
/// When it cannot be read or a marker is wrong.
pub fn solved(layout: &Layout, lab: &str) -> Result<Solved, SkeletonError> {
    // A skeleton without markers is what is left of a solution in a hand-out.
    let path = if layout.has_solutions() { layout.solution_source(lab) } else { layout.kept_skeleton(lab) };
    let text = std::fs::read_to_string(&path)
        .map_err(|source| SkeletonError::Unreadable { path: path.clone(), source })?;
    Ok(Solved::parse(layout.relative(&path), &text)?)
}

/// Writes the skeleton of `lab` to `labs/src`.
///
/// # Errors
/// When it cannot be made, or the file or its backup cannot be written.
pub fn write(layout: &Layout, lab: &str) -> Result<Change, SkeletonError> {
    let solved = solved(layout, lab)?;
    write_keeping(layout, lab, &solved, |text| !is_generated(&solved, text))
}

/// Writes the skeleton of `lab` to `labs/src`, whatever a student has there; that is kept as a backup.
///
/// # Errors
/// When it cannot be made, or the file or its backup cannot be written.
pub fn reset(layout: &Layout, lab: &str) -> Result<Change, SkeletonError> {
    // A copied solution was somebody's decision, too.
    write_keeping(layout, lab, &solved(layout, lab)?, |_| true)
}

/// Whether the student's file of `lab` is not the skeleton.
///
/// # Errors
/// When the skeleton cannot be made.
pub fn is_changed(layout: &Layout, lab: &str) -> Result<bool, SkeletonError> {
    Ok(check(layout, lab)?.is_some())
}

/// Writes the skeleton; a text that is to `keep` gets a backup first.
fn write_keeping(
    layout: &Layout,
    lab: &str,
    solved: &Solved,
    keep: impl Fn(&str) -> bool,
) -> Result<Change, SkeletonError> {
    let path = layout.lab_source(lab);
    let skeleton = solved.solved_up_to(0);
    let unwritable = |source| SkeletonError::Unwritable { path: path.clone(), source };
    let backup = match std::fs::read_to_string(&path) {
        Ok(text) if text == skeleton => return Ok(Change::Same),
        Ok(text) if !keep(&text) => None,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        // Someone's own work, or a file that is not even text: keep it.
        Ok(_) | Err(_) => Some(files::back_up(&path).map_err(unwritable)?),
    };
    files::write_whole(&path, &skeleton).map_err(unwritable)?;
    Ok(backup.map_or(Change::Written, Change::KeptBackup))
}

/// What somebody wrote into the file of `lab` in `labs/src`; nothing where it is as it is generated, or missing.
///
/// # Errors
/// When the skeleton cannot be made.
pub fn edit(layout: &Layout, lab: &str) -> Result<Option<edits::Edit>, SkeletonError> {
    let solved = solved(layout, lab)?;
    let Ok(bytes) = std::fs::read(layout.lab_source(lab)) else {
        return Ok(None);
    };
    Ok(edits::of(&solved, &String::from_utf8_lossy(&bytes)))
}

/// Compares the skeleton of `lab` in `labs/src` with what the solution generates.
///
/// # Errors
/// When the skeleton cannot be made.
pub fn check(layout: &Layout, lab: &str) -> Result<Option<Mismatch>, SkeletonError> {
    let skeleton = solved(layout, lab)?.solved_up_to(0);
    Ok(compare(layout, &layout.lab_source(lab), &skeleton))
}

/// Writes `lab` with the steps up to `step` solved into the folder `output`.
///
/// # Errors
/// When it cannot be made or written.
pub fn write_solved_up_to(
    layout: &Layout,
    lab: &str,
    step: u32,
    output: &Path,
) -> Result<PathBuf, SkeletonError> {
    let text = solved(layout, lab)?.solved_up_to(step);
    let path = output.join(format!("{lab}.rs"));
    files::write_whole(&path, &text)
        .map_err(|source| SkeletonError::Unwritable { path: path.clone(), source })?;
    Ok(path)
}

/// Writes the list of a lab's tests (sorted, one a line) beside them.
///
/// # Errors
/// When it cannot be written.
pub fn write_manifest(layout: &Layout, lab: &str, names: &[String]) -> Result<Change, SkeletonError> {
    let path = layout.cases_manifest(lab);
    let text = manifest(names);
    if compare(layout, &path, &text).is_none() {
        return Ok(Change::Same);
    }
    files::write_whole(&path, &text).map_err(|source| SkeletonError::Unwritable { path, source })?;
    Ok(Change::Written)
}

/// Compares the list of a lab's tests with `names`.
#[must_use]
pub fn check_manifest(layout: &Layout, lab: &str, names: &[String]) -> Option<Mismatch> {
    compare(layout, &layout.cases_manifest(lab), &manifest(names))
}

fn manifest(names: &[String]) -> String {
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.iter().map(|name| format!("{name}\n")).collect()
}

/// Whether `text` is the solution with the steps up to some step solved.
fn is_generated(solved: &Solved, text: &str) -> bool {
    (0..=solved.last_step()).any(|step| solved.solved_up_to(step) == text)
}

fn compare(layout: &Layout, path: &Path, expected: &str) -> Option<Mismatch> {
    let actual = std::fs::read_to_string(path).unwrap_or_default();
    if actual == expected {
        return None;
    }
    let (mut left, mut right) = (expected.split('\n'), actual.split('\n'));
    let mut line = 0;
    loop {
        line += 1;
        let (expected, actual) = (left.next(), right.next());
        if expected != actual || expected.is_none() {
            return Some(Mismatch {
                path: layout.relative(path).to_path_buf(),
                line,
                expected: expected.map(str::to_owned),
                actual: actual.map(str::to_owned),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOLVED: &str =
        "fn a() {\n    // begin solution (step 1): todo!(\"step 1: a\")\n    b();\n    // end solution\n}\n";

    fn tree() -> (tempfile::TempDir, Layout) {
        let root = tempfile::tempdir().unwrap();
        for folder in ["fixtures", "solutions/src", "labs/src", "labs/tests"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("fixtures/course.yaml"), "").unwrap();
        std::fs::write(root.path().join("solutions/src/tlb.rs"), SOLVED).unwrap();
        let layout = Layout::at(root.path()).unwrap();
        (root, layout)
    }

    #[test]
    fn a_students_work_is_kept_and_a_generated_file_is_not() {
        let (_root, layout) = tree();
        assert_eq!(write(&layout, "tlb").unwrap(), Change::Written);
        assert_eq!(write(&layout, "tlb").unwrap(), Change::Same);
        let path = layout.lab_source("tlb");
        std::fs::write(&path, "fn a() {\n    b();\n}\n").unwrap();
        assert_eq!(write(&layout, "tlb").unwrap(), Change::Written);
        std::fs::write(&path, "fn a() { my_own() }\n").unwrap();
        let Change::KeptBackup(backup) = write(&layout, "tlb").unwrap() else {
            panic!("no backup");
        };
        assert_eq!(std::fs::read_to_string(backup).unwrap(), "fn a() { my_own() }\n");
    }

    #[test]
    fn a_reset_keeps_even_what_could_be_generated() {
        let (_root, layout) = tree();
        assert_eq!(reset(&layout, "tlb").unwrap(), Change::Written);
        assert!(!is_changed(&layout, "tlb").unwrap());
        let solved = "fn a() {\n    b();\n}\n";
        std::fs::write(layout.lab_source("tlb"), solved).unwrap();
        assert!(is_changed(&layout, "tlb").unwrap());
        let Change::KeptBackup(backup) = reset(&layout, "tlb").unwrap() else {
            panic!("no backup");
        };
        assert_eq!(std::fs::read_to_string(backup).unwrap(), solved);
        assert_eq!(reset(&layout, "tlb").unwrap(), Change::Same);
    }

    #[test]
    fn check_names_the_first_line_that_differs() {
        let (_root, layout) = tree();
        write(&layout, "tlb").unwrap();
        assert_eq!(check(&layout, "tlb").unwrap(), None);
        let path = layout.lab_source("tlb");
        std::fs::write(&path, "fn a() {\n    b();\n}\n").unwrap();
        let mismatch = check(&layout, "tlb").unwrap().unwrap();
        insta::assert_snapshot!(mismatch, @r#"labs/src/tlb.rs:2: expected `todo!("step 1: a")`, found `b();`"#);
    }

    #[test]
    fn the_list_of_tests_is_sorted_and_compared() {
        let (_root, layout) = tree();
        let names = ["split::last".to_owned(), "join::first".to_owned()];
        assert_eq!(write_manifest(&layout, "tlb", &names).unwrap(), Change::Written);
        assert_eq!(check_manifest(&layout, "tlb", &names), None);
        let text = std::fs::read_to_string(layout.cases_manifest("tlb")).unwrap();
        assert_eq!(text, "join::first\nsplit::last\n");
        let mismatch = check_manifest(&layout, "tlb", &names[..1]).unwrap();
        assert_eq!(mismatch.line, 1);
    }
}
