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
        return Err(IntakeError::UnknownKind {
            path: path.to_path_buf(),
            seen: "no ordinary file".to_owned(),
        });
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
    use infer::archive::{is_gz, is_tar, is_zip};

    // More than one cannot fit: all begin with bytes of their own but tar, whose first are a path.
    [(is_zip as fn(&[u8]) -> bool, Kind::Zip), (is_gz, Kind::TarGz), (is_tar, Kind::Tar)]
        .into_iter()
        .find_map(|(is_it, kind)| is_it(bytes).then_some(kind))
}
