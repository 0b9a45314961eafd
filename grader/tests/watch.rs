//! `grader watch` without a terminal: what it prints at a save.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const COURSE: &str = "title: T\nlabs:\n  - { lab: tlb, title: T, chapter: t.md, types: [Tlb], criteria: [\
                      { name: Looks up, step: 1, points: 100, cases: ['a'] }] }\n";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The crates of this course are missing, so every judging ends with the same fault: enough to see that it was tried.
#[test]
fn every_save_is_told_and_judged() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "fixtures/course.yaml", COURSE);
    write(root.path(), "labs/src/tlb.rs", "first");
    let mut watch = Command::new(env!("CARGO_BIN_EXE_grader"))
        .arg("watch")
        .current_dir(root.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map(Result::unwrap);
    let fault = lines.find(|line| !line.is_empty()).unwrap();
    for text in ["second", "third"] {
        write(root.path(), "labs/src/tlb.rs", text);
        assert!(lines.any(|line| line == "== tlb: saved"), "the output ended");
        assert_eq!(lines.find(|line| !line.is_empty()), Some(fault.clone()));
    }
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn a_lab_that_is_unknown_is_told_at_once() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "fixtures/course.yaml", COURSE);
    let output = Command::new(env!("CARGO_BIN_EXE_grader"))
        .args(["watch", "tbl"])
        .current_dir(root.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `tlb`?"));
}
