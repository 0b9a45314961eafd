//! A zip archive: its directory is read, and of its entries only the chosen lab files.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::find::{self, Entry, Found};
use super::{ENTRIES, IntakeError, LabFile, file, odd};

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Reads a zip archive.
pub(super) fn read(path: &Path, bytes: &[u8], labs: &[&str]) -> Result<Found, IntakeError> {
    let damaged =
        |error: ZipError| IntakeError::Damaged { path: path.to_path_buf(), problem: odd::of_zip(&error) };
    if declared_entries(bytes).is_some_and(|count| count > ENTRIES) {
        return Err(IntakeError::TooBig {
            path: path.to_path_buf(),
            problem: format!("it holds more than {ENTRIES} entries"),
        });
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let about = archive.by_index_data(index).map_err(damaged)?;
        let name = String::from_utf8_lossy(about.name_raw()).into_owned();
        entries.push(Entry::new(&name, about.is_dir()));
    }
    let counts = count_names(bytes, archive.central_directory_start());
    let choice = find::choose(path, &entries, labs)?;
    Ok(choice.read(&entries, |index| lab_file(&mut archive, index, &counts)))
}

fn lab_file(archive: &mut Archive<'_>, index: usize, counts: &BTreeMap<&[u8], usize>) -> LabFile {
    let entry = match archive.by_index(index) {
        Ok(entry) => entry,
        Err(error) => return LabFile::Rejected(format!("it cannot be read: {}", odd::of_zip(&error))),
    };
    if counts.get(entry.name_raw()).is_some_and(|count| *count > 1) {
        return LabFile::Rejected("the archive holds it twice".to_owned());
    }
    match odd_kind(entry.unix_mode()) {
        Some(odd) => LabFile::Rejected(format!("it is {odd}, not a file")),
        None => file::from_reader(entry),
    }
}

/// The kind of file that a Unix mode names, unless it is an ordinary one.
pub(super) fn odd_kind(mode: Option<u32>) -> Option<&'static str> {
    const KIND: u32 = 0o170_000;
    match mode.unwrap_or_default() & KIND {
        0 | 0o100_000 => None,
        0o120_000 => Some("a symbolic link"),
        0o010_000 => Some("a pipe"),
        0o020_000 | 0o060_000 => Some("a device"),
        _ => Some("an entry of an unknown kind"),
    }
}

/// How many entries the archive's end says it has: a directory too long is not even read.
fn declared_entries(bytes: &[u8]) -> Option<usize> {
    const COUNT_AT: usize = 10;
    let end = bytes.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    number(bytes, end + COUNT_AT)
}

/// How often each name stands in the directory at `start`; the library keeps the last of equal names only.
fn count_names(bytes: &[u8], start: u64) -> BTreeMap<&[u8], usize> {
    const NAME_AT: usize = 46;
    let mut counts = BTreeMap::new();
    let mut at = usize::try_from(start).unwrap_or(usize::MAX);
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02")) {
        let lengths = [28, 30, 32].map(|field| number(bytes, at + field).unwrap_or_default());
        let name = bytes.get(at + NAME_AT..at + NAME_AT + lengths[0]);
        *counts.entry(name.unwrap_or_default()).or_default() += 1;
        at += NAME_AT + lengths.iter().sum::<usize>();
    }
    counts
}

/// The two-byte number at `at`.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at + 2)?;
    Some(usize::from(two[0]) | usize::from(two[1]) << 8)
}
