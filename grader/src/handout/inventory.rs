//! What was handed out: each file of a hand-out with a digest of its text, kept in the hand-out itself.
//!
//! By it an update tells what somebody changed from what was handed out so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use super::HandoutError;
use super::tree::{file, read};
use crate::hash::Hasher;

/// Where it lies in a hand-out.
const PATH: &str = "fixtures/handed_out.txt";
const HEAD: &str = "# What was handed out, each file with a digest; by it `grader handout --update` tells what was changed since.";

/// Files by their paths (with `/`, from the hand-out's folder), each with its digest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Inventory(pub(super) BTreeMap<String, String>);

impl Inventory {
    /// Of all files that lie in `folder`, but itself.
    pub(super) fn take(folder: &Path) -> Result<Self, HandoutError> {
        let mut inventory = Self::default();
        inventory.add(folder, "")?;
        inventory.0.remove(PATH);
        Ok(inventory)
    }

    /// As it is kept in `folder`, which must be a hand-out.
    pub(super) fn handed_out(folder: &Path) -> Result<Self, HandoutError> {
        let path = folder.join(PATH);
        if !folder.exists() {
            return Err(HandoutError::Missing { path: folder.to_path_buf() });
        }
        if !path.is_file() {
            return Err(HandoutError::NotOne { path: folder.to_path_buf() });
        }
        let text = read(&path)?;
        let wrong = |line: usize, problem: &str| HandoutError::Inventory {
            path: path.clone(),
            line: line + 1,
            problem: problem.to_owned(),
        };
        let mut files = BTreeMap::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let (digest, name) =
                line.split_once(' ').ok_or_else(|| wrong(number, "it is no digest and path"))?;
            // It says what is removed: nothing outside of the hand-out may be called so.
            if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(wrong(number, "the path leads out of the hand-out"));
            }
            files.insert(name.to_owned(), digest.to_owned());
        }
        Ok(Self(files))
    }

    /// Keeps it in `folder`.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), HandoutError> {
        let mut text = format!("{HEAD}\n");
        for (path, digest) in &self.0 {
            text += &format!("{digest} {path}\n");
        }
        super::tree::put(&folder.join(PATH), &text)
    }

    /// The digest of that file, if it was handed out.
    pub(super) fn digest(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    fn add(&mut self, folder: &Path, below: &str) -> Result<(), HandoutError> {
        for entry in fs::read_dir(folder).map_err(file(folder))? {
            let entry = entry.map_err(file(folder))?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(file(&entry.path()))?.is_dir() {
                self.add(&entry.path(), &format!("{name}/"))?;
            } else if let Some(digest) = digest(&entry.path())? {
                self.0.insert(name, digest);
            }
        }
        Ok(())
    }
}

/// A digest of what lies at `path`, if anything does. Ends of lines do not count: git turns them on some systems.
pub(super) fn digest(path: &Path) -> Result<Option<String>, HandoutError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file(path)(error)),
    };
    let mut plain = bytes.clone();
    let mut next = bytes.iter().skip(1).chain([&0]);
    plain.retain(|byte| next.next() != Some(&b'\n') || *byte != b'\r');
    let mut hasher = Hasher::new("handed out");
    hasher.bytes("file", &plain);
    Ok(Some(hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("fixtures")).unwrap();
        fs::write(folder.path().join("fixtures/course.yaml"), "title: T\r\nlabs:\n").unwrap();
        folder
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = folder();
        let error = Inventory::handed_out(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("is no hand-out of this grader"), "{error}");
        let missing = folder.path().join("nothere");
        let error = Inventory::handed_out(&missing).unwrap_err().to_string();
        assert_eq!(error, format!("there is no {}", missing.display()));
        let inventory = Inventory::take(folder.path()).unwrap();
        inventory.keep(folder.path()).unwrap();
        assert_eq!(Inventory::take(folder.path()).unwrap(), inventory, "it does not count itself");
        assert_eq!(Inventory::handed_out(folder.path()).unwrap(), inventory);
    }

    #[test]
    fn ends_of_lines_do_not_count_and_everything_else_does() {
        let folder = folder();
        let path = folder.path().join("fixtures/course.yaml");
        let one = digest(&path).unwrap();
        fs::write(&path, "title: T\nlabs:\r\n").unwrap();
        assert_eq!(digest(&path).unwrap(), one);
        fs::write(&path, "title: T\n\rlabs:\n").unwrap();
        assert_ne!(digest(&path).unwrap(), one);
        assert_eq!(digest(&folder.path().join("nothing")).unwrap(), None);
    }

    #[rstest]
    #[case::upwards("abc ../../home/me\n", "handed_out.txt:1: the path leads out of the hand-out")]
    #[case::absolute("# x\nabc /etc/passwd\n", "handed_out.txt:2: the path leads out of the hand-out")]
    #[case::torn("abc\n", "handed_out.txt:1: it is no digest and path")]
    fn a_list_that_names_other_peoples_files_is_refused(#[case] text: &str, #[case] words: &str) {
        let folder = folder();
        fs::write(folder.path().join(PATH), text).unwrap();
        let error = Inventory::handed_out(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with(words), "{error}");
    }
}
