//! The files that every lab has, and the pages that it names.

use std::path::Path;

use crate::course::Lab;
use crate::skeleton::{self, edits::Edit};

use super::{Findings, line_with};

pub(super) fn check(lab: &Lab, findings: &mut Findings<'_>) {
    let layout = findings.layout;
    let name = &lab.lab;
    let parts = [
        ("the student's file", layout.lab_source(name)),
        ("the solution", layout.solution_source(name)),
        ("the tests", layout.tests_source(name)),
        ("the probe", layout.probe_source(name)),
        ("the plug", layout.plug_source(name)),
    ];
    for (what, path) in parts {
        if !path.is_file() {
            let message = format!("{what} of {name} is missing");
            findings.problem(&path, None, message);
        }
    }
    if testbench::lab::find(name).is_none() {
        findings.lab(lab, format!("the testbench has no driver for {name}"));
    }
    for folder in [layout.labs_dir(), layout.solutions_dir()] {
        check_module(&folder.join("lib.rs"), name, findings);
    }
    check_skeleton(lab, findings);
    check_chapter(lab, None, &lab.chapter, findings);
    for criterion in &lab.criteria {
        if let Some(chapter) = &criterion.chapter {
            check_chapter(lab, Some(&criterion.name), chapter, findings);
        }
    }
}

fn check_module(path: &Path, lab: &str, findings: &mut Findings<'_>) {
    let declaration = format!("pub mod {lab};");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    if !text.lines().any(|line| line.trim() == declaration) {
        findings.problem(path, None, format!("expected the line `{declaration}`"));
    }
}

fn check_skeleton(lab: &Lab, findings: &mut Findings<'_>) {
    let path = findings.layout.solution_source(&lab.lab);
    if !path.is_file() {
        return;
    }
    let solved = match skeleton::solved(findings.layout, &lab.lab) {
        Ok(solved) => solved,
        Err(skeleton::SkeletonError::Marker(error)) => {
            findings.problem(&path, Some(error.line), error.message);
            return;
        }
        Err(error) => {
            findings.problem(&path, None, error.to_string());
            return;
        }
    };
    let last = lab.criteria.iter().map(|one| one.step).max().unwrap_or(0);
    if solved.last_step() != last {
        let message = format!(
            "its regions end with step {}, the criteria in course.yaml with step {last}",
            solved.last_step()
        );
        findings.problem(&path, None, message);
    }
    let skeleton = solved.solved_up_to(0);
    if let Some(line) = line_with(&skeleton.to_lowercase(), "solution") {
        let message = "the skeleton speaks of a solution here; students have none".to_owned();
        let path = findings.layout.lab_source(&lab.lab);
        findings.problem(&path, Some(line), message);
    }
    check_source(lab, findings);
}

/// Labs are solved where their skeletons lie, so a file that differs is only worth a note. A change of what is given is a
/// mistake: the next skeleton does not have it, and neither has a hand-out.
fn check_source(lab: &Lab, findings: &mut Findings<'_>) {
    let layout = findings.layout;
    let (path, source) = (layout.lab_source(&lab.lab), layout.solution_source(&lab.lab));
    let source = layout.relative(&source).display().to_string();
    let Ok(Some(edit)) = skeleton::edit(layout, &lab.lab) else {
        // What cannot be made is told where it is read.
        return;
    };
    match edit {
        Edit::Work => {
            findings.note(&path, format!("there is work in it; students receive what {source} makes"))
        }
        Edit::Given(missing) => {
            let message = format!(
                "{}, and it is made from that file: after a change there run grader skeleton; a change made here belongs there, no \
                 student gets it",
                missing.told(&source)
            );
            // Where nothing else was touched, the line itself is known.
            let found = skeleton::check(layout, &lab.lab).ok().flatten();
            let is_it = |mismatch: &skeleton::Mismatch| {
                mismatch.expected.as_deref().is_some_and(|expected| expected.trim() == missing.words)
            };
            findings.problem(&path, found.filter(is_it).map(|mismatch| mismatch.line), message);
        }
    }
}

fn check_chapter(lab: &Lab, criterion: Option<&str>, chapter: &str, findings: &mut Findings<'_>) {
    let book = findings.layout.book_dir();
    let file = chapter.split('#').next().unwrap_or(chapter);
    let message = if !file.ends_with(".md") {
        format!("the chapter `{chapter}` is not a page of the book (page.md, or page.md#heading)")
    } else if book.is_dir() && !book.join(file).is_file() {
        format!("the chapter `{file}` is not in book/src")
    } else {
        return;
    };
    match criterion {
        Some(criterion) => findings.item(lab, criterion, chapter, message),
        None => findings.lab(lab, message),
    }
}
