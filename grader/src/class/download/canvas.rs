//! Canvas's "Download Submissions": all files of all students in one folder, renamed.
//!
//! ```text
//! doejane_LATE_12345_67890_page_table-2.rs
//! └─┬───┘ └┬─┘ └─┬─┘ └─┬─┘ └────┬───┘└┤
//!   name   late  user  upload   file  version, when a file of that name was uploaded again
//! ```

use std::collections::BTreeMap;

use super::listing::Node;
use super::{Content, Download, HandIn, Origin, Who};
use crate::intake::{Piece, without_copy_number};

/// What a file's name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) name: &'a str,
    pub(super) is_late: bool,
    pub(super) user: &'a str,
    pub(super) upload: u64,
    pub(super) file: &'a str,
}

/// Takes a name apart, if Canvas made it.
pub(super) fn parts(file: &str) -> Option<Parts<'_>> {
    let (name, rest) = file.split_once('_')?;
    let (is_late, rest) = match rest.strip_prefix("LATE_") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (user, rest) = rest.split_once('_')?;
    let (upload, file) = rest.split_once('_')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = !name.is_empty() && is_number(user) && is_number(upload) && !file.is_empty();
    whole.then_some(Parts { name, is_late, user, upload: upload.parse().ok()?, file })
}

/// All files of one student.
#[derive(Default)]
struct Files {
    name: String,
    is_late: bool,
    /// By the name without its version: version, upload, and the file.
    newest: BTreeMap<String, ((u32, u64), Node)>,
    older: Vec<String>,
}

pub(super) fn read(nodes: Vec<Node>) -> Download {
    let mut students: BTreeMap<String, Files> = BTreeMap::new();
    let mut unread = Vec::new();
    for node in nodes {
        let name = node.name.clone();
        let Some(parts) = parts(&name).filter(|_| !node.is_folder) else {
            unread.push(name);
            continue;
        };
        let files = students.entry(parts.user.to_owned()).or_default();
        parts.name.clone_into(&mut files.name);
        files.is_late |= parts.is_late;
        files.add(&parts, node);
    }
    let hand_ins = students.into_iter().map(|(user, files)| files.hand_in(user)).collect();
    Download { origin: Origin::Canvas, hand_ins, unread }
}

impl Files {
    fn add(&mut self, parts: &Parts<'_>, node: Node) {
        let (plain, version) = version_of(parts.file);
        let age = (version, parts.upload);
        match self.newest.get(&plain) {
            Some((other, _)) if *other > age => self.older.push(node.name),
            _ => {
                if let Some((_, older)) = self.newest.insert(plain, (age, node)) {
                    self.older.push(older.name);
                }
            }
        }
    }

    fn hand_in(self, user: String) -> HandIn {
        let mut notes = Vec::new();
        if self.is_late {
            notes.push("Canvas marked it LATE".to_owned());
        }
        if !self.older.is_empty() {
            notes.push(format!("older versions, not read: {}", self.older.join(", ")));
        }
        let piece = |(plain, (_, node)): (String, (_, Node))| node.piece(&plain);
        let pieces: Vec<Piece> = self.newest.into_iter().filter_map(piece).collect();
        HandIn {
            name: format!("{}_{user}", self.name),
            who: Who { id: user, name: self.name, email: String::new() },
            submitted_at: None,
            notes,
            content: Content::Pieces(pieces),
        }
    }
}

/// `tlb-2.rs` is version 2 of `tlb.rs`.
fn version_of(file: &str) -> (String, u32) {
    let (stem, end) = file.split_once('.').map_or((file, ""), |(stem, end)| (stem, end));
    let plain = without_copy_number(stem);
    let digits: String = stem[plain.len()..].chars().filter(char::is_ascii_digit).collect();
    let name = if end.is_empty() { plain.to_owned() } else { format!("{plain}.{end}") };
    (name, digits.parse().unwrap_or(0))
}
