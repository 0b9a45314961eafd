//! `grader trace` on the real course: what it prints where, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rstest::rstest;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn trace(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
    command.arg("trace").args(arguments).current_dir(root()).output().expect("the grader runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_solution_is_the_same_as_the_reference() {
    let output =
        trace(&["page_table", "two-pages-one-frame", "--submission", "solutions/src", "--reference"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
    assert!(shown.starts_with("  title: Two pages on one frame\n  step 0: power on\n"), "{shown}");
    assert!(shown.contains("~ write PT[0x3]") && shown.ends_with("\n  end\n"), "{shown}");
}

#[test]
fn a_file_of_ones_own_is_played_and_json_is_one_document() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("mine.yaml");
    fs::copy(root().join("fixtures/scenarios/page_table/two-pages-one-frame.yaml"), &own).unwrap();
    let own = own.to_str().unwrap();
    let output = trace(&["page_table", own, "--submission", "solutions/src", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    assert_eq!((&document["schema"], &document["source"]["case"]), (&"vmtrace/1".into(), &"mine".into()));
    let output = trace(&["page_table", own, "--submission", "solutions/src", "--reference"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "a file has no key, the solution plays it: {}",
        text(&output.stderr)
    );
}

#[test]
fn what_is_not_written_yet_ends_the_trace_with_its_step() {
    let folder = tempfile::tempdir().unwrap();
    let skeleton = folder.path().join("src").display().to_string();
    let made = Command::new(env!("CARGO_BIN_EXE_grader"))
        .args(["skeleton", "--solve-up-to", "0", "--lab", "page_table", "--output", &skeleton])
        .current_dir(root())
        .status();
    assert!(made.expect("the grader runs").success());
    let output = trace(&["page_table", "two-pages-one-frame", "--submission", &skeleton, "--reference"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("more steps expected"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("not started: step "), "{}", text(&output.stderr));
}

#[test]
fn a_page_of_its_own_plays_ones_own_run_beside_the_expected_one() {
    let arguments = [
        "page_table",
        "two-pages-one-frame",
        "--submission",
        "solutions/src",
        "--reference",
        "--format",
        "html",
    ];
    let output = trace(&arguments);
    let page = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("data-run=\"yours\"") && page.contains("data-run=\"expected\""));
    // The name of SVG looks like an address; nothing is asked of anybody.
    assert_eq!(page.matches("://").count(), page.matches("http://www.w3.org/2000/svg").count());
}

#[rstest]
#[case::unknown_lab(&["page_tabel", "x"], "there is no lab `page_tabel`", "did you mean `page_table`?")]
#[case::unknown_scenario(&["page_table", "two-page-one-frame"], "has no scenario", "did you mean `two-pages-one-frame`?")]
#[case::not_a_scenario(&["page_table", "fixtures/course.yaml"], "fixtures/course.yaml:", "Scenarios")]
#[case::json_beside(&["tlb", "x", "--format", "json", "--reference"], "as text alone", "leave --reference out")]
fn what_the_user_got_wrong_ends_with_2_and_the_way_out(
    #[case] arguments: &[&str],
    #[case] seen: &str,
    #[case] way_out: &str,
) {
    let output = trace(arguments);
    let words = text(&output.stderr).replace("\n  │ ", " ");
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains(seen) && words.contains(way_out), "{words}");
}
