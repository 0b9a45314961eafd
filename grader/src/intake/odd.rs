//! What is wrong with an archive, in words for whoever has to ask for it again.

#[cfg(feature = "instructor")]
use std::io;

#[cfg(feature = "instructor")]
use zip::result::ZipError;

/// How much of a file shows what it is, in bytes.
pub(super) const HEAD_BYTES: usize = 512;

/// What a file that begins with `head` is, when it is no zip archive.
///
/// `head` has the first [`HEAD_BYTES`] of the file, or all of it; the answer has its article.
pub(super) fn kind(head: &[u8]) -> &'static str {
    const BEGINNINGS: [(&[u8], &str); 8] = [
        (b"\x1f\x8b", "a gzip file (.gz, .tgz)"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"\xfd7zXZ", "an xz file"),
        (b"BZh", "a bzip2 file"),
        (b"SQLite format 3", "a gradebook or another SQLite database"),
        (b"%PDF", "a PDF"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
    ];
    const TAR_MAGIC_AT: usize = 257;
    let known = BEGINNINGS.into_iter().find(|(beginning, _)| head.starts_with(beginning));
    let is_tar = head.get(TAR_MAGIC_AT..).is_some_and(|rest| rest.starts_with(b"ustar"));
    // A character of several bytes may be cut at the end of what is seen.
    let is_text = || match std::str::from_utf8(head) {
        Ok(text) => !text.contains('\0'),
        Err(error) => error.error_len().is_none() && !head.contains(&0),
    };
    match known {
        Some((_, kind)) => kind,
        None if head.is_empty() => "an empty file",
        None if is_tar => "a tar archive",
        None if is_text() => "a text file",
        None => "a file of an unknown kind",
    }
}

/// What `error` says of a zip archive.
#[cfg(feature = "instructor")]
pub(super) fn of_zip(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(text) if text.contains("EOCD") || text.contains("Unexpected end") => {
            "the list of files at the end of the zip archive is not whole; a download that was cut short looks so".to_owned()
        }
        ZipError::UnsupportedArchive(text) if text.contains("assword") => {
            "the zip archive is encrypted; expected one without a password".to_owned()
        }
        other => other.to_string(),
    }
}

/// What `error` says of a stream that was to be unpacked.
#[cfg(feature = "instructor")]
pub(super) fn of_stream(error: &io::Error) -> String {
    // The reader of tar says this with a kind of its own.
    let is_torn_block = error.to_string().contains("failed to read entire block");
    match error.kind() {
        kind if is_torn_block || kind == io::ErrorKind::UnexpectedEof => {
            "the archive ends too early; a download that was cut short looks so".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::empty(b"", "an empty file")]
    #[case::csv(b"id,name\ns01,Jane\n", "a text file")]
    #[case::text_cut_within_a_letter(b"J\xc3\xbcrgen \xc3", "a text file")]
    #[case::latin1(b"J\xfcrgen,1\n", "a file of an unknown kind")]
    #[case::utf16(b"\xff\xfei\0d\0", "a file of an unknown kind")]
    #[case::tgz(b"\x1f\x8b\x08\0", "a gzip file (.gz, .tgz)")]
    #[case::rar(b"Rar!\x1a\x07", "a RAR archive")]
    #[case::gradebook(b"SQLite format 3\0", "a gradebook or another SQLite database")]
    fn a_file_is_known_by_its_beginning(#[case] head: &[u8], #[case] expected: &str) {
        assert_eq!(kind(head), expected);
    }

    #[test]
    fn a_tar_archive_is_known_by_its_header() {
        let mut head = vec![0; HEAD_BYTES];
        head[257..262].copy_from_slice(b"ustar");
        assert_eq!(kind(&head), "a tar archive");
    }
}
