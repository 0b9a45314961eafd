//! A root folder with the named files and nothing else, built in a mount namespace of its own (mount_namespaces(7)).
//!
//! ```text
//! tmpfs, read-only
//! ├── lib -> usr/lib     links of the host's root are made again
//! ├── usr/lib            bound, read-only
//! ├── …/probe            bound, read-only: files and folders at the paths that they have outside
//! └── …/target/…/out     bound, writable
//! ```

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, StatVfsMountFlags, statvfs};
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_change,
    mount_remount, move_mount, open_tree, unmount,
};
use rustix::process::pivot_root;

use crate::{Role, Walls};

use super::system_paths;

/// Something of the host that is to be seen inside, already taken hold of.
struct Piece {
    path: PathBuf,
    is_writable: bool,
    is_folder: bool,
    tree: OwnedFd,
}

/// Makes the folder around `walls` this process's root, and goes to where it was before.
///
/// # Errors
/// Which part the system denies.
pub(super) fn build(walls: &Walls) -> Result<(), String> {
    let here = std::env::current_dir().map_err(told("cannot tell the current folder"))?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(told("cannot detach the mounts"))?;
    let system = system_paths::readable(walls.role);
    let links: Vec<PathBuf> = system.iter().filter(|path| path.is_symlink()).cloned().collect();
    let pieces = pieces(walls, system)?;
    // Any folder will do to put the new root on, once everything from outside is at hand.
    mount("tmpfs", &here, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"size=1m,mode=0755")
        .map_err(told("cannot mount a tmpfs"))?;
    let inside = |path: &Path| here.join(path.strip_prefix("/").unwrap_or(path));
    for link in &links {
        let target = fs::read_link(link).map_err(told_of(link))?;
        make_parent(&inside(link)).and_then(|()| symlink(target, inside(link))).map_err(told_of(link))?;
    }
    for piece in &pieces {
        place(piece, &inside(&piece.path)).map_err(told_of(&piece.path))?;
    }
    if walls.role == Role::Linker {
        offer_proc(&inside(Path::new("/proc")));
    }
    fs::create_dir_all(inside(&here)).map_err(told_of(&here))?;
    // Both at one place (pivot_root(2), "pivot_root(".", ".")"): no folder for the old root is needed.
    std::env::set_current_dir(&here)
        .and_then(|()| Ok(pivot_root(".", ".")?))
        .and_then(|()| Ok(unmount(".", UnmountFlags::DETACH)?))
        .map_err(told("cannot change the root folder"))?;
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    mount_remount("/", flags, "").map_err(told("cannot make the root folder read-only"))?;
    std::env::set_current_dir(&here).map_err(told("cannot go back to the current folder"))
}

/// What goes in, folders before what lies in them.
fn pieces(walls: &Walls, system: Vec<PathBuf>) -> Result<Vec<Piece>, String> {
    // A link is made again, and what it means goes in under its own name.
    let real = |path: PathBuf| if path.is_symlink() { path.canonicalize().unwrap_or(path) } else { path };
    let mut paths: Vec<(PathBuf, bool)> = system.into_iter().map(|path| (real(path), false)).collect();
    paths.extend(walls.readable.iter().map(|path| (path.clone(), false)));
    paths.extend(walls.writable.iter().map(|path| (path.clone(), true)));
    paths.sort();
    paths.dedup_by(|later, earlier| {
        // Inside a piece that is as readable there is nothing to add.
        later.0.starts_with(&earlier.0) && (earlier.1 || !later.1)
    });
    paths.into_iter().map(|(path, is_writable)| Piece::take(path, is_writable)).collect()
}

impl Piece {
    fn take(path: PathBuf, is_writable: bool) -> Result<Self, String> {
        let flags =
            OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
        let tree = open_tree(CWD, &path, flags).map_err(told_of(&path))?;
        // To be asked now: the new root may come to lie over this very path.
        let is_folder = path.is_dir();
        Ok(Self { path, is_writable, is_folder, tree })
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn place(piece: &Piece, at: &Path) -> io::Result<()> {
    // What lies in a piece that is already there needs no place of its own.
    if !at.exists() {
        if piece.is_folder {
            fs::create_dir_all(at)?;
        } else {
            make_parent(at)?;
            fs::File::create(at)?;
        }
    }
    move_mount(&piece.tree, "", CWD, at, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?;
    // The host's own restrictions are locked for a new user namespace: leaving one out would be refused.
    let host = statvfs(at)?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::NOSUID;
    flags.set(MountFlags::NOEXEC, host.contains(StatVfsMountFlags::NOEXEC));
    flags.set(MountFlags::NODEV, host.contains(StatVfsMountFlags::NODEV) || !piece.path.starts_with("/dev"));
    flags.set(MountFlags::RDONLY, host.contains(StatVfsMountFlags::RDONLY) || !piece.is_writable);
    Ok(mount_remount(at, flags, "")?)
}

/// The linker's parts look for their own program in `/proc/self/exe`. Where the host's `/proc` is not whole (in most
/// containers) the system allows no new one: then a linker without that need is used
/// ([`crate::trial::Found::OwnProgram`]).
fn offer_proc(at: &Path) {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
    if fs::create_dir(at).is_ok() {
        let _ = mount("proc", at, "proc", flags, c"subset=pid")
            .or_else(|_| mount("proc", at, "proc", flags, None));
    }
}

fn told<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}

fn told_of<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> String {
    move |error| format!("cannot take {} into the sandbox: {error}", path.display())
}
