//! The part of the system that programs cannot do without: libraries, and for linking the linker's own parts.

use std::path::PathBuf;

use crate::Role;

/// The dynamic loader and the libraries, on distributions of all kinds. ld.so(8) looks in the first four by itself.
const LIBRARIES: [&str; 7] =
    ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/lib32", "/usr/lib32", "/nix/store"];
/// What a compiler driver calls, and where it looks for it.
const LINKER: [&str; 8] = [
    "/usr",
    "/bin",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/dev/null",
    "/dev/urandom",
];

/// Readable for every program in that role, as far as it is there.
pub(super) fn readable(role: Role) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = LIBRARIES.iter().map(PathBuf::from).collect();
    if role == Role::Linker {
        paths.extend(LINKER.iter().map(PathBuf::from));
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Where the user's `cc` lies; the root folder is not where programs lie.
        paths.extend(
            std::env::split_paths(&path).filter(|path| path.is_absolute() && path.parent().is_some()),
        );
    }
    paths.retain(|path| path.exists());
    paths.sort();
    paths.dedup();
    paths
}
