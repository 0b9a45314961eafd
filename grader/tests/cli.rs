//! The program as a user meets it: what it prints where, and how it ends, on small courses in scratch folders.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use tempfile::TempDir;

const COURSE: &str = "
title: Virtual memory labs
labs:
  - lab: page_table
    title: One table, one level
    chapter: page_table.md
    types: [LinearPageTable]
    criteria:
      - { name: Splits an address, step: 1, points: 100, cases: ['split::*'], hints: [which bits?, shift., mask.] }
";

const SOLUTION: &str = "\
pub fn page(va: u64) -> u64 {
    // begin solution (step 1): todo!(\"step 1: find the page of {va:?}\")
    va >> 12
    // end solution
}
";

/// The skeleton of [`SOLUTION`].
const SOLUTION_TO_BE: &str =
    "pub fn page(va: u64) -> u64 {\n    todo!(\"step 1: find the page of {va:?}\")\n}\n";

/// A course with one lab; its crates are not there, so nothing can be built.
fn course() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "fixtures/course.yaml", COURSE);
    write(root.path(), "solutions/src/page_table.rs", SOLUTION);
    write(root.path(), "labs/src/page_table.rs", "");
    root
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn grader(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[rstest]
#[case::unknown_lab(&["--lab", "page-table"], "there is no lab `page-table`", "did you mean `page_table`?")]
#[case::missing_submission(&["handed-in.zip"], "there is no handed-in.zip", "a submission is a folder")]
#[case::lab_where_a_file_belongs(&["page_table"], "there is no file or folder page_table", "grader --lab page_table")]
#[case::misspelt_command(&["lst"], "there is no file or folder lst", "did you mean the command `grader list`?")]
#[case::trace_of_no_scenario(&["trace", "page_table"], "which scenario of page_table?", "grader list page_table")]
#[case::trace_in_one_word(&["trace", "page_table/split"], "page_table has no scenario `split`", "the scenarios are: ")]
#[case::unknown_format(&["--format", "xml"], "invalid value 'xml'", "[possible values: table, json, markdown, gradescope,")]
#[case::options_before_another_command(&["--seed", "3", "list"], "stand before another command", "grader grade")]
#[case::unknown_course(&["--course", "solutions", "list"], "solutions is not a course", "fixtures/course.yaml")]
#[case::solved_without_a_folder(&["skeleton", "--solve-up-to", "1"], "--output <DIR>", "Usage")]
#[case::list_of_an_unknown_lab(&["list", "tlb"], "there is no lab `tlb`", "the labs are: page_table")]
#[case::hint_of_an_unknown_lab(&["hint", "page_tabel"], "there is no lab `page_tabel`", "did you mean `page_table`?")]
#[case::hint_of_an_unknown_criterion(&["hint", "page_table", "Splitz"], "no criterion \"Splitz\"", "\"Splits an address\"")]
#[case::gradescopes_dates_for_another_form(&["--metadata", "m.json"], "--metadata is Gradescope's", "--format gradescope")]
#[case::no_gradescope_metadata(&["--metadata", "m.json", "--format", "gradescope"], "cannot read m.json", "No such file")]
#[case::handout_of_nowhere(&["handout"], "required arguments were not provided", "Usage")]
#[case::update_of_no_folder(&["handout", "--update"], "required arguments were not provided", "Usage")]
#[case::update_of_what_was_not_handed_out(&["handout", "labs", "--update"], "labs is no hand-out", "fixtures/handed_out.txt")]
#[case::update_of_what_is_not_there(&["handout", "../nothere", "--update"], "there is no ../nothere", "a hand-out that was written before")]
#[case::gradebook_in_no_folder(
    &["class", "labs", "--gradebook", "nodir/x"],
    "there is no folder nodir for the gradebook nodir/x",
    "make the folder first"
)]
#[case::class_that_is_a_list(
    &["class", "fixtures/course.yaml", "--gradebook", "g"],
    "fixtures/course.yaml is a text file; expected a folder",
    "behind --roster"
)]
#[case::seed_in_words(&["--seed", "random"], "'random' for '--seed", "expected a whole number from 0 to")]
#[case::step_in_words(
    &["skeleton", "--solve-up-to", "last", "--output", "o"], "'last' for '--solve-up-to", "expected the number of a step")]
