//! An autograder for Gradescope: a zip archive with the course, its reference, its hidden scenarios and the seed ([`write`]).
//!
//! ```text
//! setup.sh          runs once, when Gradescope builds the image: compiler, crates, grader; then it judges the reference
//! run_autograder    runs for each submission, with what setup.sh left: no network
//! course/           a hand-out, the solutions beside it
//! ```

use std::fs;
use std::io::Write;
use std::path::Path;

use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::HandoutError;
use super::tree::{self, For, file, put};
use crate::course::Course;
use crate::files;
use crate::layout::Layout;
use crate::report::words::points;
use crate::toolchain::Toolchain;

const SETUP: &str = include_str!("gradescope/setup.sh");
const RUN: &str = include_str!("gradescope/run_autograder");

/// Writes an autograder that judges the labs called `labs` (none mean all) to `path`, and says how many points its assignment
/// has.
///
/// # Errors
/// When something of the course cannot be read, there is no compiler, or the archive cannot be written.
pub fn write(
    layout: &Layout,
    course: &Course,
    labs: &[String],
    seed: u64,
    path: &Path,
) -> Result<String, HandoutError> {
    if path.is_dir() {
        return Err(HandoutError::IsFolder { path: path.to_path_buf() });
    }
    let scratch = TempDir::new().map_err(file(path))?;
    let place = scratch.path();
    let tree = place.join("course");
    tree::lay_out(layout, course, &tree, For::Autograder)?;
    let tree = Layout::at(&tree).map_err(|_| HandoutError::NotOne { path: tree })?;
    put(&tree.work_dir().join("seed"), &format!("{seed}\n"))?;
    put(&place.join("setup.sh"), &SETUP.replace("RUST_RELEASE", &release(layout)?))?;
    put(&place.join("run_autograder"), &RUN.replace("LABS", &labs.join(" ")))?;

    let wrong = |source| HandoutError::Archive { path: path.to_path_buf(), source };
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    add(&mut archive, place, "").map_err(wrong)?;
    let bytes = archive.finish().map_err(wrong)?.into_inner();
    files::write_whole(path, &bytes).map_err(file(path))?;
    let is_asked = |name: &String| labs.is_empty() || labs.contains(name);
    Ok(points(course.labs.iter().filter(|lab| is_asked(&lab.lab)).map(|lab| lab.max_score()).sum()))
}

/// The release of the compiler that the course is judged with here, as rustup names it.
fn release(layout: &Layout) -> Result<String, HandoutError> {
    let toolchain = Toolchain::find(layout.root())?;
    let release = toolchain.version.lines().find_map(|line| line.strip_prefix("release: "));
    Ok(release.unwrap_or("stable").to_owned())
}

/// Adds what lies in `folder` under `below`, in the order of names, so that the same course gives the same bytes.
fn add(
    archive: &mut ZipWriter<std::io::Cursor<Vec<u8>>>,
    folder: &Path,
    below: &str,
) -> Result<(), zip::result::ZipError> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            add(archive, &entry.path(), &format!("{name}/"))?;
            continue;
        }
        let content = fs::read(entry.path())?;
        // The two programs stand at the top, and Gradescope starts them.
        let mode = if below.is_empty() { 0o755 } else { 0o644 };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(mode);
        archive.start_file(name, options)?;
        archive.write_all(&content)?;
    }
    Ok(())
}
