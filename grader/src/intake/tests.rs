//! Submissions of all kinds, well-meant and hostile, built in memory.

use std::fs;
use std::path::PathBuf;

use rstest::rstest;
use tempfile::TempDir;

use super::*;

const LABS: [&str; 2] = ["page_table", "tlb"];
const GOOD: &[u8] = b"// right\n";

/// A folder for one test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn read(&self) -> Result<Submission, IntakeError> {
        named(self.0.path(), &LABS, &[])
    }
}

fn source(bytes: &[u8]) -> LabFile {
    LabFile::Source(bytes.to_vec())
}

fn rejected(reason: &str) -> LabFile {
    LabFile::Rejected(reason.to_owned())
}

#[test]
fn a_folder_gives_its_lab_files_and_lists_the_rest() {
    let place = Place::new();
    place.file("labs/src/tlb.rs", GOOD);
    place.file("labs/src/lib.rs", b"");
    place.file("README.md", b"");
    place.file("target/debug/tlb.rs", b"");
    let submission = place.read().unwrap();
    assert_eq!(submission.files, BTreeMap::from([("tlb".into(), source(GOOD))]));
    assert_eq!(submission.ignored, ["README.md"]);
    let root = Root { path: "labs/src/lib.rs".to_owned(), file: source(b"") };
    assert_eq!(submission.root, Some(root));
}

/// A course whose root holds `text`.
fn course_with_root(text: &str) -> (Place, Layout) {
    let place = Place::new();
    place.file("fixtures/course.yaml", b"");
    place.file("labs/src/lib.rs", text.as_bytes());
    let layout = Layout::at(place.0.path()).unwrap();
    (place, layout)
}

#[rstest]
#[case::as_handed_out("pub mod tlb;\n", &["notes.txt"])]
#[case::with_lines_of_windows("pub mod tlb;\r\n", &["notes.txt"])]
#[case::changed("pub mod tlb;\npub mod mine;\n", &["src/lib.rs", "notes.txt"])]
#[case::not_text("\0", &["src/lib.rs", "notes.txt"])]
fn a_root_is_mentioned_only_if_it_is_not_the_hand_outs(#[case] root: &str, #[case] expected: &[&str]) {
    let (_course, layout) = course_with_root("pub mod tlb;\n");
    let place = Place::new();
    place.file("src/tlb.rs", GOOD);
    place.file("src/lib.rs", root.as_bytes());
    place.file("notes.txt", b"");
    assert_eq!(place.read().unwrap().not_read(&layout), expected);
}

#[test]
fn a_long_list_of_ignored_files_ends_in_a_count() {
    let place = Place::new();
    place.file("tlb.rs", GOOD);
    (0..30).for_each(|number| drop(place.file(&format!("note-{number:02}"), b"")));
    let ignored = place.read().unwrap().ignored;
    assert_eq!((ignored.len(), ignored[20].as_str()), (21, "and 10 more"));
}

#[rstest]
#[case::by_its_name("12_tlb.rs", &[], Some("tlb"))]
#[case::by_the_lab_asked_for("mine.rs", &["page_table"], Some("page_table"))]
#[case::no_lab("mine.rs", &[], None)]
#[case::too_many_labs("mine.rs", &["page_table", "tlb"], None)]
fn a_file_is_for_one_lab(#[case] name: &str, #[case] only: &[&str], #[case] lab: Option<&str>) {
    let place = Place::new();
    let path = place.file(name, GOOD);
    let only: Vec<String> = only.iter().map(|lab| (*lab).to_owned()).collect();
    let found = named(&path, &LABS, &only).ok().map(|submission| submission.files);
    assert_eq!(found, lab.map(|lab| BTreeMap::from([(lab.to_owned(), source(GOOD))])));
}

/// What is said of a folder with these files, of which the labs `only` are asked for.
fn nothing_to_grade(files: &[&str], only: &[&str]) -> String {
    let place = Place::new();
    files.iter().for_each(|name| drop(place.file(name, GOOD)));
    let only: Vec<String> = only.iter().map(|lab| (*lab).to_owned()).collect();
    let error = named(place.0.path(), &LABS, &only).unwrap_err().to_string();
    error.strip_prefix(&format!("{} ", place.0.path().display())).unwrap().to_owned()
}

