//! Digests of files and words, each with its name, so that no two different inputs run together.

use std::fs;
use std::io;
use std::path::Path;

/// Collects named parts into one digest.
#[derive(Debug, Clone)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Begins a digest; digests that begin with other words are never equal.
    #[must_use]
    pub fn new(about: &str) -> Self {
        let mut hasher = Self(blake3::Hasher::new());
        hasher.text("about", about);
        hasher
    }

    /// Adds a named text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.bytes(name, text.as_bytes());
    }

    /// Adds named bytes.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        for part in [name.as_bytes(), bytes] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    /// Adds the file at `path` under its file name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn file(&mut self, path: &Path) -> io::Result<()> {
        let bytes = fs::read(path)?;
        let name = path.file_name().unwrap_or_default();
        self.bytes(&name.to_string_lossy(), &bytes);
        Ok(())
    }

    /// Adds all files below `folder`, in the order of their names.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn tree(&mut self, folder: &Path) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        self.bytes("folder", &entries.len().to_le_bytes());
        for entry in entries {
            if entry.file_type()?.is_dir() {
                self.text("subfolder", &entry.file_name().to_string_lossy());
                self.tree(&entry.path())?;
            } else {
                self.file(&entry.path())?;
            }
        }
        Ok(())
    }

    /// The digest in hexadecimal digits.
    #[must_use]
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_do_not_run_together() {
        let digest = |name: &str, text: &str| {
            let mut hasher = Hasher::new("test");
            hasher.text(name, text);
            hasher.finish()
        };
        assert_ne!(digest("ab", "c"), digest("a", "bc"));
        assert_eq!(digest("ab", "c"), digest("ab", "c"));
    }

    #[test]
    fn a_tree_changes_with_any_name_or_content() {
        let digest = |files: &[(&str, &str)]| {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                fs::create_dir_all(folder.path().join("below")).unwrap();
                fs::write(folder.path().join(name), text).unwrap();
            }
            let mut hasher = Hasher::new("test");
            hasher.tree(folder.path()).unwrap();
            hasher.finish()
        };
        let first = digest(&[("a.rs", "x"), ("below/b.rs", "y")]);
        assert_eq!(first, digest(&[("below/b.rs", "y"), ("a.rs", "x")]));
        assert_ne!(first, digest(&[("a.rs", "x"), ("below/b.rs", "z")]));
        assert_ne!(first, digest(&[("a.rs", "x"), ("below/c.rs", "y")]));
    }
}
