//! Folders and archives that are named by the students' ids.

use super::listing::Node;
use super::{Download, HandIn, Origin, Who};

/// Ends of what can be a submission.
const ENDS: [&str; 5] = [".tar.gz", ".tgz", ".tar", ".zip", ".rs"];

pub(super) fn read(nodes: Vec<Node>) -> Download {
    let mut download = Download { origin: Origin::Plain, hand_ins: Vec::new(), unread: Vec::new() };
    for node in nodes {
        let Some(id) = id_of(&node) else {
            download.unread.push(node.name);
            continue;
        };
        download.hand_ins.push(HandIn {
            name: node.name.clone(),
            who: Who { id, ..Who::default() },
            submitted_at: None,
            notes: Vec::new(),
            content: node.content(),
        });
    }
    download
}

/// The name without what says that it is an archive.
fn id_of(node: &Node) -> Option<String> {
    if node.is_folder {
        return Some(node.name.clone());
    }
    let lower = node.name.to_ascii_lowercase();
    let end = ENDS.iter().find(|end| lower.ends_with(*end))?;
    // An ending of ASCII letters leaves the rest of the name whole.
    node.name.get(..node.name.len() - end.len()).filter(|id| !id.is_empty()).map(str::to_owned)
}
