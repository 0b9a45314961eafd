//! Writing files so that a reader never sees half of one, and what was there is not lost unasked.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `content` to `path` as a whole: into a temporary file beside it, then by renaming.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn write_whole(path: &Path, content: &(impl AsRef<[u8]> + ?Sized)) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    // A temporary file is private by default; a report or a skeleton is as readable as any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".grader-").tempfile_in(folder)?;
    file.write_all(content.as_ref())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Copies `path` to the first free `<name>.N.bak` beside it and says which one that is.
///
/// # Errors
/// When the copy cannot be written.
pub fn back_up(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut number = 1_u32;
    loop {
        let backup = path.with_file_name(format!("{name}.{number}.bak"));
        // `create_new` decides and takes the name in one step.
        let created = std::fs::OpenOptions::new().write(true).create_new(true).open(&backup);
        match created {
            Ok(mut file) => {
                io::copy(&mut std::fs::File::open(path)?, &mut file)?;
                return Ok(backup);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_on_the_way_are_made_as_by_other_writers_of_reports() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports/today/result.json");
        write_whole(&path, "first").unwrap();
        write_whole(&path, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn backups_are_numbered_and_none_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tlb.rs");
        write_whole(&path, "first").unwrap();
        let first = back_up(&path).unwrap();
        write_whole(&path, "second").unwrap();
        let second = back_up(&path).unwrap();
        assert_eq!(first.file_name().unwrap(), "tlb.rs.1.bak");
        assert_eq!(second.file_name().unwrap(), "tlb.rs.2.bak");
        assert_eq!(std::fs::read_to_string(first).unwrap(), "first");
        assert_eq!(std::fs::read_to_string(second).unwrap(), "second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
