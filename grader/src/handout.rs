//! What students receive: a workspace that builds and grades, without solutions ([`write`]).
//!
//! What goes in is listed, never what stays out: a folder that is new in the course is not handed out by accident. The
//! folder is made beside its place and moved there when it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use miette::Diagnostic;
use thiserror::Error;

use crate::course::{Course, CourseError};
use crate::layout::Layout;
use crate::report::words::points;
use crate::skeleton::{self, SkeletonError};

mod manifest;

/// Copied as they are. Sources only: what is built, and what only authors run, stays here.
const WHOLE: [&str; 19] = [
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
    "fixtures/testbench",
    "fixtures/traces",
    "grader/shim",
    "grader/src",
];
/// Of the labs everything but the sources, which are made new.
const LABS: [&str; 2] = ["labs/Cargo.toml", "labs/tests"];
/// Pages of the book that only instructors need.
const INSTRUCTORS: [&str; 3] = ["instructors.md", "gradebook.md", "formats.md"];

const README: &str = include_str!("handout/README.md");
const AGENTS: &str = include_str!("handout/AGENTS.md");

/// Why there is no hand-out.
#[derive(Debug, Error, Diagnostic)]
pub enum HandoutError {
    /// The place is taken.
    #[error("{} is there already", path.display())]
    #[diagnostic(help("a hand-out is made new: name a folder that does not exist"))]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A skeleton cannot be made.
    #[error(transparent)]
    Skeleton(#[from] SkeletonError),
    /// The course file without what concerns single students is no course file.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Course(#[from] CourseError),
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A manifest is not as expected.
    #[error("cannot make the hand-out's {file}: {problem}")]
    Manifest {
        /// Which one.
        file: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Cargo cannot work with what was written.
    #[error("cargo does not accept the hand-out:\n{0}")]
    Cargo(String),
}

/// Writes the hand-out of the course to `folder`, which must not exist.
///
/// # Errors
/// When it exists, something of the course cannot be read, or nothing can be written there; then nothing is left behind.
pub fn write(layout: &Layout, course: &Course, folder: &Path) -> Result<(), HandoutError> {
    if folder.exists() {
        return Err(HandoutError::Exists { path: folder.to_path_buf() });
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(file(parent))?;
    let scratch = tempfile::Builder::new().prefix(".handout-").tempdir_in(parent).map_err(file(parent))?;
    // A folder inside: a scratch folder itself is closed to everybody else.
    let place = &scratch.path().join("handout");

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
    put(&place.join("fixtures/course.yaml"), &course_file(course)?)?;
    put(&place.join("README.md"), &README.replace("COURSE", &course.title).replace("LABS", &table(course)))?;
    put(&place.join("AGENTS.md"), AGENTS)?;
    put(
        &place.join("grader/Cargo.toml"),
        &manifest::grader(&read(&layout.root().join("grader/Cargo.toml"))?)?,
    )?;
    let workspace = read(&layout.root().join("Cargo.toml"))?;
    put(&place.join("Cargo.toml"), &manifest::workspace(&workspace, None)?)?;
    let packages = packages(place)?;
    put(&place.join("Cargo.toml"), &manifest::workspace(&workspace, Some(&packages))?)?;

    fs::rename(place, folder).map_err(file(folder))
}

/// The course file without what is said of single students.
fn course_file(course: &Course) -> Result<String, HandoutError> {
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
        fs::copy(from, to).map_err(file(from))?;
        return Ok(());
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

fn read(path: &Path) -> Result<String, HandoutError> {
    fs::read_to_string(path).map_err(file(path))
}

fn put(path: &Path, text: &str) -> Result<(), HandoutError> {
    crate::files::write_whole(path, text).map_err(file(path))
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> HandoutError {
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

    #[test]
    fn what_is_there_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("fixtures")).unwrap();
        fs::write(folder.path().join("fixtures/course.yaml"), "").unwrap();
        let layout = Layout::at(folder.path()).unwrap();
        let text = "title: T\nlabs:\n  - { lab: tlb, title: T, chapter: tlb.md, types: [Tlb], criteria: [{ name: Looks \
                    up, step: 1, points: 100, cases: ['a'] }] }\n";
        let course = Course::parse("course.yaml", text.to_owned()).unwrap();
        let error = write(&layout, &course, folder.path()).unwrap_err();
        assert!(error.to_string().ends_with("is there already"), "{error}");
        // A course of which parts are missing leaves nothing behind.
        let place = folder.path().join("out/labs");
        assert!(write(&layout, &course, &place).is_err());
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
    }
}
