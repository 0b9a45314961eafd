//! One archive that holds the submissions of a whole class, as a learning-management system hands it out: it stays a file,
//! of which single entries are read when their turn comes.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zip::ZipArchive;

use super::zipped::odd_kind;
use super::{IntakeError, LabFile, file, odd, unreadable};

/// Most entries of a class's archive: its directory is held in memory.
const CLASS_ENTRIES: usize = 100_000;

/// A class's archive.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    archive: Mutex<ZipArchive<BufReader<File>>>,
}

impl Bundle {
    /// Opens the zip archive at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no zip archive, or holds too much.
    pub fn open(path: &Path) -> Result<Self, IntakeError> {
        let mut file = File::open(path).map_err(unreadable(path))?;
        let mut head = Vec::new();
        file.by_ref().take(odd::HEAD_BYTES as u64).read_to_end(&mut head).map_err(unreadable(path))?;
        file.rewind().map_err(unreadable(path))?;
        let archive =
            ZipArchive::new(BufReader::new(file)).map_err(|error| match head.starts_with(b"PK") {
                true => IntakeError::Damaged { path: path.to_path_buf(), problem: odd::of_zip(&error) },
                // A program that unpacks itself is a zip archive, too, so the beginning alone decides nothing.
                false => IntakeError::NoClass { path: path.to_path_buf(), seen: odd::kind(&head) },
            })?;
        if archive.len() > CLASS_ENTRIES {
            return Err(IntakeError::TooBig {
                path: path.to_path_buf(),
                problem: format!("it holds more than {CLASS_ENTRIES} entries"),
            });
        }
        Ok(Self { path: path.to_path_buf(), archive: Mutex::new(archive) })
    }

    /// The paths of its files, each with the number that [`Bundle::lab_file`] knows it by; folders are left out.
    ///
    /// # Errors
    /// When its directory is damaged.
    pub fn files(&self) -> Result<Vec<(String, usize)>, IntakeError> {
        let archive = self.archive();
        let mut files = Vec::new();
        for index in 0..archive.len() {
            let about = archive.by_index_data(index).map_err(|error| IntakeError::Damaged {
                path: self.path.clone(),
                problem: odd::of_zip(&error),
            })?;
            if !about.is_dir() {
                let name = String::from_utf8_lossy(about.name_raw());
                files.push((name.replace('\\', "/"), index));
            }
        }
        Ok(files)
    }

    /// The entry called `index` as a lab's file.
    #[must_use]
    pub fn lab_file(&self, index: usize) -> LabFile {
        let mut archive = self.archive();
        let entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(error) => return LabFile::Rejected(format!("it cannot be read: {}", odd::of_zip(&error))),
        };
        match odd_kind(entry.unix_mode()) {
            Some(odd) => LabFile::Rejected(format!("it is {odd}, not a file")),
            None => file::from_reader(entry),
        }
    }

    /// The first `most` bytes of the entry called `index`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn bytes(&self, index: usize, most: u64) -> Result<Vec<u8>, IntakeError> {
        let damaged = |problem: String| IntakeError::Damaged { path: self.path.clone(), problem };
        let mut archive = self.archive();
        let entry = archive.by_index(index).map_err(|error| damaged(odd::of_zip(&error)))?;
        let mut bytes = Vec::new();
        entry.take(most).read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
        Ok(bytes)
    }

    fn archive(&self) -> MutexGuard<'_, ZipArchive<BufReader<File>>> {
        self.archive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
