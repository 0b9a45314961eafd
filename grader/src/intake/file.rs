//! One lab file: read up to the limit, and refused when it is not plain text.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use super::{LAB_FILE_BYTES, LabFile};

/// Reads the file at `path`; `about` is what the system says of the path itself, links not followed.
pub(super) fn read(path: &Path, about: &Metadata) -> LabFile {
    if let Some(kind) = odd_kind(about) {
        return LabFile::Rejected(format!("it is {kind}, not a file"));
    }
    match open(path) {
        Ok(file) => from_reader(file),
        Err(error) => LabFile::Rejected(format!("it cannot be read: {error}")),
    }
}

/// Opens `path`, which was an ordinary file a moment ago, and makes sure that it still is.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if fs::symlink_metadata(path)?.is_file() && file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it changed while it was read"))
    }
}

fn odd_kind(about: &Metadata) -> Option<&'static str> {
    if about.is_symlink() {
        Some("a symbolic link")
    } else if about.is_dir() {
        Some("a folder")
    } else if about.is_file() {
        None
    } else {
        Some("a device, a pipe or a socket")
    }
}

/// Reads a lab file by its bytes, whatever its header says of its size.
pub(super) fn from_reader(reader: impl Read) -> LabFile {
    let mut bytes = Vec::new();
    match reader.take(LAB_FILE_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) => from_bytes(bytes),
        Err(error) => LabFile::Rejected(format!("it cannot be read: {error}")),
    }
}

fn from_bytes(bytes: Vec<u8>) -> LabFile {
    if bytes.len() as u64 > LAB_FILE_BYTES {
        let most = LAB_FILE_BYTES >> 10;
        return LabFile::Rejected(format!("it is larger than {most} KiB"));
    }
    let line_of = |at: usize| 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    if memory_traces::is_wide_text(&bytes) {
        return LabFile::Rejected("it is text in UTF-16; save the file as UTF-8".to_owned());
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = line_of(at);
        return LabFile::Rejected(format!("line {line} holds a NUL byte, so it is not Rust source"));
    }
    if let Err(error) = std::str::from_utf8(&bytes) {
        let line = line_of(error.valid_up_to());
        return LabFile::Rejected(format!("line {line} is not UTF-8; save the file as UTF-8"));
    }
    LabFile::Source(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::latin1(b"// ok\n// \xe9t\xe9\n", "line 2 is not UTF-8; save the file as UTF-8")]
    #[case::nul(b"fn f() {}\n\n\0", "line 3 holds a NUL byte, so it is not Rust source")]
    #[case::utf16(b"\xff\xfef\0n\0", "it is text in UTF-16; save the file as UTF-8")]
    #[case::utf16_without_a_mark(b"\0f\0n\0 ", "it is text in UTF-16; save the file as UTF-8")]
    fn what_is_not_text_is_refused(#[case] bytes: &[u8], #[case] reason: &str) {
        assert_eq!(from_reader(bytes), LabFile::Rejected(reason.to_owned()));
    }

    #[test]
    fn the_limit_is_the_last_size_that_is_read() {
        let most = LAB_FILE_BYTES as usize;
        assert!(matches!(from_reader(&*vec![b' '; most]), LabFile::Source(_)));
        let refused = LabFile::Rejected("it is larger than 256 KiB".to_owned());
        assert_eq!(from_reader(&*vec![b' '; most + 1]), refused);
        assert_eq!(from_reader(io::repeat(b' ')), refused);
    }
}
