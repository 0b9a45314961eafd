//! A submission that compiles by itself, but not with what judges it: told in the student's terms.
//!
//! rustc's own words would point into a file that the student never saw. What matters is what the student's file lacks.

use crate::course::Lab;
use crate::text;

use super::diagnostics::{Diagnostic, Diagnostics};

/// Errors that are told; the rest follows from the first ones as a rule.
const TOLD: usize = 5;
const MESSAGE_BYTES: usize = 1000;

/// Why `lab`'s file does not fit.
pub(super) fn explain(lab: &Lab, diagnostics: &Diagnostics) -> String {
    let gone: Vec<String> =
        lab.types.iter().filter_map(|name| missing_type(&lab.lab, name, &diagnostics.errors)).collect();
    if !gone.is_empty() {
        return gone.join("\n");
    }
    let told: Vec<String> = diagnostics.errors.iter().take(TOLD).map(tell).collect();
    if told.is_empty() {
        return diagnostics.text();
    }
    let file = format!("{}.rs", lab.lab);
    format!(
        "{file} compiles, but no longer has what it is used by; compare its types and signatures with the original's:\n{}",
        told.join("\n")
    )
}

/// A sentence about the type `name`, if an error says that it cannot be reached.
fn missing_type(lab: &str, name: &str, errors: &[Diagnostic]) -> Option<String> {
    errors.iter().find_map(|error| match code(error) {
        "E0432" | "E0433" | "E0412" | "E0425" if names_path(error, lab, name) => {
            Some(format!("{lab}.rs no longer has `{name}`"))
        }
        "E0603" if error.message.contains(&format!("`{name}`")) => {
            Some(format!("`{name}` in {lab}.rs must be `pub`"))
        }
        _ => None,
    })
}

fn code(error: &Diagnostic) -> &str {
    error.code.as_ref().map_or("", |code| &code.code)
}

/// Whether the error is about `labs::<lab>::<name>`, however it puts it.
fn names_path(error: &Diagnostic, lab: &str, name: &str) -> bool {
    let path = format!("`labs::{lab}::{name}`");
    let short = format!("`{name}`");
    let labels = error.spans.iter().filter_map(|span| span.label.as_deref());
    error.message.contains(&path)
        || labels.into_iter().any(|label| label.contains(&short))
        || error.message.contains(&short)
}

/// One error: its message, and what it says about the student's own lines.
fn tell(error: &Diagnostic) -> String {
    let mut lines = vec![format!("- {}", error.message)];
    let own = error.children.iter().flat_map(|child| &child.spans).chain(&error.spans);
    for span in own.filter(|span| span.file_name.starts_with("labs/src/")) {
        let label = span.label.as_deref().unwrap_or("see there");
        lines.push(format!("  {}:{}: {label}", span.file_name, span.line_start));
    }
    let advice = error.children.iter().filter(|child| child.spans.is_empty());
    lines.extend(advice.map(|child| format!("  {}", child.message)));
    text::clean(&lines.join("\n"), MESSAGE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Ending, Outcome};
    use crate::sandbox::ProcessLimits;
    use rstest::rstest;
    use std::time::Duration;

    fn explained(lines: &[&str]) -> String {
        let lab = Lab { lab: "tlb".into(), types: vec!["Entry".into(), "Cache".into()], ..Lab::default() };
        let outcome = Outcome {
            ending: Ending::Exited(1),
            stdout: Vec::new(),
            stderr: lines.join("\n").into_bytes(),
            duration: Duration::ZERO,
            cpu: Duration::ZERO,
        };
        let limits = ProcessLimits {
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            memory_bytes: 0,
            file_bytes: 0,
            output_bytes: 0,
        };
        explain(&lab, &Diagnostics::of(&outcome, &limits).unwrap())
    }

    #[rstest]
    #[case::one(
        r#"{"message":"unresolved import `labs::tlb::Cache`","code":{"code":"E0432"},"level":"error","spans":[],"children":[]}"#,
        "tlb.rs no longer has `Cache`"
    )]
    #[case::both(
        r#"{"message":"unresolved imports `labs::tlb::Entry`, `labs::tlb::Cache`","code":{"code":"E0432"},"level":"error","spans":[],"children":[]}"#,
        "tlb.rs no longer has `Entry`\ntlb.rs no longer has `Cache`"
    )]
    #[case::private(
        r#"{"message":"struct `Cache` is private","code":{"code":"E0603"},"level":"error","spans":[],"children":[]}"#,
        "`Cache` in tlb.rs must be `pub`"
    )]
    fn a_missing_type_is_named(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(explained(&[line]), expected);
    }

    #[test]
    fn other_misfits_keep_the_message_and_the_own_lines() {
        let line = r#"{"message":"the trait bound `Cache: Tlb` is not satisfied","code":{"code":"E0277"},"level":"error",
            "spans":[{"file_name":"labs/tests/tlb.rs","line_start":7,"label":"unsatisfied"}],
            "children":[{"message":"it lies here","code":null,"level":"help","children":[],"rendered":null,
                "spans":[{"file_name":"labs/src/tlb.rs","line_start":3,"label":null}]}]}"#
            .replace('\n', "");
        insta::assert_snapshot!(explained(&[&line]), @r"
        tlb.rs compiles, but no longer has what it is used by; compare its types and signatures with the original's:
        - the trait bound `Cache: Tlb` is not satisfied
          labs/src/tlb.rs:3: see there
        ");
    }
}
