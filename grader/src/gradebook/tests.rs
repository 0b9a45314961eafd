use super::*;
use crate::course::policy::Lateness;
use crate::intake::LabFile;
use crate::verdict::{CaseResult, Kind, LabReport, LabVerdict, Verdict};
use std::collections::BTreeMap;

fn meta(shard: Option<&str>) -> Meta {
    Meta {
        title: "Virtual memory labs".to_owned(),
        seed: 7,
        course: "c1".to_owned(),
        labs: vec!["page_table".to_owned(), "tlb".to_owned()],
        shard: shard.map(|text| text.parse().unwrap()),
        created: "2026-10-05T12:00:00Z".parse().unwrap(),
    }
}

fn student(id: &str) -> Student {
    Student {
        id: id.to_owned(),
        name: format!("Student {id}"),
        email: format!("{id}@example.edu"),
        section: "A".to_owned(),
        on_roster: true,
        columns: BTreeMap::from([("SIS User ID".to_owned(), id.to_owned())]),
    }
}

fn lab(name: &str, score: f64) -> LabEntry {
    let case = CaseResult {
        name: "random-maps#1".to_owned(),
        kind: Kind::Hidden,
        criterion: "Maps".to_owned(),
        verdict: Verdict::Wrong,
        duration_ms: 12,
        message: "a hidden scenario".to_owned(),
        difference: None,
    };
    LabEntry {
        report: LabReport {
            lab: name.to_owned(),
            verdict: LabVerdict::Partial,
            score,
            max_score: 100.0,
            compile_ms: 45,
            diagnostics: String::new(),
            criteria: Vec::new(),
            cases: vec![case],
            diagnosis: Vec::new(),
        },
        lateness: Lateness {
            due: Some("2026-10-04T12:00:00Z".parse().unwrap()),
            days: 2,
            excused: 1,
            percent: 10.0,
        },
        judged_by: format!("{name}-{score}"),
    }
}

fn entry(id: &str, score: f64) -> Entry {
    Entry {
        student: id.to_owned(),
        name: format!("{id}.zip"),
        state: State::Graded,
        digest: format!("d-{id}-{score}"),
        submitted_at: Some("2026-10-05T11:00:00Z".parse().unwrap()),
        sandbox: "full".to_owned(),
        notes: vec!["not read: notes.txt".to_owned()],
        flags: vec!["review: lifetime trick in tlb.rs:41".to_owned()],
        is_final: true,
        labs: vec![lab("tlb", score), lab("page_table", 50.0)],
    }
}

fn files() -> BTreeMap<String, LabFile> {
    BTreeMap::from([
        ("tlb".to_owned(), LabFile::Source(b"fn f() {}".to_vec())),
        ("page_table".to_owned(), LabFile::Rejected("it is a symbolic link, not a file".to_owned())),
    ])
}

struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A gradebook with the submissions of `ids`.
    fn filled(&self, name: &str, meta: &Meta, ids: &[&str]) -> PathBuf {
        let path = self.path(name);
        let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
        gradebook.set_meta(meta).unwrap();
        for id in ids {
            gradebook.enrol(&[student(id)], &[]).unwrap();
            gradebook.record(&entry(id, 80.0), &files()).unwrap();
        }
        path
    }
}

fn dump(path: &Path) -> String {
    let mut text = String::new();
    let gradebook = Gradebook::open(path).unwrap();
    gradebook
        .dump(|piece| {
            text.push_str(piece);
            Ok::<_, GradebookError>(())
        })
        .unwrap();
    text
}

#[test]
fn what_was_recorded_comes_back() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(Some("2/3")), &["s1"]);
    let gradebook = Gradebook::open(&path).unwrap();
    assert_eq!(gradebook.meta().unwrap(), meta(Some("2/3")));
    assert_eq!(gradebook.students().unwrap(), [student("s1")]);
    assert_eq!(gradebook.entry("s1").unwrap(), Some(entry("s1", 80.0)));
    assert_eq!(gradebook.files("s1").unwrap(), files());
    assert_eq!(gradebook.entry("s2").unwrap(), None);
    let judged = gradebook.judged_by("tlb-80").unwrap().unwrap();
    assert_eq!((judged.score, judged.compile_ms), (80.0, 0), "times belong to the first run alone");
    assert_eq!(gradebook.judged_by("tlb-81").unwrap(), None);
    let report = gradebook.entry("s1").unwrap().unwrap().report(&gradebook.meta().unwrap());
    assert_eq!((report.score, report.max_score, report.seed), (130.0, 200.0, 7));
    assert_eq!(entry("s1", 80.0).score(), 117.0, "one day costs 10 %");
}

