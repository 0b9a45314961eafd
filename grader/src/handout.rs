//! What students receive: a workspace that builds and grades, without solutions ([`write`]), in mid-term brought to the
//! course as it is then ([`update`]).
//!
//! It is made beside its place and moved there when it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use tempfile::TempDir;
use thiserror::Error;

use crate::course::{Course, CourseError};
use crate::layout::Layout;
use crate::skeleton::SkeletonError;
use crate::toolchain::ToolchainError;

pub mod gradescope;
mod inventory;
pub mod left_behind;
mod manifest;
mod tree;
mod update;

pub use update::{Changed, What};

use inventory::Inventory;
use tree::{For, file};

/// Why there is no hand-out.
#[derive(Debug, Error, Diagnostic)]
pub enum HandoutError {
    /// The place is taken.
    #[error("{} is there already", path.display())]
    #[diagnostic(help(
        "a hand-out is made new: name a folder that does not exist, or bring this one to the course as it is now with --update"
    ))]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A file where a folder has to be.
    #[error("{} is a file; a hand-out is written below a folder", path.display())]
    #[diagnostic(help("name another place"))]
    InFile {
        /// The file.
        path: PathBuf,
    },
    /// A folder where the archive is to be written.
    #[error("{} is a folder; --gradescope writes a file", path.display())]
    #[diagnostic(help("name a file in it: --gradescope {}", path.join("autograder.zip").display()))]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// What is to be updated is not there.
    #[error("there is no {}", path.display())]
    #[diagnostic(help(
        "--update takes a hand-out that was written before; without it, grader handout DIR writes a new one"
    ))]
    Missing {
        /// The folder as the user named it.
        path: PathBuf,
    },
    /// What is to be updated was not written by this command.
    #[error("{} is no hand-out of this grader", path.display())]
    #[diagnostic(help(
        "--update takes a folder that `grader handout DIR` wrote: it keeps a list in fixtures/handed_out.txt"
    ))]
    NotOne {
        /// The folder.
        path: PathBuf,
    },
    /// The list of what was handed out is not one.
    #[error("{}:{line}: {problem}", path.display())]
    #[diagnostic(help("take this file from the hand-out as it was given out"))]
    Inventory {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Something of a hand-out lies elsewhere.
    #[error("{} is a link: what lies behind it is not the hand-out's", path.display())]
    #[diagnostic(help("nothing was changed; put the file or folder itself there"))]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A skeleton cannot be made.
    #[error(transparent)]
    Skeleton(#[from] SkeletonError),
    /// The course file without what concerns single students is no course file.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Course(#[from] CourseError),
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A manifest is not as expected.
    #[error("cannot make the hand-out's {file}: {problem}")]
    Manifest {
        /// Which one.
        file: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no compiler whose version the autograder could name.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The archive cannot be made.
    #[error("cannot write the archive {}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        source: zip::result::ZipError,
    },
    /// Cargo cannot work with what was written.
    #[error("cargo does not accept the hand-out:\n{0}")]
    Cargo(String),
}

/// Writes the hand-out of the course to `folder`, which must not exist.
///
/// # Errors
/// When it exists, something of the course cannot be read, or nothing can be written there; then nothing is left behind.
pub fn write(layout: &Layout, course: &Course, folder: &Path) -> Result<(), HandoutError> {
    if folder.exists() {
        return Err(HandoutError::Exists { path: folder.to_path_buf() });
    }
    let scratch = scratch_beside(folder)?;
    let place = &students(layout, course, scratch.path())?;
    fs::rename(place, folder).map_err(file(folder))
}

/// Brings the hand-out in `folder` to the course as it is now, and says what that changed. Work in `labs/src` and progress
/// stay; anything else that somebody changed is kept as a numbered backup.
///
/// # Errors
/// When it is no hand-out, a link stands where something was or is handed out, or the course cannot be read: then nothing is
/// changed. When a file cannot be written: then the same command goes on where it ended.
pub fn update(layout: &Layout, course: &Course, folder: &Path) -> Result<Vec<Changed>, HandoutError> {
    let before = Inventory::handed_out(folder)?;
    let scratch = scratch_beside(folder)?;
    let fresh = students(layout, course, scratch.path())?;
    update::bring(folder, &before, &fresh)
}

/// Lays a hand-out out below `scratch` and says where.
fn students(layout: &Layout, course: &Course, scratch: &Path) -> Result<PathBuf, HandoutError> {
    // A folder inside: a scratch folder itself is closed to everybody else.
    let place = scratch.join("handout");
    tree::lay_out(layout, course, &place, For::Students)?;
    Inventory::take(&place)?.keep(&place)?;
    Ok(place)
}

fn scratch_beside(path: &Path) -> Result<TempDir, HandoutError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Some(path) = parent.ancestors().find(|path| path.is_file()) {
        return Err(HandoutError::InFile { path: path.to_path_buf() });
    }
    fs::create_dir_all(parent).map_err(file(parent))?;
    tempfile::Builder::new().prefix(".handout-").tempdir_in(parent).map_err(file(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("fixtures")).unwrap();
        fs::write(folder.path().join("fixtures/course.yaml"), "").unwrap();
        let layout = Layout::at(folder.path()).unwrap();
        let text = "title: T\nlabs:\n  - { lab: tlb, title: T, chapter: tlb.md, types: [Tlb], criteria: [{ name: Looks \
                    up, step: 1, points: 100, cases: ['a'] }] }\n";
        let course = Course::parse("course.yaml", text.to_owned()).unwrap();
        let error = write(&layout, &course, folder.path()).unwrap_err();
        assert!(error.to_string().ends_with("is there already"), "{error}");
        // A course of which parts are missing leaves nothing behind.
        let place = folder.path().join("out/labs");
        assert!(write(&layout, &course, &place).is_err());
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
    }
}
