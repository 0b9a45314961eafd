//! Takes a submission in, whatever it is: the working tree, a folder, one file, an archive ([`Submission::read`]).
//!
//! Only files named after labs are read, only in a few places ([`find`]), and only up to a limit; an archive is read in
//! memory and never unpacked. A lab file that is not an ordinary file of text is refused for its lab alone; everything
//! else that lies in the submission is listed and otherwise left alone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::layout::Layout;
use crate::text;

mod archive;
#[cfg(feature = "instructor")]
mod bundle;
mod file;
mod find;
mod folder;
mod names;
mod nothing;
mod odd;
#[cfg(feature = "instructor")]
mod pieces;
#[cfg(feature = "instructor")]
mod tarball;
#[cfg(feature = "instructor")]
mod zipped;

#[cfg(feature = "instructor")]
pub use bundle::Bundle;
#[cfg(feature = "instructor")]
pub(crate) use find::is_clutter;
pub use names::lab_of;
#[cfg(feature = "instructor")]
pub(crate) use names::without_copy_number;
#[cfg(feature = "instructor")]
pub use pieces::{Piece, Place};

/// Largest lab file in bytes.
pub const LAB_FILE_BYTES: u64 = 256 << 10;
/// Largest archive in bytes, as it lies on disk.
pub const ARCHIVE_BYTES: u64 = 64 << 20;
/// Most entries of an archive or a folder.
pub const ENTRIES: usize = 10_000;
/// Most bytes that an archive may unpack to while its lab files are looked for.
pub const UNPACKED_BYTES: u64 = 256 << 20;
/// How many ignored files are named.
const IGNORED_NAMED: usize = 20;

/// What was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// As the user named it.
    pub name: String,
    /// The file of each lab that was found.
    pub files: BTreeMap<String, LabFile>,
    /// What lay there too and was not read, the crate's root apart; long lists end in a count.
    pub ignored: Vec<String>,
    /// The crate's root, if there was one.
    pub root: Option<Root>,
    /// Whether it is one file for one lab: then the other labs are not missing, they were not handed in.
    pub is_single_file: bool,
}

/// The `lib.rs` beside the lab files. The grader writes its own, so this one decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its path within the submission.
    pub path: String,
    /// What it holds.
    pub file: LabFile,
}

/// One lab's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabFile {
    /// Its content: UTF-8 without NUL.
    Source(Vec<u8>),
    /// Why it is refused.
    Rejected(String),
}

/// A submission that cannot be graded at all.
#[derive(Debug, Error, miette::Diagnostic)]
pub enum IntakeError {
    /// Nothing is there.
    #[error("there is no {}", path.display())]
    #[diagnostic(help(
        "a submission is a folder, a .rs file, a .zip or a .tar(.gz); none = this working tree"
    ))]
    Missing {
        /// The path as the user named it.
        path: PathBuf,
    },
    /// It is there and cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The path as the user named it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is nothing that the grader knows.
    #[error("{} is {seen}; expected a folder, Rust source (.rs), or a zip or tar archive", path.display())]
    #[diagnostic(help(
        "a source file's name ends in .rs; archives are known by their first bytes: unpack one of another kind and name its folder"
    ))]
    UnknownKind {
        /// The path as the user named it.
        path: PathBuf,
        /// What it is instead.
        seen: String,
    },
    /// An archive, and a grader that was built without archives.
    #[error("{} is an archive, and this grader reads none", path.display())]
    #[diagnostic(help("unpack it and name the folder, or build the grader with its feature `instructor`"))]
    NoArchives {
        /// The path as the user named it.
        path: PathBuf,
    },
    /// A file whose name says no lab.
    #[error("{} is not named after a lab ({labs})", path.display())]
    #[diagnostic(help("say which lab it is for: --lab LAB"))]
    WhichLab {
        /// The path as the user named it.
        path: PathBuf,
        /// The labs' names.
        labs: String,
    },
    /// Neither a folder nor an archive, where a class's work should be.
    #[error("{} is {seen}; expected a folder with the class's submissions, or a zip archive of them", path.display())]
    #[diagnostic(help(
        "unpack an archive of another kind and name its folder; a list of students belongs behind --roster; one submission is \
         graded with grader grade"
    ))]
    NoClass {
        /// The path as the user named it.
        path: PathBuf,
        /// What it is instead.
        seen: String,
    },
    /// A damaged archive.
    #[error("{} is damaged: {problem}", path.display())]
    #[diagnostic(help("ask for the file again; nothing of a damaged archive is graded"))]
    Damaged {
        /// The path as the user named it.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// More than a submission may be.
    #[error("{} is too big: {problem}", path.display())]
    #[diagnostic(help("a submission is a few source files: leave out `target`"))]
    TooBig {
        /// The path as the user named it.
        path: PathBuf,
        /// The limit that it passes.
        problem: String,
    },
    /// Two files for one lab.
    #[error("{} has two files for the lab {lab}: {first} and {second}", path.display())]
    #[diagnostic(help("keep one of them, or grade one by its own path"))]
    TwoFiles {
        /// The path as the user named it.
        path: PathBuf,
        /// The lab.
        lab: String,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// Nothing in a class's folder that could be read as one student's work.
    #[error("{problem}")]
    #[diagnostic(help("a class's folder holds one folder or one archive for each student"))]
    Unclear {
        /// What is seen, and what to do.
        problem: String,
    },
    /// No file for any lab.
    #[error("{} {problem}", path.display())]
    #[diagnostic(help(
        "lab files are looked for in the folder itself, in src/ and in labs/src/; a single file may have any name: grader grade \
         FILE.rs --lab LAB"
    ))]
    NothingToGrade {
        /// The path as the user named it.
        path: PathBuf,
        /// What was expected, what lies there instead, and what to rename.
        problem: String,
    },
}