#[test]
fn a_submission_is_replaced_whole() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(None), &["s1"]);
    let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
    let refused = Entry {
        state: State::Refused("it is damaged".to_owned()),
        labs: Vec::new(),
        submitted_at: None,
        ..entry("s1", 0.0)
    };
    gradebook.record(&refused, &BTreeMap::new()).unwrap();
    assert_eq!(gradebook.entry("s1").unwrap(), Some(refused));
    assert_eq!(gradebook.files("s1").unwrap(), BTreeMap::new());
}

#[test]
fn a_record_that_fails_changes_nothing() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(None), &["s1"]);
    let before = dump(&path);
    let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
    // Nobody of that id is enrolled.
    let error = gradebook.record(&entry("s9", 10.0), &files()).unwrap_err();
    assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
    assert_eq!(dump(&path), before);
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(None), &["s1"]);
    let before = dump(&path);
    let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
    let pages: i64 = gradebook.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    gradebook.connection.pragma_update(None, "max_page_count", pages).unwrap();
    gradebook.enrol(&[student("s2")], &[]).unwrap();
    let files = BTreeMap::from([("tlb".to_owned(), LabFile::Source(vec![b'x'; 200_000]))]);
    let error = gradebook.record(&entry("s2", 10.0), &files).unwrap_err();
    assert!(matches!(error, GradebookError::Full { .. }), "{error}");
    assert_eq!(gradebook.entry("s2").unwrap(), None);
    assert!(dump(&path).starts_with(&before));
}

#[test]
fn the_times_of_a_run_are_not_in_the_dump() {
    let scratch = Scratch::new();
    let slow = scratch.filled("slow", &meta(None), &["s1"]);
    let quick = scratch.filled("quick", &meta(None), &["s1"]);
    let mut gradebook = Gradebook::open_to_write(&quick, "a test").unwrap();
    let mut entry = entry("s1", 80.0);
    entry.labs[0].report.compile_ms = 1;
    entry.labs[0].report.cases[0].duration_ms = 1;
    gradebook.record(&entry, &files()).unwrap();
    drop(gradebook);
    assert_eq!(dump(&slow), dump(&quick));
    insta::assert_snapshot!(dump(&slow));
}

/// As the first schema left it: without the table of times.
fn old_gradebook(scratch: &Scratch) -> PathBuf {
    let path = scratch.filled("old", &meta(None), &["s1", "s2"]);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("DROP TABLE timings; PRAGMA user_version = 1;").unwrap();
    path
}

#[test]
fn an_older_gradebook_is_migrated_when_it_is_written() {
    let scratch = Scratch::new();
    let path = old_gradebook(&scratch);
    let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
    assert_eq!(schema::version(&gradebook.connection).unwrap(), SCHEMA_VERSION);
    let mut expected = entry("s1", 80.0);
    for lab in &mut expected.labs {
        lab.report.compile_ms = 0;
        lab.report.cases[0].duration_ms = 0;
    }
    assert_eq!(gradebook.entry("s1").unwrap(), Some(expected));
    gradebook.record(&entry("s1", 90.0), &files()).unwrap();
    assert_eq!(gradebook.entry("s1").unwrap(), Some(entry("s1", 90.0)));
}

