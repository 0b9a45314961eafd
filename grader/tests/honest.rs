//! Submissions as students really send them: none is refused by the scan, and each compiles as a lab does.

use std::fs;
use std::path::{Path, PathBuf};

use grader::compile;
use grader::course::Lab;
use grader::layout::Layout;
use grader::progress::Silent;
use grader::scan::{self, Findings};
use grader::workbench::{Strangers, Whose, Workbench};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All Rust files in the folder, and in the folders directly below it.
fn sources(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let source = fs::read(&path).unwrap();
            found.push((path, source));
        }
    }
    found
}

#[test]
fn what_students_send_passes_the_scan_and_compiles() {
    let honest = sources(&root().join("grader/tests/honest"));
    assert!(honest.len() >= 20);
    let layout = Layout::at(&root()).unwrap();
    let bench = Workbench::ready(&layout, Whose::Stranger(Strangers::Walled), &Silent).unwrap();
    for (path, source) in honest {
        assert_eq!(scan::scan(&source), Ok(Findings::default()), "{}", path.display());
        let name = path.file_stem().unwrap().to_str().unwrap();
        let lab = Lab { lab: name.to_owned(), ..Lab::default() };
        if let Err(refusal) = compile::library(&bench, &lab, &source).unwrap() {
            panic!("{}: {}", path.display(), refusal.words);
        }
    }
}

#[test]
fn the_courses_own_files_pass_the_scan() {
    let mut count = 0;
    for folder in ["labs/src", "solutions/src", "fixtures/submissions"] {
        for (path, source) in sources(&root().join(folder)) {
            // The crates' roots are the grader's to write.
            if path.file_name().is_some_and(|name| name != "lib.rs") {
                assert_eq!(scan::scan(&source), Ok(Findings::default()), "{}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 50);
}
