//! An archive as submission: known by its first bytes, read whole into memory, never unpacked.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::Path;

use super::find::Found;
use super::{ARCHIVE_BYTES, IntakeError, odd, unreadable};

/// Kinds of archives.
enum Kind {
    Zip,
    Tar,
    TarGz,
}

pub(super) fn read(path: &Path, about: &Metadata, labs: &[&str]) -> Result<Found, IntakeError> {
    if !about.is_file() {
        return Err(IntakeError::UnknownKind { path: path.to_path_buf(), seen: "no ordinary file" });
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(ARCHIVE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(unreadable(path))?;
    read_bytes(path, &bytes, labs)
}

/// As [`read`], of a file that lies in somebody's folder: a link to elsewhere is not followed.
pub(super) fn read_on_disk(path: &Path, labs: &[&str]) -> Result<Found, IntakeError> {
    read(path, &fs::symlink_metadata(path).map_err(unreadable(path))?, labs)
}

/// Reads an archive that is in memory already; one byte more than the limit shows that it is too large.
pub(super) fn read_bytes(path: &Path, bytes: &[u8], labs: &[&str]) -> Result<Found, IntakeError> {
    let seen = || odd::kind(&bytes[..bytes.len().min(odd::HEAD_BYTES)]);
    let kind =
        kind_of(bytes).ok_or_else(|| IntakeError::UnknownKind { path: path.to_path_buf(), seen: seen() })?;
    if bytes.len() as u64 > ARCHIVE_BYTES {
        return Err(IntakeError::TooBig {
            path: path.to_path_buf(),
            problem: format!("the archive is larger than {} MiB", ARCHIVE_BYTES >> 20),
        });
    }
    read_kind(&kind, path, bytes, labs)
}

#[cfg(feature = "instructor")]
fn read_kind(kind: &Kind, path: &Path, bytes: &[u8], labs: &[&str]) -> Result<Found, IntakeError> {
    match kind {
        Kind::Zip => super::zipped::read(path, bytes, labs),
        Kind::Tar => super::tarball::read(path, bytes, labs),
        Kind::TarGz => super::tarball::read(path, flate2::read::MultiGzDecoder::new(bytes), labs),
    }
}

#[cfg(not(feature = "instructor"))]
fn read_kind(_: &Kind, path: &Path, _: &[u8], _: &[&str]) -> Result<Found, IntakeError> {
    Err(IntakeError::NoArchives { path: path.to_path_buf() })
}

fn kind_of(bytes: &[u8]) -> Option<Kind> {
    const TAR_MAGIC_AT: usize = 257;
    let zip = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
    let tar = || bytes.get(TAR_MAGIC_AT..)?.starts_with(b"ustar").then_some(Kind::Tar);
    if zip {
        Some(Kind::Zip)
    } else if bytes.starts_with(b"\x1f\x8b") {
        Some(Kind::TarGz)
    } else {
        tar()
    }
}