#[test]
fn an_older_gradebook_is_read_and_left_as_it_is() {
    let scratch = Scratch::new();
    let path = old_gradebook(&scratch);
    let before = fs::read(&path).unwrap();
    assert_eq!(Gradebook::open(&path).unwrap().students().unwrap().len(), 2);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn the_steps_lead_from_the_first_schema_to_the_same_tables() {
    let tables = |connection: &Connection| -> Vec<String> {
        let mut statement = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
        statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap().flatten().flatten().collect()
    };
    let mut new = Connection::open_in_memory().unwrap();
    schema::migrate(&mut new).unwrap();
    let mut old = Connection::open_in_memory().unwrap();
    old.execute_batch(schema::STEPS[0]).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    schema::migrate(&mut old).unwrap();
    assert_eq!(tables(&new), tables(&old));
    schema::migrate(&mut old).unwrap();
    assert_eq!(schema::version(&old).unwrap(), SCHEMA_VERSION);
}

fn words(result: Result<Gradebook, GradebookError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_is_no_gradebook_is_refused_and_left_alone() {
    let scratch = Scratch::new();
    let newer = scratch.filled("newer", &meta(None), &[]);
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let text = scratch.path("roster.csv");
    fs::write(&text, "id,name\n".repeat(100)).unwrap();
    let other = scratch.path("other");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    for (path, expected) in [
        (&newer, "has schema 99, and this grader knows schemas up to 2"),
        (&text, "roster.csv is not a gradebook"),
        (&other, "a SQLite database of another program"),
    ] {
        let before = fs::read(path).unwrap();
        let (read, written) = (words(Gradebook::open(path)), words(Gradebook::open_to_write(path, "a test")));
        assert!(read.contains(expected) && written.contains(expected), "{read}\n{written}");
        assert_eq!(fs::read(path).unwrap(), before);
    }
    assert!(words(Gradebook::open(&scratch.path("none"))).starts_with("there is no gradebook"));
    assert!(words(Gradebook::open_to_write(scratch.0.path(), "a test")).contains("it is a folder"));
    let empty = scratch.path("empty");
    fs::write(&empty, "").unwrap();
    assert!(words(Gradebook::open(&empty)).contains("an empty database"));
}

#[test]
fn one_writes_and_others_read_meanwhile() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(None), &["s1"]);
    let mut writer = Gradebook::open_to_write(&path, "grader class monday").unwrap();
    assert!(words(Gradebook::open_to_write(&path, "a test")).contains("grader class monday"));
    let reader = Gradebook::open(&path).unwrap();
    writer.enrol(&[student("s2")], &[]).unwrap();
    assert_eq!(reader.students().unwrap().len(), 2);
}

#[test]
fn a_closed_gradebook_is_one_file() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(None), &["s1"]);
    dump(&path);
    let names: Vec<_> =
        fs::read_dir(scratch.0.path()).unwrap().flatten().map(|each| each.file_name()).collect();
    assert_eq!(names, ["g"]);
}

#[test]
fn shards_become_the_whole() {
    let scratch = Scratch::new();
    let one = scratch.filled("one", &meta(Some("1/2")), &["s1", "s3"]);
    let two = scratch.filled("two", &meta(Some("2/2")), &["s2"]);
    let whole = scratch.filled("whole", &meta(None), &["s1", "s2", "s3"]);
    let merged = scratch.path("merged");
    assert_eq!(merge(&merged, &[&two, &one]).unwrap(), Merged { students: 3, submissions: 3 });
    assert_eq!(dump(&merged), dump(&whole));
    let error = merge(&merged, &[&one, &two]).unwrap_err().to_string();
    assert!(error.contains("it exists already"), "{error}");
}

#[test]
fn sections_with_one_roster_become_the_whole() {
    let scratch = Scratch::new();
    let one = scratch.filled("one", &meta(None), &["s1"]);
    let two = scratch.filled("two", &meta(None), &["s2"]);
    for path in [&one, &two] {
        let mut gradebook = Gradebook::open_to_write(path, "a test").unwrap();
        gradebook.enrol(&[student("s1"), student("s2"), student("s3")], &[]).unwrap();
    }
    let merged = scratch.path("merged");
    assert_eq!(merge(&merged, &[&one, &two]).unwrap(), Merged { students: 3, submissions: 2 });
    assert_eq!(Gradebook::open(&merged).unwrap().entry("s2").unwrap(), Some(entry("s2", 80.0)));
}

