//! Reports of one made-up class, pinned; some of its students are hostile.

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;
use rstest::rstest;
use tempfile::TempDir;

use super::csv::Table;
use super::*;
use crate::course::policy::Lateness;
use crate::gradebook::LabEntry;
use crate::intake::LabFile;
use crate::layout::Layout;
use crate::report::sample::{item, lab};
use crate::verdict::{Diagnosis, Difference, Kind, LabReport, LabVerdict, Verdict};

mod rosters;

const COURSE: &str = "
title: Virtual memory labs
deadline: 2026-10-01T23:59:00+02:00
late: { percent_per_day: 10, cap_percent: 50, grace_days: 1 }
labs:
  - lab: page_table
    title: One table, one level
    chapter: page_table.md
    types: [LinearPageTable]
    criteria:
      - { name: Splits an address, step: 1, points: 40, cases: ['split::*'], scenarios: [last-byte] }
      - { name: Maps pages, step: 2, points: 60, scenarios: [two-pages] }
  - lab: tlb
    title: The cache that makes it bearable
    chapter: tlb.md
    types: [SetAssociativeTlb]
    criteria:
      - { name: Hits and misses, step: 1, points: 100, scenarios: [hit] }
";

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

/// A class of seven in a scratch folder.
struct Class {
    root: TempDir,
    course: Course,
}

