//! Results that were found before, named by a digest of everything that they depend on.
//!
//! An entry is one file: a check sum, a line end, JSON. It is written whole or not at all; one that does not fit its check
//! sum is no entry. The oldest entries go when there are too many. Points are not in it, so they may change freely.
//!
//! What depended on time is never kept ([`Judgement::is_lasting`](crate::judge::Judgement::is_lasting)): a machine that was
//! busy for a moment must not fail a submission until its next change.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::files;

/// Most entries; a class of 300 with seven labs, twice.
const ENTRIES: usize = 4000;
/// How many are left when there were too many: so many puts later it is looked at again.
const ENTRIES_LEFT: usize = 3500;

/// The folder of entries.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, kind: &str, digest: &str) -> PathBuf {
        self.folder.join(format!("{kind}-{digest}.json"))
    }

    /// The entry of that kind and digest, if there is a sound one.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, kind: &str, digest: &str) -> Option<T> {
        let text = fs::read_to_string(self.path(kind, digest)).ok()?;
        let (sum, json) = text.split_once('\n')?;
        if sum != check_sum(json) {
            return None;
        }
        serde_json::from_str(json).ok()
    }

    /// Keeps `value` under that kind and digest.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put<T: Serialize>(&self, kind: &str, digest: &str, value: &T) -> Result<(), Fault> {
        let path = self.path(kind, digest);
        let json = serde_json::to_string(value).map_err(std::io::Error::from);
        json.and_then(|json| files::write_whole(&path, &format!("{}\n{json}", check_sum(&json))))
            .map_err(Fault::file(&path))?;
        forget_oldest(&self.folder, ENTRIES, ENTRIES_LEFT);
        Ok(())
    }
}

fn check_sum(json: &str) -> String {
    blake3::hash(json.as_bytes()).to_hex().to_string()
}

/// Where `folder` has more than `most` files, removes the oldest until `left` are there.
fn forget_oldest(folder: &Path, most: usize, left: usize) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    if paths.len() <= most {
        return;
    }
    let age = |path: &PathBuf| {
        let about = fs::metadata(path).and_then(|about| about.modified());
        about.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut paths: Vec<(SystemTime, PathBuf)> = paths.into_iter().map(|path| (age(&path), path)).collect();
    paths.sort();
    let surplus = paths.len() - left;
    for (_, path) in &paths[..surplus] {
        // Another grader may have removed it already.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_until_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("cache"));
        assert_eq!(cache.get::<Vec<u8>>("verdict", "a1"), None);
        cache.put("verdict", "a1", &vec![1, 2, 3]).unwrap();
        assert_eq!(cache.get("verdict", "a1"), Some(vec![1, 2, 3]));
        assert_eq!(cache.get::<Vec<u8>>("reference", "a1"), None);
        let path = cache.path("verdict", "a1");
        let damaged = fs::read_to_string(&path).unwrap().replace("[1,2", "[1,7");
        fs::write(&path, damaged).unwrap();
        assert_eq!(cache.get::<Vec<u8>>("verdict", "a1"), None);
        cache.put("verdict", "a1", &vec![4]).unwrap();
        assert_eq!(cache.get("verdict", "a1"), Some(vec![4]));
    }

    #[test]
    fn the_oldest_entries_go_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age) in [("old", 300), ("older", 400), ("new", 100)] {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            let time = SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(time).unwrap();
        }
        forget_oldest(folder.path(), 3, 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "not too many yet");
        forget_oldest(folder.path(), 2, 1);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!((left.len(), left[0].file_name()), (1, "new".into()));
    }
}