#[rstest]
#[case::one_file_for_one_lab(
    &["my_tlb_final.rs"],
    &["tlb"],
    "has no file of the lab tlb: expected tlb.rs, saw my_tlb_final.rs; rename my_tlb_final.rs to tlb.rs"
)]
#[case::one_file_in_its_place(
    &["labs/src/TLB.rs", "README.md"],
    &["tlb"],
    "has no file of the lab tlb: expected tlb.rs, saw README.md, labs/src/TLB.rs; rename labs/src/TLB.rs to tlb.rs"
)]
#[case::one_file_for_any_lab(
    &["my_tlb_final.rs"],
    &[],
    "has no file of a lab: expected page_table.rs or tlb.rs, saw my_tlb_final.rs; rename my_tlb_final.rs to the name of its lab"
)]
#[case::two_files(&["a.rs", "b.rs"], &["tlb"], "has no file of the lab tlb: expected tlb.rs, saw a.rs, b.rs")]
#[case::no_rust(&["tlb.txt"], &["tlb"], "has no file of the lab tlb: expected tlb.rs, saw tlb.txt")]
#[case::many(
    &["a.c", "b.c", "c.c", "d.c", "e.c"],
    &["tlb"],
    "has no file of the lab tlb: expected tlb.rs, saw a.c, b.c, c.c, and 2 more"
)]
fn without_a_lab_file_the_names_that_were_asked_for_are_told(
    #[case] files: &[&str],
    #[case] only: &[&str],
    #[case] expected: &str,
) {
    assert_eq!(nothing_to_grade(files, only), expected);
}

#[test]
fn what_is_not_there_or_empty_is_told() {
    let place = Place::new();
    let missing = named(&place.0.path().join("nowhere"), &LABS, &[]).unwrap_err();
    assert!(matches!(missing, IntakeError::Missing { .. }));
    let empty = place.read().unwrap_err().to_string();
    assert!(empty.ends_with("expected page_table.rs or tlb.rs, saw nothing"), "{empty}");
    let path = place.file("essay.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
    let unknown = named(&path, &LABS, &[]).unwrap_err();
    assert!(
        unknown
            .to_string()
            .contains("essay.pdf is a file of type application/pdf; expected a folder, Rust source"),
        "{unknown}"
    );
    let path = place.file("tlb.zip", b"hello");
    let unknown = named(&path, &LABS, &[]).unwrap_err().to_string();
    assert!(unknown.contains("tlb.zip is a text file; expected a folder"), "{unknown}");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_refused_without_being_opened() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    symlink("/etc/passwd", place.0.path().join("tlb.rs")).unwrap();
    let pipe = place.0.path().join("page_table.rs");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let files = place.read().unwrap().files;
    assert_eq!(files["tlb"], rejected("it is a symbolic link, not a file"));
    let reason = "it is a device, a pipe or a socket, not a file";
    assert_eq!(files["page_table"], rejected(reason));
}

#[cfg(unix)]
#[test]
fn linked_folders_are_not_entered_and_odd_names_do_no_harm() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let elsewhere = Place::new();
    elsewhere.file("src/page_table.rs", GOOD);
    place.file("tlb.rs", GOOD);
    std::os::unix::fs::symlink(elsewhere.0.path(), place.0.path().join("labs")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"\xff\x1b[31m.rs");
    fs::write(place.0.path().join(odd), b"").unwrap();
    let submission = place.read().unwrap();
    assert_eq!(submission.files.len(), 1);
    assert_eq!(submission.ignored, ["labs", "\u{fffd}[31m.rs"]);
}

#[cfg(feature = "instructor")]
mod archives {
    use std::io::{Cursor, Read, Write};

    use flate2::{Compression, write::GzEncoder};
    use tar::{EntryType, Header};
    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn tarred(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, kind, content) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            if matches!(kind, EntryType::Symlink | EntryType::Link) {
                header.set_link_name("/etc/passwd").unwrap();
            }
            tar.append_data(&mut header, name, *content).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Submission, IntakeError> {
        let place = Place::new();
        let path = place.file("upload", bytes);
        named(&path, &LABS, &[])
    }

