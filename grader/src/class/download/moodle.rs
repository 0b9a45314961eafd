//! Moodle's "Download all submissions": a folder for each participant, or files whose names begin as those folders'.
//!
//! ```text
//! Jane Doe_123456_assignsubmission_file_/tlb.rs
//! └──┬───┘ └─┬──┘ └──────────┬────────┘
//!   name  participant      what it is: only handed-in files are read
//! ```

use std::collections::BTreeMap;

use super::listing::Node;
use super::{Content, Download, HandIn, Origin, Who};
use crate::intake::Piece;

/// What stands between the participant and what follows.
const MARK: &str = "_assignsubmission_";

/// What the name of a folder or file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) name: &'a str,
    pub(super) participant: &'a str,
    /// `file`, or `onlinetext` and others, which are no files of a lab.
    pub(super) kind: &'a str,
    /// The file's own name, where all files lie in one folder.
    pub(super) file: &'a str,
}

/// Takes a name apart, if Moodle made it.
pub(super) fn parts(name: &str) -> Option<Parts<'_>> {
    let (who, what) = name.split_once(MARK)?;
    let (name, participant) = who.rsplit_once('_')?;
    let (kind, file) = what.split_once('_').unwrap_or((what, ""));
    let is_number = !participant.is_empty() && participant.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !name.is_empty()).then_some(Parts { name, participant, kind, file })
}

pub(super) fn read(nodes: Vec<Node>) -> Download {
    let mut download = Download { origin: Origin::Moodle, hand_ins: Vec::new(), unread: Vec::new() };
    let mut loose: BTreeMap<(String, String), Vec<Piece>> = BTreeMap::new();
    for node in nodes {
        let name = node.name.clone();
        match parts(&name) {
            Some(Parts { name: full_name, participant, kind: "file", file }) => {
                if node.is_folder {
                    let content = node.content();
                    download.hand_ins.push(hand_in(&name, participant, full_name, content));
                } else {
                    let who = (participant.to_owned(), full_name.to_owned());
                    loose.entry(who).or_default().extend(node.piece(file));
                }
            }
            _ => download.unread.push(name),
        }
    }
    for ((participant, name), pieces) in loose {
        let shown = format!("{name}_{participant}");
        download.hand_ins.push(hand_in(&shown, &participant, &name, Content::Pieces(pieces)));
    }
    download
}

fn hand_in(shown: &str, participant: &str, name: &str, content: Content) -> HandIn {
    HandIn {
        name: shown.to_owned(),
        who: Who { id: participant.to_owned(), name: name.to_owned(), email: String::new() },
        submitted_at: None,
        notes: Vec::new(),
        content,
    }
}