#[case::trace_of_a_folder(&["trace", "page_table", "labs"], "labs is a folder; expected a scenario", "name one YAML file")]
#[case::submission_of_another_kind(
    &["fixtures/course.yaml"], "course.yaml is a text file; expected a folder", "a source file's name ends in .rs")]
#[case::handout_below_a_file(
    &["handout", "fixtures/course.yaml/x"], "fixtures/course.yaml is a file", "name another place")]
#[case::autograder_into_a_folder(
    &["handout", "--gradescope", "labs"], "labs is a folder; --gradescope writes a file", "labs/autograder.zip")]
#[case::autograder_of_an_unknown_lab(&["handout", "--gradescope", "a.zip", "--lab", "tbl"], "there is no lab `tbl`", "page_table")]
#[case::reset_of_an_unknown_lab(&["reset", "tlb", "--yes"], "there is no lab `tlb`", "the labs are: page_table")]
#[case::reset_without_anybody_to_ask(&["reset", "page_table"], "nobody can be asked here", "grader reset page_table --yes")]
#[case::canvas_column_for_moodle(
    &["report", "g", "--csv", "moodle", "--column", "Labs (1)"], "--csv moodle has no place for it", "leave it out")]
#[case::mistakes_of_a_hand_out(&["mistakes"], "there is no fixtures/submissions", "only the course's own repository")]
fn what_the_user_got_wrong_ends_with_2_and_the_way_out(
    #[case] arguments: &[&str],
    #[case] seen: &str,
    #[case] way_out: &str,
) {
    let root = course();
    let output = grader(root.path(), arguments);
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains(seen) && words.contains(way_out), "{words}");
    assert_eq!(text(&output.stdout), "", "errors stay away from the standard output");
}

#[test]
fn outside_a_course_the_user_learns_how_to_name_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = grader(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--course DIR"));
}

#[test]
fn a_course_file_that_does_not_parse_shows_its_line() {
    let root = course();
    write(root.path(), "fixtures/course.yaml", &COURSE.replace("chapter:", "chapters:"));
    let output = grader(root.path(), &["list"]);
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("unknown field `chapters`"), "{words}");
    assert!(words.contains("chapters: page_table.md"), "the line itself is shown: {words}");
    assert!(words.is_ascii(), "plain where nobody watches: {words}");
}