    #[rstest]
    #[case::zip(zipped(&[("vm/src/tlb.rs", GOOD), ("vm/src/lib.rs", b"root")]))]
    #[case::tar(tarred(&[("vm/src/tlb.rs", EntryType::Regular, GOOD), ("vm/src/lib.rs", EntryType::Regular, b"root")]))]
    fn the_root_in_an_archive_is_read(#[case] archive: Vec<u8>) {
        let submission = read(&archive).unwrap();
        let root = Root { path: "vm/src/lib.rs".to_owned(), file: source(b"root") };
        assert_eq!((submission.root, submission.ignored), (Some(root), Vec::new()));
        assert_eq!(submission.files, BTreeMap::from([("tlb".into(), source(GOOD))]));
    }

    #[test]
    fn a_file_manager_zip_of_the_tree_is_read() {
        let zip = zipped(&[
            ("vm/labs/src/tlb.rs", GOOD),
            ("vm/labs/tests/tlb.rs", b"tests"),
            ("vm/.DS_Store", b""),
            ("__MACOSX/vm/labs/src/._tlb.rs", b"resource fork"),
        ]);
        let submission = read(&zip).unwrap();
        assert_eq!(submission.files, BTreeMap::from([("tlb".into(), source(GOOD))]));
        assert_eq!(submission.ignored.len(), 3);
    }

    #[rstest]
    #[case::plain(false)]
    #[case::compressed(true)]
    fn a_tar_of_the_labs_is_read(#[case] compressed: bool) {
        let tar = tarred(&[
            ("labs/src/tlb.rs", EntryType::Regular, GOOD),
            ("labs/Cargo.toml", EntryType::Regular, b""),
        ]);
        let submission = read(&if compressed { gzipped(&tar) } else { tar }).unwrap();
        assert_eq!(submission.files, BTreeMap::from([("tlb".into(), source(GOOD))]));
        assert_eq!(submission.ignored, ["labs/Cargo.toml"]);
    }

    #[rstest]
    #[case::symlink(EntryType::Symlink, "it is a symbolic link, not a file")]
    #[case::hard_link(EntryType::Link, "it is a hard link, not a file")]
    #[case::device(EntryType::Char, "it is a device, not a file")]
    #[case::pipe(EntryType::Fifo, "it is a pipe, not a file")]
    fn odd_tar_entries_cost_their_lab_only(#[case] kind: EntryType, #[case] reason: &str) {
        let tar = tarred(&[("tlb.rs", kind, b""), ("page_table.rs", EntryType::Regular, GOOD)]);
        let files = read(&tar).unwrap().files;
        assert_eq!(files["tlb"], rejected(reason));
        assert_eq!(files["page_table"], source(GOOD));
    }

