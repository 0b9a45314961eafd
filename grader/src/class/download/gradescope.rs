//! Gradescope's "Export Submissions": a folder for each submission, and one file that says whose they are and when they came.
//!
//! A submission of a group counts for each of its members.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::listing::Node;
use super::{ClassError, Download, HandIn, Origin, Who};

const METADATA: &str = "submission_metadata.yml";
/// It holds what Gradescope's own autograder printed, so it may be long.
const METADATA_BYTES: u64 = 64 << 20;

/// What the file says of one submission. Its keys are Ruby's symbols; whatever else it says does not matter here.
#[derive(Debug, Deserialize)]
struct About {
    #[serde(rename = ":submitters", default)]
    submitters: Vec<Submitter>,
    #[serde(rename = ":created_at")]
    created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Submitter {
    #[serde(rename = ":name")]
    name: Option<String>,
    #[serde(rename = ":sid")]
    sid: Option<Word>,
    #[serde(rename = ":email")]
    email: Option<String>,
}

/// Ids that are numbers are written without quotes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Number(u64),
}

/// The node that holds the metadata.
pub(super) fn metadata(nodes: &[Node]) -> Option<&Node> {
    nodes.iter().find(|node| !node.is_folder && node.name == METADATA)
}

pub(super) fn read(path: &Path, metadata: &Node, nodes: Vec<Node>) -> Result<Download, ClassError> {
    let wrong = |problem: String| ClassError::Metadata { path: path.join(METADATA), problem };
    let bytes = metadata.bytes(METADATA_BYTES)?;
    let about: BTreeMap<String, About> =
        serde_yaml::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    let mut download = Download { origin: Origin::Gradescope, hand_ins: Vec::new(), unread: Vec::new() };
    for node in nodes {
        if node.name == METADATA {
            continue;
        }
        let Some(about) = about.get(&node.name) else {
            download.unread.push(node.name);
            continue;
        };
        let submitted_at = about.created_at.as_deref().map(time).transpose().map_err(wrong)?;
        for submitter in &about.submitters {
            download.hand_ins.push(HandIn {
                name: node.name.clone(),
                who: submitter.who(),
                submitted_at,
                notes: Vec::new(),
                content: node.clone().content(),
            });
        }
    }
    Ok(download)
}

impl Submitter {
    fn who(&self) -> Who {
        let text = |value: &Option<String>| value.clone().unwrap_or_default().trim().to_owned();
        let id = match &self.sid {
            None => String::new(),
            Some(Word::Text(id)) => id.trim().to_owned(),
            Some(Word::Number(id)) => id.to_string(),
        };
        Who { id, name: text(&self.name), email: text(&self.email) }
    }
}

/// `2026-10-05 12:00:00.123456789 Z`, or with an offset in place of the `Z`.
fn time(text: &str) -> Result<Timestamp, String> {
    let mut parts = text.split_whitespace();
    let (day, time, zone) = (parts.next(), parts.next(), parts.next());
    let written = match (day, time, zone) {
        (Some(day), Some(time), Some(zone)) => format!("{day}T{time}{zone}"),
        _ => text.to_owned(),
    };
    written.parse().map_err(|_| format!("`:created_at: {text}` is no time with its offset from UTC"))
}
