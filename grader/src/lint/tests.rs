//! Lint on a made-up course in a scratch folder; the reference is a stand-in that plays everything at once.

use std::collections::BTreeMap;
use std::fs;

use super::*;

const COURSE: &str = "
title: Virtual memory labs
labs:
  - lab: page_table
    title: One table, one level
    chapter: page_table.md
    types: [LinearPageTable]
    criteria:
      - name: Splits an address
        step: 1
        points: 40
        cases: ['split::*']
        hints: [a, b, c]
      - name: Maps pages
        step: 2
        points: 60
        scenarios: [two-pages]
        hints: [a, b, c]
";

const SOLUTION: &str = "\
// begin solution (step 1): todo!(\"step 1: a\")
// end solution
// begin solution (step 2): todo!(\"step 2: b\")
// end solution
";

const SNAPSHOT: &str = "---\nsource: labs/tests/page_table.rs\nexpression: trace\n---\ntitle: t\nend\n";

const MISTAKES: &str = "\
labs:
- lab: page_table
  mistakes:
  - name: forgets
    question: does it
    signature:
      two-pages: 'step 1: nothing more'
";

/// A reference that plays every scenario with the same trace.
struct StandIn {
    cases: Vec<String>,
    cpu: Duration,
    misfit: Option<String>,
}

impl Reference for StandIn {
    fn case_names(&mut self, _: &Lab) -> Result<Vec<String>, Fault> {
        Ok(self.cases.clone())
    }

    fn misfit(&mut self, _: &Lab) -> Result<Option<String>, Fault> {
        Ok(self.misfit.clone())
    }

    fn play(&mut self, _: &Lab, _: &str, _: &str) -> Result<Played, Fault> {
        Ok(Played { compared: "title: t\nend\n".to_owned(), cpu: self.cpu })
    }
}

/// A scenario of the lab, from its own generator.
fn scenario(seed: u64) -> String {
    let spec = testbench::lab::find("page_table").unwrap();
    (spec.generators[0].generate)(seed)
}

/// The files of a course without a fault.
fn good() -> BTreeMap<&'static str, String> {
    let known = "mistake: forgets\nquestion: does it\nloses: [Maps pages]\nkeeps: [Splits an address]\n";
    BTreeMap::from([
        ("fixtures/course.yaml", COURSE.to_owned()),
        ("fixtures/mistakes.yaml", MISTAKES.to_owned()),
        ("fixtures/scenarios/page_table/two-pages.yaml", scenario(1)),
        ("fixtures/socket/plugs/page_table.rs", String::new()),
        ("fixtures/submissions/page_table/forgets.rs", String::new()),
        ("fixtures/submissions/page_table/forgets.yaml", known.to_owned()),
        ("fixtures/testbench/probes/page_table.rs", String::new()),
        ("labs/src/lib.rs", "pub mod page_table;\n".to_owned()),
        ("labs/src/page_table.rs", String::new()),
        ("labs/tests/page_table.cases", "split::zero\n".to_owned()),
        ("labs/tests/page_table.rs", String::new()),
        ("labs/tests/snapshots/page_table__two-pages.snap", SNAPSHOT.to_owned()),
        ("solutions/src/lib.rs", "pub mod page_table;\n".to_owned()),
        ("solutions/src/page_table.rs", SOLUTION.to_owned()),
    ])
}

fn linted(files: &BTreeMap<&'static str, String>, reference: &mut StandIn) -> String {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let layout = Layout::at(root.path()).unwrap();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let findings = run(&layout, &course, reference);
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

fn stand_in() -> StandIn {
    StandIn { cases: vec!["split::zero".to_owned()], cpu: Duration::from_millis(2), misfit: None }
}

#[test]
fn a_course_without_a_fault_is_silent() {
    assert_eq!(linted(&good(), &mut stand_in()), "");
}

#[test]
fn every_fault_of_the_course_file_is_told_at_once() {
    let mut files = good();
    let course = COURSE
        .replace("points: 60", "points: 50")
        .replace("step: 2", "step: 3")
        .replace("'split::*'", "'split::*', 'join::*'")
        .replace(
            "[two-pages]\n        hints: [a, b, c]",
            "[two-pages, three]\n        generated: { wild: 3 }",
        )
        .replace("chapter: page_table.md", "chapter: pages.md");
    files.insert("fixtures/course.yaml", course);
    files.insert("book/src/page_table.md", String::new());
    insta::assert_snapshot!("course_file", linted(&files, &mut stand_in()));
}

#[test]
fn a_known_mistake_without_its_signature_is_told() {
    let mut files = good();
    files.insert("fixtures/mistakes.yaml", MISTAKES.replace("forgets", "forgot"));
    insta::assert_snapshot!(linted(&files, &mut stand_in()), @r"
    fixtures/mistakes.yaml: page_table/forgets is not in it: run `grader mistakes --lab page_table`
    fixtures/mistakes.yaml: page_table/forgot is in it, and no known-wrong submission: run `grader mistakes --lab page_table`
    ");
}

#[test]
fn a_change_of_what_is_given_is_a_problem_of_the_lab_and_work_in_it_a_note() {
    let mut files = good();
    let solution = SOLUTION.replacen("// begin", "/// Adds.\n// begin", 1);
    files.insert("solutions/src/page_table.rs", solution);
    files.insert("labs/src/page_table.rs", "/// Adds.\nmy_own()\n".to_owned());
    let note = "labs/src/page_table.rs: note: there is work in it; students receive what solutions/src/page_table.rs makes\n";
    assert_eq!(linted(&files, &mut stand_in()), note);
    let mended = "/// Adds, and wraps.\ntodo!(\"step 1: a\")\ntodo!(\"step 2: b\")\n";
    files.insert("labs/src/page_table.rs", mended.to_owned());
    let problem = "labs/src/page_table.rs:1: line 1 of solutions/src/page_table.rs, \"/// Adds.\", is not in it, and it is made \
                   from that file: after a change there run grader skeleton; a change made here belongs there, no student gets it\n";
    assert_eq!(linted(&files, &mut stand_in()), problem);
}

#[test]
fn every_fault_of_a_file_is_told_at_once() {
    let mut files = good();
    files.remove("fixtures/testbench/probes/page_table.rs");
    files.insert("fixtures/scenarios/page_table/practice.yaml", scenario(2));
    files.insert("fixtures/submissions/page_table/lonely.rs", String::new());
    let known = "mistake: forgets\nquestion: does it\nloses: [Maps pages, Sings]\nkeeps: [Maps pages]\n";
    files.insert("fixtures/submissions/page_table/forgets.yaml", known.to_owned());
    files.insert("labs/src/lib.rs", String::new());
    files.insert("labs/tests/page_table.cases", "split::one\n".to_owned());
    files.insert("labs/tests/snapshots/page_table__two-pages.snap", SNAPSHOT.replace("end", "step 1: x"));
    files.insert("solutions/hidden/page_table/wild.yaml", "title: x\nsteps: []\n".to_owned());
    files.insert("solutions/hidden/page_table/lost.yaml", scenario(3));
    files.insert("solutions/src/page_table.rs", SOLUTION.replace("// end solution", ""));
    let mut reference = stand_in();
    reference.cases.push("join::first".to_owned());
    reference.cpu = Duration::from_millis(80);
    reference.misfit = Some("error: no `Entry`".to_owned());
    insta::assert_snapshot!("other_files", linted(&files, &mut reference));
}
