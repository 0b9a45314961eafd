//! A tar archive: one pass over its stream, keeping only what may be a lab file.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use tar::{Archive, EntryType};

use super::find::{self, Entry, Found};
use super::{ENTRIES, IntakeError, LabFile, UNPACKED_BYTES, file, names, odd};

/// Most bytes of files named after labs: many times what a submission needs, little beside what an archive can unpack to.
const KEPT_BYTES: usize = 16 << 20;

/// Reads a tar archive from `stream`, which may decompress it on the way.
pub(super) fn read(path: &Path, stream: impl Read, labs: &[&str]) -> Result<Found, IntakeError> {
    read_within(UNPACKED_BYTES, path, stream, labs)
}

/// As [`read`], with a limit on what is unpacked.
pub(super) fn read_within(
    most: u64,
    path: &Path,
    stream: impl Read,
    labs: &[&str],
) -> Result<Found, IntakeError> {
    let over = Rc::new(Cell::new(false));
    let bounded = Bounded { stream, left: most, over: Rc::clone(&over) };
    let too_big = |problem: String| IntakeError::TooBig { path: path.to_path_buf(), problem };
    let damaged = |error: &io::Error| {
        if over.get() {
            return too_big(format!("it unpacks to more than {} MiB", most >> 20));
        }
        IntakeError::Damaged { path: path.to_path_buf(), problem: odd::of_stream(error) }
    };
    let mut archive = Archive::new(bounded);
    let mut entries = Vec::new();
    let mut contents = Vec::new();
    let mut kept = 0;
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        if entries.len() == ENTRIES {
            return Err(too_big(format!("it holds more than {ENTRIES} entries")));
        }
        let entry_path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        entries.push(Entry::new(&entry_path, kind.is_dir()));
        let content = content(&entry_path, kind, &mut entry, labs);
        kept += match &content {
            Some(LabFile::Source(bytes)) => bytes.len(),
            _ => 0,
        };
        if kept > KEPT_BYTES {
            return Err(too_big(format!("its files named after labs exceed {} MiB", KEPT_BYTES >> 20)));
        }
        contents.push(content);
        if over.get() {
            return Err(damaged(&io::Error::other("too much")));
        }
    }
    // Reading on to the end shows a stream that was cut off.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(|error| damaged(&error))?;
    collect(path, &entries, &contents, labs)
}

/// What an entry holds, when its name means a lab or the crate's root.
fn content(path: &str, kind: EntryType, entry: &mut impl Read, labs: &[&str]) -> Option<LabFile> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    if name != find::ROOT_FILE {
        names::lab_of(name, labs)?;
    }
    Some(match odd_kind(kind) {
        Some(odd) => LabFile::Rejected(format!("it is {odd}, not a file")),
        None => file::from_reader(entry),
    })
}

fn odd_kind(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular | EntryType::Continuous => None,
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Link => Some("a hard link"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a pipe"),
        EntryType::Directory => Some("a folder"),
        EntryType::GNUSparse => Some("a sparse file"),
        _ => Some("an entry of an unknown kind"),
    }
}

fn collect(
    path: &Path,
    entries: &[Entry],
    contents: &[Option<LabFile>],
    labs: &[&str],
) -> Result<Found, IntakeError> {
    let choice = find::choose(path, entries, labs)?;
    Ok(choice.read(entries, |index| {
        if entries.iter().filter(|entry| **entry == entries[index]).count() > 1 {
            return LabFile::Rejected("the archive holds it twice".to_owned());
        }
        let none = || LabFile::Rejected("it holds nothing that can be read".to_owned());
        contents[index].clone().unwrap_or_else(none)
    }))
}

/// A stream that ends in an error when it goes on for too long.
struct Bounded<R> {
    stream: R,
    left: u64,
    over: Rc<Cell<bool>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                self.over.set(true);
                return Err(io::Error::other("too much"));
            }
        }
        Ok(count)
    }
}
