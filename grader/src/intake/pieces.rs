//! A submission whose files lie among other people's: in one folder with them, or in the archive of a whole class.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bundle::Bundle;
use super::find::{self, Entry, Found};
use super::{ARCHIVE_BYTES, IntakeError, LabFile, Submission, archive, file, finish, wanted};
use crate::text;

/// One file of a submission.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Its path within the submission, `/` between the parts.
    pub path: String,
    /// Where it lies.
    pub place: Place,
}

/// Where a file lies.
#[derive(Debug, Clone)]
pub enum Place {
    /// On disk.
    Disk(PathBuf),
    /// In the class's archive, by its number there.
    Bundle(Arc<Bundle>, usize),
}

impl Piece {
    fn lab_file(&self) -> LabFile {
        match &self.place {
            Place::Bundle(bundle, index) => bundle.lab_file(*index),
            Place::Disk(path) => match fs::symlink_metadata(path) {
                Ok(about) => file::read(path, &about),
                Err(error) => LabFile::Rejected(format!("it cannot be read: {error}")),
            },
        }
    }

    fn archive(&self, labs: &[&str]) -> Result<Found, IntakeError> {
        match &self.place {
            Place::Disk(path) => archive::read_on_disk(path, labs),
            Place::Bundle(bundle, index) => {
                archive::read_bytes(Path::new(&self.path), &bundle.bytes(*index, ARCHIVE_BYTES + 1)?, labs)
            }
        }
    }
}

impl Submission {
    /// Takes `pieces` for one submission called `name`: its lab files, or the one archive among them. `labs` are the course's,
    /// `only` are those asked for.
    ///
    /// # Errors
    /// When there is nothing in it that can be graded.
    pub fn of_pieces(
        name: &str,
        pieces: &[Piece],
        labs: &[&str],
        only: &[String],
    ) -> Result<Self, IntakeError> {
        let wanted = wanted(labs, only);
        let shown = PathBuf::from(text::clean_line(name, 200));
        let entries: Vec<Entry> = pieces.iter().map(|piece| Entry::new(&piece.path, false)).collect();
        let choice = find::choose(&shown, &entries, labs)?;
        if choice.files.is_empty()
            && let Some(index) = find::lone_archive(&entries)
        {
            return finish(&shown, &wanted, pieces[index].archive(labs)?);
        }
        finish(&shown, &wanted, choice.read(&entries, |index| pieces[index].lab_file()))
    }
}
