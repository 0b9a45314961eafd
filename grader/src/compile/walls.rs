//! What the compiler may reach: at work on a submission's source, and as it links what came out.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::{Role, Walls};
use crate::workbench::Workbench;

/// Around the compiler of a lab's source in `folder`: no course, no tests, no standard library but the trimmed one.
pub(super) fn around_source(bench: &Workbench<'_>, folder: &Path) -> Walls {
    let mut readable = own_parts(bench);
    readable.push(bench.sysroot.path.clone());
    readable.push(bench.harness.folder.clone());
    Walls { role: Role::Compiler, readable, writable: vec![folder.to_path_buf()] }
}

/// Around the compiler that links `library` with the course's file `source` in `folder`: no source of the submission.
pub(super) fn around_link(
    bench: &Workbench<'_>,
    library: Option<&Path>,
    source: &Path,
    folder: &Path,
) -> Walls {
    let mut readable = vec![bench.harness.toolchain.home().to_path_buf()];
    readable.extend(library.map(Path::to_path_buf));
    readable.extend(source.parent().map(Path::to_path_buf));
    readable.push(bench.harness.folder.clone());
    Walls { role: Role::Linker, readable, writable: vec![folder.to_path_buf()] }
}

/// The compiler's program and its shared libraries, without the standard library that lies beside them.
fn own_parts(bench: &Workbench<'_>) -> Vec<PathBuf> {
    let toolchain = &bench.harness.toolchain;
    let mut parts = vec![toolchain.rustc.clone()];
    let beside =
        fs::read_dir(toolchain.libraries()).into_iter().flatten().flatten().map(|entry| entry.path());
    parts.extend(beside.filter(|path| path.is_file()));
    parts
}
