//! What lies in the class's folder: whose work each entry is, and where its files are.
//!
//! | from | what it looks like |
//! |---|---|
//! | anywhere | `s01/…`, `s01.zip`, `s01.tar.gz`, `s01.rs`: named by the student's id |
//! | Canvas | `doejane_12345_67890_tlb.rs`, `doejane_LATE_12345_67891_page_table-2.rs`: several files of one student |
//! | Moodle | `Jane Doe_123456_assignsubmission_file_/…`, or the same as the beginning of a file's name |
//! | Gradescope | `submission_98765/…` beside `submission_metadata.yml` |
//!
//! All of it in a folder or in one zip archive, in both cases possibly below one folder that holds everything.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::ClassError;
use crate::intake::{IntakeError, Piece, Submission};

mod canvas;
mod gradescope;
mod listing;
mod moodle;
mod plain;

/// Where a download comes from; it decides by what a student is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Named by the students' ids.
    Plain,
    /// Canvas, which knows students by numbers of its own.
    Canvas,
    /// Moodle, which knows students by numbers of its own.
    Moodle,
    /// Gradescope, which says id, name and address.
    Gradescope,
}

/// What a class handed in.
#[derive(Debug)]
pub struct Download {
    /// Where it comes from.
    pub origin: Origin,
    /// One entry a student, by name.
    pub hand_ins: Vec<HandIn>,
    /// What lies there too and is nobody's submission.
    pub unread: Vec<String>,
}

/// One student's work.
#[derive(Debug, Clone)]
pub struct HandIn {
    /// As it is called in the folder.
    pub name: String,
    /// Whose it is, as far as the download says.
    pub who: Who,
    /// When it was handed in, where the download says so.
    pub submitted_at: Option<Timestamp>,
    /// What a person should know of it: Canvas's mark that it is late, older versions that were not read.
    pub notes: Vec<String>,
    /// Where its files are.
    pub content: Content,
}

/// What a download says of a student.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// The id, or the number by which a learning-management system knows them.
    pub id: String,
    /// Full name; Canvas writes it as `doejane`.
    pub name: String,
    /// Mail address.
    pub email: String,
}

/// Where the files of a submission are.
#[derive(Debug, Clone)]
pub enum Content {
    /// A folder or a file of its own.
    Path(PathBuf),
    /// Files among other people's.
    Pieces(Vec<Piece>),
    /// Nothing that can be read; in words, what is seen and what to do.
    Odd(String),
}

impl HandIn {
    /// Takes its files in; `labs` are the course's, `only` are those asked for.
    ///
    /// # Errors
    /// When there is nothing that can be graded.
    pub fn read(&self, labs: &[&str], only: &[String]) -> Result<Submission, IntakeError> {
        match &self.content {
            Content::Path(path) => Submission::read_path(path, labs, only),
            Content::Pieces(pieces) => Submission::of_pieces(&self.name, pieces, labs, only),
            Content::Odd(problem) => Err(IntakeError::Unclear { problem: problem.clone() }),
        }
    }
}

impl Download {
    /// Looks at what lies in `path`, a folder or a zip archive.
    ///
    /// # Errors
    /// When it cannot be read, or holds no submission.
    pub fn read(path: &Path, labs: &[&str]) -> Result<Self, ClassError> {
        let nodes = listing::list(path, labs)?;
        let seen: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
        let mut download = if let Some(metadata) = gradescope::metadata(&nodes) {
            gradescope::read(path, &metadata.clone(), nodes)?
        } else if nodes.iter().any(|node| moodle::parts(&node.name).is_some()) {
            moodle::read(nodes)
        } else if nodes.iter().any(|node| !node.is_folder && canvas::parts(&node.name).is_some()) {
            canvas::read(nodes)
        } else {
            plain::read(nodes)
        };
        download.hand_ins.sort_by(|a, b| a.name.cmp(&b.name));
        if download.hand_ins.is_empty() {
            let seen = match seen.len() {
                0 => "nothing".to_owned(),
                count if count > 3 => format!("{}, and {} more", seen[..3].join(", "), count - 3),
                _ => seen.join(", "),
            };
            return Err(ClassError::NoSubmissions { path: path.to_path_buf(), seen });
        }
        Ok(download)
    }
}

#[cfg(test)]
mod tests;
