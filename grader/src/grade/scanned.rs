//! What of a submission may be compiled, after the scan ([`crate::scan`]).

use std::collections::BTreeMap;

use crate::course::Lab;
use crate::intake::{LabFile, Submission};
use crate::scan;

/// A lab's file after the scan.
pub(super) enum File {
    /// It may be compiled and run.
    Source(Vec<u8>),
    /// It may be compiled, to hear the compiler's words, and nothing else; and why.
    Unreadable(Vec<u8>, String),
    /// Why it is refused.
    Rejected(String),
}

/// The files of the labs that are graded, and what a person should look at.
pub(super) struct Scanned {
    pub(super) files: BTreeMap<String, File>,
    pub(super) flags: Vec<String>,
}

impl Scanned {
    pub(super) fn of<'a>(submission: &Submission, labs: impl Iterator<Item = &'a Lab>) -> Self {
        let mut scanned = Self { files: BTreeMap::new(), flags: Vec::new() };
        for Lab { lab, .. } in labs {
            if let Some(file) = submission.files.get(lab) {
                let file = scanned.look_at(lab, file);
                scanned.files.insert(lab.clone(), file);
            }
        }
        scanned
    }

    fn look_at(&mut self, lab: &str, file: &LabFile) -> File {
        let source = match file {
            LabFile::Source(source) => source,
            LabFile::Rejected(reason) => return File::Rejected(reason.clone()),
        };
        match scan::scan(source) {
            Ok(findings) => {
                let review = |line| format!("review: lifetime trick in {lab}.rs:{line}");
                self.flags.extend(findings.lifetime_tricks.into_iter().map(review));
                File::Source(source.clone())
            }
            Err(refusal) if refusal.is_unreadable => File::Unreadable(source.clone(), refusal.to_string()),
            Err(refusal) => File::Rejected(refusal.to_string()),
        }
    }
}