impl Submission {
    /// Reads `submission`, or the working tree when there is none.
    ///
    /// `labs` are the course's labs; `only` are the ones asked for, and the only one of them gives a single file its lab.
    ///
    /// # Errors
    /// When there is nothing that can be graded.
    pub fn read(
        layout: &Layout,
        labs: &[&str],
        submission: Option<&Path>,
        only: &[String],
    ) -> Result<Self, IntakeError> {
        match submission {
            None => working_tree(layout, labs, only),
            Some(path) => named(path, labs, only),
        }
    }

    /// Reads the folder, file or archive at `path`; see [`Submission::read`].
    ///
    /// # Errors
    /// When there is nothing that can be graded.
    pub fn read_path(path: &Path, labs: &[&str], only: &[String]) -> Result<Self, IntakeError> {
        named(path, labs, only)
    }

    /// Names of what was handed in and is not read, for a person to see. A root that is the one of the hand-out, which lies in
    /// `layout`, is not among them: whoever hands in a whole folder has it.
    #[must_use]
    pub fn not_read(&self, layout: &Layout) -> Vec<String> {
        let given = || fs::read(layout.labs_dir().join("lib.rs")).unwrap_or_default();
        let own = self.root.as_ref().filter(|root| match &root.file {
            LabFile::Source(bytes) => !same_lines(bytes, &given()),
            LabFile::Rejected(_) => true,
        });
        own.map(|root| root.path.clone()).into_iter().chain(self.ignored.iter().cloned()).collect()
    }
}

/// Whether both are the same text, however its lines end.
fn same_lines(one: &[u8], other: &[u8]) -> bool {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
    text(one) == text(other)
}

fn working_tree(layout: &Layout, labs: &[&str], only: &[String]) -> Result<Submission, IntakeError> {
    let mut files = BTreeMap::new();
    for lab in labs {
        let path = layout.lab_source(lab);
        match fs::symlink_metadata(&path) {
            Ok(about) => files.insert((*lab).to_owned(), file::read(&path, &about)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(IntakeError::Unreadable { path, source }),
        };
    }
    let folder = layout.relative(&layout.labs_dir()).to_path_buf();
    let found = find::Found { files, root: None, ignored: Vec::new() };
    finish(&folder, &wanted(labs, only), found)
}

fn named(path: &Path, labs: &[&str], only: &[String]) -> Result<Submission, IntakeError> {
    let about = fs::metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => IntakeError::Missing { path: path.to_path_buf() },
        _ => unreadable(path)(source),
    })?;
    if about.is_dir() {
        let found = folder::read(path, labs)?;
        return finish(path, &wanted(labs, only), found);
    }
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("rs")) {
        return one_file(path, &about, labs, only);
    }
    let found = archive::read(path, &about, labs)?;
    finish(path, &wanted(labs, only), found)
}

/// Those of `labs` that were asked for; all where none was.
fn wanted<'a>(labs: &[&'a str], only: &[String]) -> Vec<&'a str> {
    let is_asked = |lab: &&str| only.is_empty() || only.iter().any(|asked| asked == lab);
    labs.iter().copied().filter(is_asked).collect()
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> IntakeError {
    let path = path.to_path_buf();
    |source| IntakeError::Unreadable { path, source }
}

fn one_file(
    path: &Path,
    about: &fs::Metadata,
    labs: &[&str],
    only: &[String],
) -> Result<Submission, IntakeError> {
    let by_name = || names::lab_of(&path.file_name()?.to_string_lossy(), labs);
    let lab = match only {
        [lab] => Some(lab.as_str()),
        _ => by_name(),
    };
    let lab = lab.ok_or_else(|| IntakeError::WhichLab { path: path.to_path_buf(), labs: labs.join(", ") })?;
    let files = BTreeMap::from([(lab.to_owned(), file::read(path, about))]);
    Ok(Submission {
        name: text::name(path.as_os_str()),
        files,
        ignored: Vec::new(),
        root: None,
        is_single_file: true,
    })
}

/// The submission that `found` is, of which the labs `wanted` are to be graded.
fn finish(path: &Path, wanted: &[&str], found: find::Found) -> Result<Submission, IntakeError> {
    let find::Found { files, root, ignored } = found;
    if files.is_empty() {
        return Err(nothing::to_grade(path, wanted, &ignored));
    }
    Ok(Submission {
        name: text::name(path.as_os_str()),
        files,
        ignored: summary(&ignored, IGNORED_NAMED),
        root,
        is_single_file: false,
    })
}

/// The first few names, and how many there are beyond.
fn summary(names: &[String], most: usize) -> Vec<String> {
    let mut short: Vec<String> = names.iter().take(most).cloned().collect();
    if names.len() > most {
        short.push(format!("and {} more", names.len() - most));
    }
    short
}

#[cfg(test)]
mod tests;
