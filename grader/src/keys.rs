//! Keys of visible scenarios: the snapshots that `cargo test` compares, read and written as insta does.

/// The body of a snapshot: what stands below its header; `None` when the text is no snapshot.
#[must_use]
pub fn body(snapshot: &str) -> Option<&str> {
    let header = snapshot.strip_prefix("---\n")?;
    if let Some(body) = header.strip_prefix("---\n") {
        return Some(body);
    }
    header.split_once("\n---\n").map(|(_, body)| body)
}

/// The snapshot of a trace's compared lines, as insta writes it for the test `scenarios` of `lab`.
#[must_use]
pub fn snapshot(lab: &str, compared: &str) -> String {
    format!("---\nsource: labs/tests/{lab}.rs\nexpression: trace\n---\n{}\n", compared.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = snapshot("tlb", "title: x\nstep 1: y\n  result: ok\nend\n");
        assert_eq!(body(&text), Some("title: x\nstep 1: y\n  result: ok\nend\n"));
        assert_eq!(body("title: x\n"), None);
    }
}
