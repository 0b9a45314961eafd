//! Random input for what reads strangers' files: nothing panics, nothing grows without bounds, and what is forbidden is
//! found wherever it stands.

use std::fs;
use std::path::Path;

use grader::intake::{IntakeError, LAB_FILE_BYTES, LabFile, Submission};
use grader::layout::Layout;
use grader::scan::scan;
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Bounded, so that a run takes seconds; without a file of old failures, which nobody would look into.
fn bounded(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// Pieces of Rust, well-formed and not, in which a word may hide.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("fn f<'a>(x: &'a u8) {}".to_owned()),
        Just("/* a /* b */ c */".to_owned()),
        Just("// line\n".to_owned()),
        Just("/// doc \"\n".to_owned()),
        Just("const A: &str = r##\"\"# \"##;".to_owned()),
        Just("const B: u8 = b'\\'';".to_owned()),
        Just("const C: char = '\"';".to_owned()),
        Just("const D: &[u8] = br\"\\\";".to_owned()),
        Just("#![allow(dead_code)]".to_owned()),
        Just("macro_rules! m { ($($t:tt)*) => { $($t)* } }".to_owned()),
        "[ -~]{0,12}",
        "[\"'#r/*{}()\\[\\]!$\\\\\n]{0,8}",
        "\\PC{0,6}",
    ]
}

/// Pieces that end what they begin.
fn whole_piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "fn f<'a>(x: &'a u8) {}\n",
        "/* a /* \" */ ' */",
        "// ' \" /*\n",
        "/** \" */ const X: u8 = 1;\n",
        "const A: &str = r##\"\"# \"##;",
        "const B: u8 = b'\\'';",
        "const C: (char, char) = ('\"', '\\u{27}');",
        "const D: &[u8] = br\"\\\";",
        "const E: &core::ffi::CStr = c\"\\\"\";",
        "fn g() { 'a: loop { break 'a } }",
        "\u{2028}",
        "\r\n",
    ])
}

proptest! {
    #![proptest_config(bounded(2000))]

    #[test]
    fn the_scan_answers_whatever_the_bytes_are(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = scan(&bytes);
    }

    #[test]
    fn the_scan_answers_whatever_the_text_is(pieces in prop::collection::vec(piece(), 0..30)) {
        if let Err(refusal) = scan(pieces.concat().as_bytes()) {
            prop_assert!(refusal.line >= 1 && !refusal.why.is_empty());
        }
    }

    #[test]
    fn a_forbidden_word_is_found_between_whatever_ends_what_it_begins(
        before in prop::collection::vec(whole_piece(), 0..12),
        after in prop::collection::vec(whole_piece(), 0..12),
        word in prop::sample::select(vec!["unsafe", "include_str", "r#include_str", "std", "no_mangle", "asm"]),
    ) {
        let before = before.concat();
        let source = format!("{before} mod m {{ {word} }} {}", after.concat());
        let refusal = scan(source.as_bytes()).expect_err("it is in there");
        prop_assert_eq!(refusal.what, format!("`{}`", word.trim_start_matches("r#")));
        prop_assert_eq!(refusal.line, 1 + before.matches('\n').count());
    }

    #[test]
    fn what_ends_what_it_begins_is_no_cause_for_alarm(pieces in prop::collection::vec(whole_piece(), 0..30)) {
        prop_assert_eq!(scan(pieces.concat().as_bytes()), Ok(Default::default()));
    }
}

/// What was handed in as `bytes`.
fn hand_in(bytes: &[u8]) -> Result<Submission, IntakeError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("submission.zip");
    fs::write(&path, bytes).unwrap();
    let layout = Layout::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
    Submission::read(&layout, &["page_table", "tlb"], Some(&path), &[])
}

/// Every file that comes out is of bounded size, and text.
fn is_bounded(submission: &Result<Submission, IntakeError>) -> bool {
    let Ok(submission) = submission else { return true };
    submission.files.values().all(|file| match file {
        LabFile::Source(bytes) => bytes.len() as u64 <= LAB_FILE_BYTES && std::str::from_utf8(bytes).is_ok(),
        LabFile::Rejected(reason) => !reason.is_empty(),
    })
}

/// A zip with a lab file, as a seed to be damaged.
fn zipped() -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["labs/src/tlb.rs", "notes.txt"] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&b"// text\n".repeat(40)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The same as tar, which needs no library to be written: one header of 512 bytes, then the content.
fn tarred() -> Vec<u8> {
    let content = b"// text\n".repeat(64);
    let mut header = tar::Header::new_ustar();
    header.set_path("labs/src/tlb.rs").unwrap();
    header.set_size(content.len() as u64);
    header.set_cksum();
    [header.as_bytes().as_slice(), &content, &[0; 1024]].concat()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

proptest! {
    #![proptest_config(bounded(600))]

    #[test]
    fn a_damaged_archive_is_read_or_refused(
        kind in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = [zipped(), tarred(), gzipped(&tarred())][kind].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        prop_assert!(is_bounded(&hand_in(&bytes)));
    }

    #[test]
    fn whatever_begins_as_an_archive_is_read_or_refused(
        magic in prop::sample::select(vec![&b"PK\x03\x04"[..], b"PK\x05\x06", b"\x1f\x8b\x08", b""]),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        prop_assert!(is_bounded(&hand_in(&[magic, &bytes].concat())));
    }
}

#[test]
fn the_seeds_are_sound() {
    for bytes in [zipped(), tarred(), gzipped(&tarred())] {
        let submission = hand_in(&bytes).unwrap();
        assert!(matches!(submission.files["tlb"], LabFile::Source(_)));
    }
}