    #[test]
    fn a_link_in_a_zip_costs_its_lab_only() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        zip.add_symlink("tlb.rs", "/etc/passwd", options).unwrap();
        zip.start_file("page_table.rs", options).unwrap();
        zip.write_all(GOOD).unwrap();
        let files = read(&zip.finish().unwrap().into_inner()).unwrap().files;
        assert_eq!(files["tlb"], rejected("it is a symbolic link, not a file"));
        assert_eq!(files["page_table"], source(GOOD));
    }

    #[test]
    fn an_entry_that_is_there_twice_is_refused() {
        let tar = tarred(&[("tlb.rs", EntryType::Regular, GOOD); 2]);
        assert_eq!(read(&tar).unwrap().files["tlb"], rejected("the archive holds it twice"));
        // No library writes such a zip: two names of equal length are made one.
        let mut zip = zipped(&[("tlb.rs", GOOD), ("xlb.rs", b"// other\n")]);
        while let Some(at) = zip.windows(3).position(|three| three == b"xlb") {
            zip[at] = b't';
        }
        assert_eq!(read(&zip).unwrap().files["tlb"], rejected("the archive holds it twice"));
    }

    #[test]
    fn bombs_are_cut_by_what_is_read() {
        let zeros = vec![b' '; 8 << 20];
        let refused = rejected("it is larger than 256 KiB");
        let zip = zipped(&[("tlb.rs", &zeros), ("page_table.rs", GOOD)]);
        assert_eq!(read(&zip).unwrap().files["tlb"], refused);
        let tar = tarred(&[("tlb.rs", EntryType::Regular, &zeros)]);
        assert_eq!(read(&gzipped(&tar)).unwrap().files["tlb"], refused);
    }

    #[test]
    fn lab_files_without_number_are_not_held_in_memory() {
        let spaces = vec![b' '; 200 << 10];
        let names: Vec<String> = (0..100).map(|number| format!("wrap-{number}/tlb.rs")).collect();
        let entries: Vec<_> =
            names.iter().map(|name| (name.as_str(), EntryType::Regular, spaces.as_slice())).collect();
        let error = read(&tarred(&entries)).unwrap_err().to_string();
        assert!(error.ends_with("its files named after labs exceed 16 MiB"), "{error}");
    }

    #[test]
    fn an_archive_alone_in_a_folder_is_the_submission() {
        let place = Place::new();
        place.file("notes.txt", b"");
        place.file("my labs.zip", &zipped(&[("labs/src/tlb.rs", GOOD)]));
        assert_eq!(place.read().unwrap().files, BTreeMap::from([("tlb".into(), source(GOOD))]));
        place.file("older.zip", &zipped(&[("labs/src/tlb.rs", b"// older\n")]));
        assert!(matches!(place.read().unwrap_err(), IntakeError::NothingToGrade { .. }), "which one counts?");
        place.file("tlb.rs", b"// beside them\n");
        assert_eq!(place.read().unwrap().files["tlb"], source(b"// beside them\n"));
    }

    #[test]
    fn an_archive_that_unpacks_without_end_is_too_big() {
        let mut header = Header::new_gnu();
        header.set_path("padding").unwrap();
        header.set_size(1 << 40);
        header.set_cksum();
        let endless = header.as_bytes().as_slice().chain(io::repeat(0));
        let error = tarball::read_within(1 << 20, Path::new("x.tar.gz"), endless, &LABS);
        let error = error.err().map(|error| error.to_string());
        let told = "x.tar.gz is too big: it unpacks to more than 1 MiB";
        assert_eq!(error.as_deref(), Some(told));
    }

    #[rstest]
    #[case::zip(zipped(&[("tlb.rs", GOOD)]))]
    #[case::tar(tarred(&[("tlb.rs", EntryType::Regular, GOOD)]))]
    #[case::compressed(gzipped(&tarred(&[("tlb.rs", EntryType::Regular, GOOD)])))]
    fn a_truncated_archive_is_told(#[case] mut bytes: Vec<u8>) {
        bytes.truncate(bytes.len().min(515) - 10);
        let error = read(&bytes).unwrap_err();
        assert!(matches!(error, IntakeError::Damaged { .. }), "{error}");
        assert!(error.to_string().ends_with("a download that was cut short looks so"), "{error}");
    }

    #[rstest]
    #[case::roster(
        "roster.csv",
        b"id,name\n",
        "is a text file; expected a folder with the class's submissions"
    )]
    #[case::empty("class.zip", b"", "is an empty file; expected a folder")]
    #[case::tarball("class.tgz", b"\x1f\x8b\x08\0", "is a file of type application/gzip; expected a folder")]
    #[case::cut_short(
        "class.zip",
        b"PK\x03\x04cut",
        "is damaged: the list of files at the end of the zip archive is not whole"
    )]
    fn what_is_no_class_is_told_by_what_it_is(#[case] name: &str, #[case] bytes: &[u8], #[case] words: &str) {
        let place = Place::new();
        let path = place.file(name, bytes);
        let error = Bundle::open(&path).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{} {words}", path.display())), "{error}");
    }

    #[test]
    fn an_encrypted_zip_is_told() {
        let mut zip = zipped(&[("tlb.rs", GOOD)]);
        // The lowest bit of the flags says so, in the entry and in the list at the end.
        zip[6] |= 1;
        let listed = zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        zip[listed + 8] |= 1;
        let rejected = format!("{:?}", read(&zip).map(|submission| submission.files["tlb"].clone()));
        assert!(rejected.contains("without a password"), "{rejected}");
    }

    #[test]
    fn a_zip_that_declares_too_many_entries_is_not_read() {
        let mut zip = zipped(&[("tlb.rs", GOOD)]);
        let end = zip.len() - 22;
        zip[end + 10..end + 12].copy_from_slice(&u16::MAX.to_le_bytes());
        assert!(matches!(read(&zip).unwrap_err(), IntakeError::TooBig { .. }));
    }
}
