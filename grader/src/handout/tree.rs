//! The files of a hand-out, laid out in an empty folder ([`lay_out`]).
//!
//! What goes in is listed, never what stays out: a folder that is new in the course is not handed out by accident.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{HandoutError, manifest};
use crate::course::Course;
use crate::layout::Layout;
use crate::report::words::points;
use crate::skeleton;

/// Copied as they are. Sources only: what is built, and what only authors run, stays here.
const WHOLE: [&str; 20] = [
    ".cargo/config.toml",
    ".gitignore",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "rustfmt.toml",
    "book/player/Cargo.toml",
    "book/player/assets",
    "book/player/src",
    "book/src",
    "fixtures/harness",
    "fixtures/machine",
    "fixtures/memory_traces",
    "fixtures/mistakes.yaml",
    "fixtures/scenarios",
    "fixtures/socket",
    "fixtures/testbench",
    "fixtures/traces",
    "grader/shim",
    "grader/src",
];
/// Of the labs everything but the sources, which are made new.
const LABS: [&str; 2] = ["labs/Cargo.toml", "labs/tests"];
/// What an autograder has too: what it judges hidden scenarios by, and what an instructor's grader is built of.
const ANSWERS: [&str; 3] = ["solutions/src", "solutions/hidden", "grader/templates"];
/// Pages of the book that only instructors need.
const INSTRUCTORS: [&str; 3] = ["instructors.md", "gradebook.md", "formats.md"];

const README: &str = include_str!("README.md");
const AGENTS: &str = include_str!("AGENTS.md");

/// Who works with the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Students: nothing that answers, nothing about one of them.
    Students,
    /// A machine of the instructor's that judges for another system: with the reference and the hidden scenarios.
    Autograder,
}

/// Lays what the course hands out to `whom` out in `place`.
///
/// # Errors
/// When something of the course cannot be read or written, or cargo does not accept what was written.
pub(super) fn lay_out(layout: &Layout, course: &Course, place: &Path, whom: For) -> Result<(), HandoutError> {
    for path in WHOLE.into_iter().chain(LABS) {
        copy(&layout.root().join(path), &place.join(path))?;
    }
    for page in INSTRUCTORS {
        let path = place.join("book/src").join(page);
        fs::remove_file(&path).map_err(file(&path))?;
    }
    for lab in course.lab_names() {
        let text = skeleton::solved(layout, lab)?.solved_up_to(0);
        put(&place.join(format!("labs/src/{lab}.rs")), &text)?;
        put(&place.join(format!("fixtures/skeletons/{lab}.rs")), &text)?;
    }
    copy(&layout.root().join("labs/src/lib.rs"), &place.join("labs/src/lib.rs"))?;
    let grader = read(&layout.root().join("grader/Cargo.toml"))?;
    let grader = match whom {
        For::Students => {
            put(&place.join("fixtures/course.yaml"), &course_file(course)?)?;
            put(
                &place.join("README.md"),
                &README.replace("COURSE", &course.title).replace("LABS", &table(course)),
            )?;
            put(&place.join("AGENTS.md"), AGENTS)?;
            manifest::grader(&grader, Some(&[]))?
        }
        For::Autograder => {
            put(&place.join("fixtures/course.yaml"), course.text.text())?;
            for path in ANSWERS {
                copy(&layout.root().join(path), &place.join(path))?;
            }
            manifest::grader(&grader, None)?
        }
    };
    put(&place.join("grader/Cargo.toml"), &grader)?;
    let workspace = read(&layout.root().join("Cargo.toml"))?;
    put(&place.join("Cargo.toml"), &manifest::workspace(&workspace, None)?)?;
    let packages = packages(place)?;
    put(&place.join("Cargo.toml"), &manifest::workspace(&workspace, Some(&packages))?)
}

/// The course file without what is said of single students.
pub(super) fn course_file(course: &Course) -> Result<String, HandoutError> {
    let mut text = String::new();
    let mut is_left_out = false;
    for line in course.text.text().lines() {
        let is_key = line.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_key {
            is_left_out = line.starts_with("extensions:");
        }
        if !is_left_out {
            text += line;
            text.push('\n');
        }
    }
    Course::parse("fixtures/course.yaml", text.clone())?;
    Ok(text)
}

fn table(course: &Course) -> String {
    let mut text = String::from("| lab | what it is about | points |\n|---|---|---:|\n");
    for lab in &course.labs {
        let (name, title, chapter) = (&lab.lab, &lab.title, &lab.chapter);
        text += &format!("| [`{name}`](book/src/{chapter}) | {title} | {} |\n", points(lab.max_score()));
    }
    text.trim_end().to_owned()
}

/// The packages that the workspace in `place` can need; cargo takes the others out of its lock file.
fn packages(place: &Path) -> Result<Vec<String>, HandoutError> {
    let output = Command::new("cargo")
        .args(["metadata", "--offline", "--quiet", "--format-version", "1"])
        .current_dir(place)
        .stdin(Stdio::null())
        .output()
        .map_err(file(Path::new("cargo")))?;
    let words = || HandoutError::Cargo(String::from_utf8_lossy(&output.stderr).trim_end().to_owned());
    if !output.status.success() {
        return Err(words());
    }
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|_| words())?;
    let packages = found["packages"].as_array().ok_or_else(words)?;
    Ok(packages.iter().filter_map(|package| package["name"].as_str()).map(str::to_owned).collect())
}

fn copy(from: &Path, to: &Path) -> Result<(), HandoutError> {
    let about = fs::symlink_metadata(from).map_err(file(from))?;
    if !about.is_dir() {
        let parent = to.parent().unwrap_or(to);
        fs::create_dir_all(parent).map_err(file(parent))?;
        // Read first, so that an error names the file that is at fault.
        let content = fs::read(from).map_err(file(from))?;
        fs::write(to, content).map_err(file(to))?;
        return fs::set_permissions(to, about.permissions()).map_err(file(to));
    }
    for entry in fs::read_dir(from).map_err(file(from))? {
        let name = entry.map_err(file(from))?.file_name();
        // What a test that failed left behind.
        if name != "target" && !name.to_string_lossy().ends_with(".snap.new") {
            copy(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<String, HandoutError> {
    fs::read_to_string(path).map_err(file(path))
}

pub(super) fn put(path: &Path, text: &str) -> Result<(), HandoutError> {
    crate::files::write_whole(path, text).map_err(file(path))
}

pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> HandoutError {
    let path = path.to_path_buf();
    move |source| HandoutError::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_of_single_students_stay_with_the_instructor() {
        let text = "title: T\ndeadline: 2026-10-05T23:59:00+02:00\nextensions:\n  - student: s04\n    until: \
                    2026-10-09T23:59:00+02:00\n# Labs.\nlabs:\n  - { lab: tlb, title: T, chapter: tlb.md, types: [Tlb], \
                    criteria: [{ name: Looks up, step: 1, points: 100, cases: ['a'] }] }\n";
        let course = Course::parse("course.yaml", text.to_owned()).unwrap();
        let handed_out = course_file(&course).unwrap();
        assert!(!handed_out.contains("s04") && !handed_out.contains("extensions"), "{handed_out}");
        assert!(handed_out.contains("deadline: 2026"), "{handed_out}");
        assert_eq!(Course::parse("course.yaml", handed_out).unwrap().labs, course.labs);
    }
}