impl Class {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["fixtures", "labs/src"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("fixtures/course.yaml"), COURSE).unwrap();
        let course = Course::parse("course.yaml", COURSE.to_owned()).unwrap();
        let class = Self { root, course };
        class.fill();
        class
    }

    fn fill(&self) {
        let mut gradebook = Gradebook::open_to_write(&self.path("class.gradebook"), "a test").unwrap();
        let labs = self.course.lab_names().into_iter().map(str::to_owned).collect();
        let created = "2026-10-05T12:00:00Z".parse().unwrap();
        let title = self.course.title.clone();
        let meta = Meta { title, seed: 987_654, course: "c1".to_owned(), labs, shard: None, created };
        gradebook.set_meta(&meta).unwrap();
        for (id, name) in
            [("ann", "Ann Arbor"), ("bob", HOSTILE), ("eve", "=HYPERLINK(\"x\")"), ("../up", "")]
        {
            gradebook.enrol(&[student(id, name)], &[]).unwrap();
        }
        // Nothing comes of these two.
        gradebook.enrol(&[student("late", "Lata Late"), student("zoe", "Zoe")], &[waiting("late")]).unwrap();
        let refused = State::Refused("the archive is damaged".to_owned());
        gradebook.enrol(&[student("rex", "Rex")], &[]).unwrap();
        gradebook.record(&Entry { state: refused, ..waiting("rex") }, &BTreeMap::new()).unwrap();

        let course = &self.course;
        gradebook
            .record(&entry("ann", vec![passed(course), tlb(course, Verdict::Passed)]), &copied("a"))
            .unwrap();
        gradebook
            .record(&entry("bob", vec![begun(course), tlb(course, Verdict::Passed)]), &copied("b"))
            .unwrap();
        gradebook.record(&entry("eve", vec![begun(course), broken(course)]), &BTreeMap::new()).unwrap();
        let mut late = entry("../up", vec![passed(course), tlb(course, Verdict::NotStarted)]);
        let due = Some("2026-10-01T21:59:00Z".parse().unwrap());
        late.labs[0].lateness = Lateness { due, days: 3, excused: 1, percent: 20.0 };
        late.labs[1].lateness = late.labs[0].lateness.clone();
        late.notes.push(format!("not read: {HOSTILE}.txt"));
        late.notes.push("not on the roster".to_owned());
        late.flags.push("review: lifetime trick in tlb.rs:41".to_owned());
        gradebook.record(&late, &BTreeMap::new()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn gradebook(&self) -> Gradebook {
        Gradebook::open(&self.path("class.gradebook")).unwrap()
    }

    fn table(&self, table: Table, column: Option<&str>) -> String {
        let gradebook = self.gradebook();
        let source = Source::new(&gradebook, &self.course, &[]).unwrap();
        csv::render(&source, table, column).unwrap()
    }

    /// Writes the pages, and reads one.
    fn page(&self, name: &str) -> String {
        let gradebook = self.gradebook();
        let source = Source::new(&gradebook, &self.course, &[]).unwrap();
        let layout = Layout::at(self.root.path()).unwrap();
        html::write_all(&source, &layout, &self.path("report")).unwrap();
        fs::read_to_string(self.path("report").join(name)).unwrap()
    }

    /// Writes the texts for students, and reads one.
    fn feedback(&self, name: &str) -> String {
        let gradebook = self.gradebook();
        let source = Source::new(&gradebook, &self.course, &[]).unwrap();
        assert_eq!(feedback::write_all(&source, &self.path("feedback")).unwrap(), 6);
        fs::read_to_string(self.path("feedback").join(name)).unwrap()
    }
}

fn student(id: &str, name: &str) -> Student {
    let mut columns = BTreeMap::new();
    if id == "ann" {
        let canvas = [
            ("Student", "Arbor, Ann"),
            ("ID", "77"),
            ("SIS User ID", "ann"),
            ("SIS Login ID", "ann7"),
            ("Section", "A"),
        ];
        let moodle = [
            ("Identifier", "Participant 5"),
            ("Maximum Grade", "100,00"),
            ("Status", "Submitted for grading"),
        ];
        columns
            .extend(canvas.into_iter().chain(moodle).map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    if id == "zoe" {
        columns.insert("Labs (12)".to_owned(), "EX".to_owned());
    }
    Student {
        id: id.to_owned(),
        name: name.to_owned(),
        email: format!("{id}@example.edu"),
        section: "A".to_owned(),
        on_roster: id != "eve",
        columns,
    }
}

fn waiting(id: &str) -> Entry {
    Entry {
        student: id.to_owned(),
        name: format!("{id}.zip"),
        state: State::Waiting,
        digest: String::new(),
        submitted_at: None,
        sandbox: String::new(),
        notes: Vec::new(),
        flags: Vec::new(),
        is_final: false,
        labs: Vec::new(),
    }
}

fn entry(id: &str, labs: Vec<LabReport>) -> Entry {
    let lab = |report| LabEntry { report, lateness: Lateness::default(), judged_by: String::new() };
    let at: Timestamp = "2026-10-04T11:00:00Z".parse().unwrap();
    Entry {
        state: State::Graded,
        submitted_at: Some(at),
        sandbox: "full".to_owned(),
        is_final: true,
        labs: labs.into_iter().map(lab).collect(),
        ..waiting(id)
    }
}

fn passed(course: &Course) -> LabReport {
    page_table(course, Verdict::Passed)
}

fn begun(course: &Course) -> LabReport {
    let mut report = page_table(course, Verdict::Wrong);
    report.diagnosis = vec![wrong_of_a_known_kind("What stands in the entry before you write it?")];
    report.cases[1].difference = Some(Difference {
        title: format!("Two pages {HOSTILE}"),
        steps: vec!["step 2: user read at 0x3010".to_owned()],
        expected: "  result: PA:0x5010".to_owned(),
        actual: format!("  note: ```</pre>{HOSTILE}\u{1b}[31m"),
    });
    report
}

fn wrong_of_a_known_kind(question: &str) -> Diagnosis {
    Diagnosis { mistake: "map_replaces".to_owned(), question: question.to_owned(), sure: 0.9 }
}

fn page_table(course: &Course, verdict: Verdict) -> LabReport {
    let mut hidden = item("old-secret-name", Kind::Hidden, "Maps pages", verdict);
    hidden.message = "secret message".to_owned();
    let cases = vec![
        item("split::case_1_zero", Kind::Case, "Splits an address", Verdict::Passed),
        item("two-pages", Kind::Scenario, "Maps pages", verdict),
        hidden,
        item("random-maps#1", Kind::Hidden, "Maps pages", Verdict::Passed),
    ];
    lab(course, "page_table", cases)
}

fn tlb(course: &Course, verdict: Verdict) -> LabReport {
    lab(course, "tlb", vec![item("hit", Kind::Scenario, "Hits and misses", verdict)])
}

fn broken(course: &Course) -> LabReport {
    LabReport {
        verdict: LabVerdict::DoesNotCompile,
        score: 0.0,
        diagnostics: format!("error: expected `;`, found `{HOSTILE}`\n --> labs/src/tlb.rs:3:20\n"),
        criteria: crate::score::unjudged(course.lab("tlb").unwrap()),
        ..lab(course, "tlb", Vec::new())
    }
}

/// The same code under other names.
fn copied(prefix: &str) -> BTreeMap<String, LabFile> {
    let function = |number: usize| {
        format!(
            "fn {prefix}{number}(x: u64) -> u64 {{\n    let {prefix}y = x + {number};\n    \
             if {prefix}y > {number} {{ return helper({prefix}y * 2, [x; {number}]) }}\n    \
             match x {{ 0 => {number}, {prefix}z => {prefix}z - 1 }}\n}}\n"
        )
    };
    let text: String = (1..8).map(function).collect();
    BTreeMap::from([("tlb".to_owned(), LabFile::Source(text.into_bytes()))])
}

#[test]
fn a_table_for_canvas() {
    insta::assert_snapshot!("canvas", Class::new().table(Table::Canvas, Some("Labs (12)")));
}

#[test]
fn a_table_for_moodle() {
    insta::assert_snapshot!("moodle", Class::new().table(Table::Moodle, None));
}

#[test]
fn a_table_of_all_items() {
    insta::assert_snapshot!("cases", Class::new().table(Table::Cases, None));
}

#[rstest]
#[case::canvas(Table::Canvas)]
#[case::moodle(Table::Moodle)]
#[case::cases(Table::Cases)]
fn no_cell_makes_a_spreadsheet_compute(#[case] table: Table) {
    let text = Class::new().table(table, Some("=1+1"));
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut cells = 0;
    for row in reader.records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            cells += 1;
        }
    }
    assert!(cells > 20, "{text}");
}

#[test]
fn the_page_of_the_class() {
    insta::assert_snapshot!("index", Class::new().page("index.html"));
}

#[test]
fn the_page_of_a_student() {
    insta::assert_snapshot!("student", Class::new().page("students/bob.html"));
}

#[test]
fn pages_ask_for_nothing_and_run_no_foreign_script() {
    let class = Class::new();
    for name in ["index.html", "students/bob.html", "students/eve.html"] {
        let page = class.page(name);
        assert!(!page.contains("<script>alert"), "{name}");
        assert!(!page.contains("</pre>&lt;script") && !page.contains('\u{1b}'), "{name}");
        assert!(page.contains("default-src 'none'"), "{name}");
        for outside in ["http://", "https://", "url(", "@import"] {
            assert!(!page.contains(outside), "{name} holds {outside}");
        }
    }
    let page = class.page("students/bob.html");
    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
}

#[test]
fn the_page_lists_pairs_to_look_at_and_nobody_else() {
    let page = Class::new().page("index.html");
    let section = page.split("id=\"similar\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(section.contains("<td>ann</td><td>bob</td>"), "{section}");
    assert!(section.contains("no verdict"), "{section}");
    assert!(!section.contains("<td>eve</td>"), "{section}");
}

#[rstest]
#[case::begun("bob.md", "feedback_begun")]
#[case::late("_up_ccd99f875b.md", "feedback_late")]
#[case::does_not_compile("eve.md", "feedback_does_not_compile")]
#[case::refused("rex.md", "feedback_refused")]
fn a_text_for_a_student(#[case] file: &str, #[case] name: &str) {
    insta::assert_snapshot!(name, Class::new().feedback(file));
}

#[test]
fn feedback_holds_nothing_of_hidden_scenarios_but_how_many_pass() {
    let class = Class::new();
    class.feedback("bob.md");
    let mut files = 0;
    for file in fs::read_dir(class.path("feedback")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for secret in ["secret", "random-maps", "987654", "lifetime trick"] {
            assert!(!text.contains(secret), "{secret} in\n{text}");
        }
        files += 1;
    }
    assert_eq!(files, 6);
}

#[test]
fn one_lab_alone_has_its_own_points() {
    let class = Class::new();
    let gradebook = class.gradebook();
    let source = Source::new(&gradebook, &class.course, &["tlb".to_owned()]).unwrap();
    let table = csv::render(&source, Table::Canvas, Some("TLB (13)")).unwrap();
    assert!(table.contains("    Points Possible,,,,,100.00"), "{table}");
    assert!(table.contains("\"Arbor, Ann\",77,ann,ann7,A,100.00"), "{table}");
}

#[test]
fn a_gradebook_of_another_course_is_told_by_its_lab() {
    let class = Class::new();
    let gradebook = class.gradebook();
    let other = COURSE.replace("lab: tlb", "lab: mmu");
    let other = Course::parse("course.yaml", other).unwrap();
    let error = Source::new(&gradebook, &other, &[]).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"the gradebook has the lab tlb, which this course has not: was it made with another course?");
}