#[test]
fn the_course_is_found_from_a_folder_below_it() {
    let root = course();
    let output = grader(&root.path().join("labs/src"), &["list"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("page_table: One table"));
}

#[test]
fn steps_are_solved_into_another_folder() {
    let root = course();
    for (step, line) in [("0", "todo!(\"step 1: find the page of {va:?}\")"), ("1", "va >> 12")] {
        let output = grader(root.path(), &["skeleton", "--solve-up-to", step, "--output", "solved"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let solved = fs::read_to_string(root.path().join("solved/page_table.rs")).unwrap();
        assert_eq!(solved, format!("pub fn page(va: u64) -> u64 {{\n    {line}\n}}\n"));
    }
}

#[test]
fn hints_come_one_at_a_time_and_the_course_remembers_them() {
    let root = course();
    for hint in ["hint 1 of 3\n  which bits?", "hint 2 of 3\n  shift.", "hint 3 of 3\n  mask."] {
        let output = grader(root.path(), &["hint"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(hint), "{}", text(&output.stdout));
    }
    let kept = fs::read_to_string(root.path().join("labs/progress.txt")).unwrap();
    assert!(kept.ends_with("\nhints 3 page_table: Splits an address\n"), "{kept}");
}

#[test]
fn a_reset_keeps_what_was_there() {
    let root = course();
    let lab = root.path().join("labs/src/page_table.rs");
    fs::write(&lab, "my own").unwrap();
    let output = grader(root.path(), &["reset", "page_table", "--yes"]);
    let words = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        words,
        "labs/src/page_table.rs is the skeleton again; what was there is labs/src/page_table.rs.1.bak\n"
    );
    assert!(fs::read_to_string(&lab).unwrap().contains("todo!(\"step 1: find the page of {va:?}\")"));
    assert_eq!(fs::read_to_string(lab.with_extension("rs.1.bak")).unwrap(), "my own");
    let again = grader(root.path(), &["reset", "page_table"]);
    assert_eq!(text(&again.stdout), "labs/src/page_table.rs is the skeleton already\n");
}

#[test]
fn a_marker_out_of_place_is_told_with_its_line() {
    let root = course();
    write(root.path(), "solutions/src/page_table.rs", &SOLUTION.replace("    // end solution\n", ""));
    let output = grader(root.path(), &["skeleton", "--solve-up-to", "0", "--output", "solved"]);
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("solutions/src/page_table.rs:2: no `// end solution`"), "{words}");
}

#[rstest]
#[case::all(&["--help"])]
#[case::grade(&["grade", "--help"])]
#[case::list(&["list", "--help"])]
#[case::hint(&["hint", "--help"])]
#[case::trace(&["trace", "--help"])]
#[case::reset(&["reset", "--help"])]
#[case::lint(&["lint", "--help"])]
#[case::skeleton(&["skeleton", "--help"])]
#[case::mistakes(&["mistakes", "--help"])]
#[case::doctor(&["doctor", "--help"])]
#[case::watch(&["watch", "--help"])]
#[case::completions(&["completions", "--help"])]
#[case::man(&["man", "--help"])]
fn every_help_shows_an_example(#[case] arguments: &[&str]) {
    let root = course();
    let output = grader(root.path(), arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Example"), "{}", text(&output.stdout));
}

#[test]
fn doctor_names_the_command_for_what_is_missing() {
    let root = course();
    let output = grader(root.path(), &["doctor"]);
    let words = text(&output.stdout);
    // The scratch course has no Cargo.toml, so its packages cannot be there.
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("x packages") && words.contains("do: cargo fetch --locked"), "{words}");
}

#[test]
fn where_nothing_is_begun_the_user_learns_where_to_start() {
    let root = course();
    write(root.path(), "labs/src/page_table.rs", SOLUTION_TO_BE);
    let output = grader(root.path(), &[]);
    let words = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(words.contains("book/src/start.md") && words.contains("cargo grader watch"), "{words}");
    assert!(words.lines().count() <= 10, "{words}");
    // Once something is written it is graded, which needs the crates that this course lacks.
    write(root.path(), "labs/src/page_table.rs", "begun");
    assert_eq!(grader(root.path(), &[]).status.code(), Some(2));
}

#[test]
fn shells_and_man_are_served_without_a_course() {
    let folder = tempfile::tempdir().unwrap();
    let script = grader(folder.path(), &["completions", "bash"]);
    assert!(text(&script.stdout).contains("complete -F _grader"), "{}", text(&script.stderr));
    let page = grader(folder.path(), &["man"]);
    assert!(text(&page.stdout).contains(".TH grader 1"), "{}", text(&page.stdout));
    assert_eq!(grader(folder.path(), &["man", "pages"]).status.code(), Some(0));
    assert!(folder.path().join("pages/grader-watch.1").is_file());
}

#[test]
fn the_version_is_told() {
    let root = course();
    let output = grader(root.path(), &["--version"]);
    assert_eq!(text(&output.stdout), format!("grader {}\n", env!("CARGO_PKG_VERSION")));
}