#[test]
fn parts_that_do_not_belong_together_are_refused_by_name() {
    let scratch = Scratch::new();
    let first = scratch.filled("first", &meta(Some("1/2")), &["s1"]);
    let changed = |name: &str, change: fn(&mut Meta)| {
        let mut meta = meta(Some("2/2"));
        change(&mut meta);
        scratch.filled(name, &meta, &["s2"])
    };
    let other_submission = {
        let path = scratch.filled("differs", &meta(Some("2/2")), &["s1"]);
        let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
        gradebook.record(&entry("s1", 10.0), &files()).unwrap();
        path
    };
    let other_name = {
        let path = scratch.filled("renamed", &meta(Some("2/2")), &["s1"]);
        let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
        gradebook.enrol(&[Student { name: "Somebody".to_owned(), ..student("s1") }], &[]).unwrap();
        path
    };
    let waiting = {
        let path = scratch.filled("waits", &meta(Some("2/2")), &["s2"]);
        let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
        gradebook.record(&Entry { state: State::Waiting, ..entry("s2", 1.0) }, &files()).unwrap();
        path
    };
    let cases = [
        (changed("seed", |meta| meta.seed = 8), "their seeds are 7 and 8"),
        (changed("course", |meta| meta.course = "c2".to_owned()), "different states of the course"),
        (changed("labs", |meta| drop(meta.labs.pop())), "they hold the labs page_table, tlb and page_table"),
        (changed("same", |meta| meta.shard = "1/2".parse().ok()), "both are shard 1/2"),
        (changed("count", |meta| meta.shard = "2/3".parse().ok()), "2 shards, the other is 2/3"),
        (changed("all", |meta| meta.shard = None), "the other holds a whole class"),
        (other_submission, "different submissions of the student `s1`"),
        (other_name, "say different things of the student `s1`"),
        (waiting, "still wait for their grade"),
    ];
    for (second, expected) in cases {
        let output = scratch.path("merged");
        let error = merge(&output, &[&first, &second]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        let name = second.file_name().unwrap().to_str().unwrap();
        assert!(error.contains(name), "{error} names {name}");
        assert!(!output.exists());
    }
    let error = merge(&scratch.path("merged"), &[&first]).unwrap_err().to_string();
    assert!(error.contains("the shards 2/2 are not among"), "{error}");
    let left = fs::read_dir(scratch.0.path()).unwrap().flatten();
    let left: Vec<_> = left.filter(|each| each.file_name().to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_regrade_is_all_or_nothing_and_keeps_what_was_handed_in() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(None), &["s1", "s2"]);
    let before = dump(&path);
    let mut gradebook = Gradebook::open_to_write(&path, "a test").unwrap();
    let new_meta = Meta { course: "c2".to_owned(), ..meta(None) };
    let broken = [Ok(entry("s1", 95.0)), Err(gradebook.damaged("cannot be judged"))];
    assert!(gradebook.regrade(&new_meta, broken.into_iter()).is_err());
    assert_eq!(dump(&path), before);
    gradebook.regrade(&new_meta, [Ok(entry("s1", 95.0))].into_iter()).unwrap();
    assert_eq!(gradebook.meta().unwrap().course, "c2");
    assert_eq!(gradebook.entry("s1").unwrap().unwrap().labs, entry("s1", 95.0).labs);
    assert_eq!(gradebook.entry("s2").unwrap(), Some(entry("s2", 80.0)));
    assert_eq!(gradebook.files("s1").unwrap(), files());
}

#[test]
fn who_left_the_roster_stays_only_with_a_submission() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Gradebook::open_to_write(&folder.path().join("g"), "a test").unwrap();
    let student = |id: &str, on_roster| Student { id: id.to_owned(), on_roster, ..Student::default() };
    let all = [student("s1", true), student("s2", true), student("s3", true), student("s4", false)];
    book.enrol(&all, &[]).unwrap();
    book.record(&entry("s2", 80.0), &files()).unwrap();
    book.retire_all_but(&all[..1]).unwrap();
    assert_eq!(book.students().unwrap(), [student("s1", true), student("s2", false), student("s4", false)]);
}

#[test]
fn a_quick_look_at_a_submission_reads_no_labs() {
    let scratch = Scratch::new();
    let path = scratch.filled("g", &meta(None), &["s1"]);
    let book = Gradebook::open(&path).unwrap();
    let whole = book.entry("s1").unwrap().unwrap();
    assert_eq!(whole.labs.len(), 2);
    assert_eq!(book.entry_without_labs("s1").unwrap(), Some(Entry { labs: Vec::new(), ..whole }));
}
