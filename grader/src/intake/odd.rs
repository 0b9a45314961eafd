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
pub(super) fn kind(head: &[u8]) -> String {
    let known = |kind: infer::Type| match kind.extension() {
        "sqlite" => "a gradebook or another SQLite database".to_owned(),
        _ => format!("a file of type {}", kind.mime_type()),
    };
    if head.is_empty() {
        "an empty file".to_owned()
    } else if is_text(head) {
        "a text file".to_owned()
    } else {
        infer::get(head).map_or_else(|| "a file of an unknown kind".to_owned(), known)
    }
}

fn is_text(head: &[u8]) -> bool {
    // A character of several bytes may be cut at the end of what is seen.
    let is_utf8 = std::str::from_utf8(head).err().is_none_or(|error| error.error_len().is_none());
    is_utf8 && !head.contains(&0)
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
    #[case::tgz(b"\x1f\x8b\x08\0", "a file of type application/gzip")]
    #[case::rar(b"Rar!\x1a\x07\0", "a file of type application/vnd.rar")]
    #[case::gradebook(b"SQLite format 3\0", "a gradebook or another SQLite database")]
    fn a_file_is_known_by_its_beginning(#[case] head: &[u8], #[case] expected: &str) {
        assert_eq!(kind(head), expected);
    }

    #[test]
    fn a_tar_archive_is_known_by_its_header() {
        let mut head = vec![0; HEAD_BYTES];
        head[257..262].copy_from_slice(b"ustar");
        assert_eq!(kind(&head), "a file of type application/x-tar");
    }
}
