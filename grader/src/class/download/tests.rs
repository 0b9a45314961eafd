use super::*;
use crate::intake::LabFile;
use std::io::Write;
use tempfile::TempDir;

const LABS: [&str; 2] = ["page_table", "tlb"];

/// A class's folder.
struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, content) in files {
            let path = place.0.path().join("class").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        place
    }

    fn read(&self) -> Result<Download, ClassError> {
        Download::read(&self.0.path().join("class"), &LABS)
    }

    /// The same files as an archive of the whole class, below a folder of this name or at its top.
    fn zipped(&self, files: &[(&str, &str)], below: &str) -> PathBuf {
        let path = self.0.path().join("class.zip");
        let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, content) in files {
            writer.start_file(format!("{below}{name}"), zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        path
    }
}

/// Each hand-in: whose it is, and the labs that are in it with their content; or the words of the refusal.
fn summary(download: &Download) -> Vec<String> {
    let summary = |hand_in: &HandIn| {
        let Who { id, name, email } = &hand_in.who;
        let files = match hand_in.read(&LABS, &[]) {
            Err(error) => {
                format!("refused: {}", error.to_string().replace(std::env::temp_dir().to_str().unwrap(), ""))
            }
            Ok(submission) => submission
                .files
                .iter()
                .map(|(lab, file)| match file {
                    LabFile::Source(bytes) => format!("{lab}={}", String::from_utf8_lossy(bytes)),
                    LabFile::Rejected(reason) => format!("{lab}: {reason}"),
                })
                .collect::<Vec<_>>()
                .join(" "),
        };
        let at = hand_in.submitted_at.map(|at| at.to_string()).unwrap_or_default();
        format!("{id}|{name}|{email}|{at}|{files}|{}", hand_in.notes.join("; "))
    };
    download.hand_ins.iter().map(summary).collect()
}

/// In a folder, in a zip, and with a folder around either: the same.
fn everywhere(files: &[(&str, &str)], origin: Origin, expected: &[&str], unread: &[&str]) {
    let around = "assignment 7 export/";
    let inside: Vec<(String, &str)> =
        files.iter().map(|(name, content)| (format!("{around}{name}"), *content)).collect();
    let inside: Vec<(&str, &str)> = inside.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let (flat, wrapped) = (Place::new(files), Place::new(&inside));
    let zips = [flat.zipped(files, ""), wrapped.zipped(files, around)];
    let folders = [flat.read().unwrap(), wrapped.read().unwrap()];
    let zips = zips.map(|path| Download::read(&path, &LABS).unwrap());
    for download in folders.iter().chain(&zips) {
        assert_eq!(download.origin, origin);
        assert_eq!(summary(download), expected);
        assert_eq!(download.unread, unread);
    }
}

#[test]
fn folders_and_files_are_named_by_ids() {
    everywhere(
        &[
            ("s01/labs/src/tlb.rs", "a"),
            ("s02/tlb.rs", "b"),
            ("s02/page_table.rs", "c"),
            ("notes.csv", "id"),
            (".DS_Store", ""),
        ],
        Origin::Plain,
        &["s01||||tlb=a|", "s02||||page_table=c tlb=b|"],
        &["notes.csv"],
    );
}

#[test]
fn canvas_renames_files() {
    everywhere(
        &[
            ("doejane_12345_67890_page_table.rs", "a"),
            ("doejane_12345_67891_tlb-1.rs", "old"),
            ("doejane_12345_67895_tlb-2.rs", "new"),
            ("bobs_LATE_777_67892_tlb.rs", "b"),
            ("index.html", "x"),
        ],
        Origin::Canvas,
        &[
            "777|bobs|||tlb=b|Canvas marked it LATE",
            "12345|doejane|||page_table=a tlb=new|older versions, not read: doejane_12345_67891_tlb-1.rs",
        ],
        &["index.html"],
    );
}

#[test]
fn moodle_makes_a_folder_for_each_participant() {
    everywhere(
        &[
            ("Jane Doe_123456_assignsubmission_file_/tlb.rs", "a"),
            ("Bo_van_Berg_77_assignsubmission_file/labs/src/page_table.rs", "b"),
            ("Bo_van_Berg_77_assignsubmission_onlinetext_/onlinetext.html", "c"),
        ],
        Origin::Moodle,
        &["77|Bo_van_Berg|||page_table=b|", "123456|Jane Doe|||tlb=a|"],
        &["Bo_van_Berg_77_assignsubmission_onlinetext_"],
    );
}

#[test]
fn moodle_without_folders_puts_the_participant_before_the_file() {
    everywhere(
        &[
            ("Jane Doe_123456_assignsubmission_file_tlb.rs", "a"),
            ("Jane Doe_123456_assignsubmission_file_page_table.rs", "b"),
        ],
        Origin::Moodle,
        &["123456|Jane Doe|||page_table=b tlb=a|"],
        &[],
    );
}

