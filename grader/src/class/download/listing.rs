//! What lies at the top of a class's folder or archive, in one form for both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::ClassError;
use super::Content;
use super::{canvas, gradescope, moodle};
use crate::intake::{Bundle, Piece, Place, is_clutter, lab_of};

/// Something at the top: a file or a folder.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) is_folder: bool,
    /// Where it lies on disk; none in an archive.
    disk: Option<PathBuf>,
    /// The files below it, of an archive: their paths within the folder. Of a file: itself.
    pieces: Vec<Piece>,
    /// Why it cannot be read.
    odd: Option<&'static str>,
}

impl Node {
    /// It as somebody's whole submission.
    pub(super) fn content(self) -> Content {
        match (self.odd, self.disk) {
            (Some(odd), _) => Content::Odd(format!("{} is {odd}", self.name)),
            (None, Some(path)) => Content::Path(path),
            (None, None) => Content::Pieces(self.pieces),
        }
    }

    /// It as one of several files of a submission, under another name.
    pub(super) fn piece(mut self, name: &str) -> Option<Piece> {
        let place = self.pieces.pop()?.place;
        Some(Piece { path: name.to_owned(), place })
    }

    /// Its first `most` bytes, when it is a file.
    pub(super) fn bytes(&self, most: u64) -> Result<Vec<u8>, ClassError> {
        match (&self.disk, self.pieces.first()) {
            (Some(path), _) => fs::read(path).map_err(ClassError::unreadable(path)),
            (None, Some(Piece { place: Place::Bundle(bundle, index), .. })) => {
                Ok(bundle.bytes(*index, most)?)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// What lies at the top of `path`, by name; below the only folder there, where that one holds everything.
pub(super) fn list(path: &Path, labs: &[&str]) -> Result<Vec<Node>, ClassError> {
    let about = fs::metadata(path).map_err(ClassError::unreadable(path))?;
    if about.is_dir() {
        let nodes = folder(path)?;
        return Ok(match &nodes[..] {
            [only] if only.is_folder => {
                let inner = only.disk.as_deref().map(folder).transpose()?.unwrap_or_default();
                if wraps(only, &inner, labs) { inner } else { nodes }
            }
            _ => nodes,
        });
    }
    let bundle = Arc::new(Bundle::open(path)?);
    let files: Vec<Piece> = bundle
        .files()?
        .into_iter()
        .filter(|(path, _)| !path.split('/').any(is_clutter))
        .map(|(path, index)| Piece { path, place: Place::Bundle(Arc::clone(&bundle), index) })
        .collect();
    let nodes = group(files);
    Ok(match &nodes[..] {
        [only] if only.is_folder => {
            let inner = group(only.pieces.clone());
            if wraps(only, &inner, labs) { inner } else { nodes }
        }
        _ => nodes,
    })
}

/// Whether the folder `outer`, which holds `inner`, is no submission but holds many.
fn wraps(outer: &Node, inner: &[Node], labs: &[&str]) -> bool {
    let is_of_an_lms = |node: &Node| {
        moodle::parts(&node.name).is_some() || (!node.is_folder && canvas::parts(&node.name).is_some())
    };
    if is_of_an_lms(outer) {
        return false;
    }
    let is_of_a_tree = |node: &Node| match node.is_folder {
        true => matches!(node.name.as_str(), "labs" | "src"),
        false => lab_of(&node.name, labs).is_some() && !is_of_an_lms(node),
    };
    if gradescope::metadata(inner).is_some() || inner.iter().any(is_of_an_lms) {
        return true;
    }
    inner.len() > 1 && !inner.iter().any(is_of_a_tree)
}

fn folder(path: &Path) -> Result<Vec<Node>, ClassError> {
    let entries = fs::read_dir(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(ClassError::unreadable(path))?;
    let mut nodes = Vec::new();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_clutter(&name) {
            continue;
        }
        let about = entry.file_type().map_err(ClassError::unreadable(&entry.path()))?;
        let is_odd = !about.is_dir() && !about.is_file();
        let piece = Piece { path: name.clone(), place: Place::Disk(entry.path()) };
        nodes.push(Node {
            name,
            is_folder: about.is_dir(),
            disk: Some(entry.path()),
            pieces: vec![piece],
            odd: is_odd.then_some(
                "neither a file nor a folder; links are not followed, so put the work itself there",
            ),
        });
    }
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(nodes)
}

/// The files of an archive by the first part of their paths.
fn group(files: Vec<Piece>) -> Vec<Node> {
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    for Piece { path, place } in files {
        let path = path.trim_start_matches("./").to_owned();
        let (name, rest) = match path.split_once('/') {
            Some((name, rest)) => (name.to_owned(), Some(rest.to_owned())),
            None => (path.clone(), None),
        };
        let is_folder = rest.is_some();
        let node = nodes.entry(name.clone()).or_insert_with(|| Node {
            name,
            is_folder,
            disk: None,
            pieces: Vec::new(),
            odd: None,
        });
        node.pieces.push(Piece { path: rest.unwrap_or(path), place });
    }
    nodes.into_values().collect()
}
