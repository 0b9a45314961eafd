//! The result as JSON: the contract with other tools, exactly the shape of [`Report`].

use crate::verdict::Report;

/// `report` as JSON, indented, with a line end.
#[must_use]
pub fn render(report: &Report) -> String {
    // Writing JSON fails only on keys that are no strings and on writers that fail; a report has neither.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