const METADATA: &str = "---
submission_98765:
  :submitters:
  - :name: Jane Doe
    :sid: '007'
    :email: jane@x.edu
  - :name: Bo
    :sid: 12
    :email: bo@x.edu
  :created_at: 2026-10-05 12:00:00.123456000 Z
  :score: 10.0
  :results:
    tests: []
submission_98766:
  :submitters:
  - :name: Guest
    :sid:
    :email: guest@x.edu
  :created_at: 2026-10-05 14:00:00 +0200
";

#[test]
fn gradescope_says_whose_it_is_and_when_it_came() {
    everywhere(
        &[
            ("submission_metadata.yml", METADATA),
            ("submission_98765/tlb.rs", "a"),
            ("submission_98766/labs/src/tlb.rs", "b"),
            ("submission_1/tlb.rs", "c"),
        ],
        Origin::Gradescope,
        &[
            "007|Jane Doe|jane@x.edu|2026-10-05T12:00:00.123456Z|tlb=a|",
            "12|Bo|bo@x.edu|2026-10-05T12:00:00.123456Z|tlb=a|",
            "|Guest|guest@x.edu|2026-10-05T12:00:00Z|tlb=b|",
        ],
        &["submission_1"],
    );
}

#[test]
fn a_time_without_zone_is_no_time_of_submission() {
    let metadata = METADATA.replace(" Z", "");
    let place = Place::new(&[("submission_metadata.yml", &metadata), ("submission_98765/tlb.rs", "a")]);
    let error = place.read().unwrap_err().to_string();
    assert!(error.contains("`:created_at: 2026-10-05 12:00:00.123456000` is no time"), "{error}");
    let place = Place::new(&[("submission_metadata.yml", "- a list"), ("submission_98765/tlb.rs", "a")]);
    let error = place.read().unwrap_err().to_string();
    assert!(error.contains("not the metadata of a Gradescope export"), "{error}");
}

#[test]
fn an_archive_may_lie_in_a_students_folder_or_in_the_archive_of_the_class() {
    let inner = Place::new(&[]);
    let archive = inner.zipped(&[("labs/src/tlb.rs", "a")], "mine/");
    let place = Place::new(&[("s02.rs", "no lab")]);
    for name in ["s01.zip", "Jane Doe.zip"] {
        std::fs::copy(&archive, place.0.path().join("class").join(name)).unwrap();
    }
    let download = place.read().unwrap();
    assert_eq!(summary(&download)[..2], ["Jane Doe||||tlb=a|", "s01||||tlb=a|"]);

    let place = Place::new(&[("Jane Doe_1_assignsubmission_file_/note.txt", "x")]);
    std::fs::copy(&archive, place.0.path().join("class/Jane Doe_1_assignsubmission_file_/my labs.zip"))
        .unwrap();
    assert_eq!(summary(&place.read().unwrap()), ["1|Jane Doe|||tlb=a|"]);

    let place = Place::new(&[("doejane_12_34_note.txt", "x")]);
    std::fs::copy(&archive, place.0.path().join("class/doejane_12_35_labs-1.zip")).unwrap();
    assert_eq!(summary(&place.read().unwrap()), ["12|doejane|||tlb=a|"]);

    let path = place.0.path().join("class.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    writer.start_file("doejane_12_35_labs.zip", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(&std::fs::read(&archive).unwrap()).unwrap();
    writer.finish().unwrap();
    assert_eq!(summary(&Download::read(&path, &LABS).unwrap()), ["12|doejane|||tlb=a|"]);
}

#[test]
fn one_students_folder_is_no_class_of_its_own() {
    let place = Place::new(&[("s01/labs/src/tlb.rs", "a"), ("s01/labs/Cargo.toml", "")]);
    assert_eq!(summary(&place.read().unwrap()), ["s01||||tlb=a|"]);
    let place = Place::new(&[("s01/tlb.rs", "a"), ("s01/page_table.rs", "b")]);
    assert_eq!(summary(&place.read().unwrap()), ["s01||||page_table=b tlb=a|"]);
}

#[cfg(unix)]
#[test]
fn a_link_among_the_submissions_is_not_followed() {
    let place = Place::new(&[("s01/tlb.rs", "a")]);
    std::os::unix::fs::symlink("/etc", place.0.path().join("class/s02.zip")).unwrap();
    let found = summary(&place.read().unwrap());
    assert!(found[1].contains("refused: s02.zip is neither a file nor a folder; links are not followed, so put the work itself there"), "{found:?}");
}

#[test]
fn a_folder_without_submissions_is_refused() {
    let place = Place::new(&[("roster.csv", "id"), ("a.txt", ""), ("b.txt", ""), ("c.txt", "")]);
    let error = place.read().unwrap_err().to_string();
    assert!(error.contains("holds no submissions; saw a.txt, b.txt, c.txt, and 1 more"), "{error}");
    let error = Download::read(&place.0.path().join("nowhere"), &LABS).unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains("nowhere"), "{error}");
    let error = Download::read(&place.0.path().join("class/roster.csv"), &LABS).unwrap_err().to_string();
    assert!(error.contains("roster.csv is a text file; expected a folder"), "{error}");
}
