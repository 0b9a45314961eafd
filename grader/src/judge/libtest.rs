//! The output of Rust's test runner, read strictly: only the exact text of a full pass is a pass.

use std::collections::BTreeMap;

use crate::verdict::Verdict;

use super::ending::Panic;

/// Arguments that run every test but the one that compares snapshots, which the grader judges by itself.
pub(super) const WHOLE: [&str; 4] = ["--exact", "--skip", SCENARIOS, "--test-threads=1"];
/// Arguments that list all tests.
pub const LIST: [&str; 1] = ["--list"];
/// Exit code of the runner when a test failed.
pub(super) const FAILED: i32 = 101;
/// The one test that is no case.
const SCENARIOS: &str = "scenarios";

/// Names of the tests that `--list` printed, sorted, the comparison of snapshots apart.
#[must_use]
pub fn listed(stdout: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stdout);
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    let mut names: Vec<String> = names.filter(|name| *name != SCENARIOS).map(str::to_owned).collect();
    names.sort();
    names
}

/// Whether `stdout` is exactly what the runner prints when these tests and no others ran and passed.
pub(super) fn says_all_passed(stdout: &[u8], names: &[String]) -> bool {
    let Ok(text) = std::str::from_utf8(stdout) else {
        return false;
    };
    let count = names.len();
    let plural = if count == 1 { "test" } else { "tests" };
    let head = format!("\nrunning {count} {plural}\n");
    let Some((tests, result)) = text.strip_prefix(&head).and_then(|rest| rest.split_once("\n\n")) else {
        return false;
    };
    let passed = |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... ok")?.to_owned());
    let Some(mut ran) = tests.lines().map(passed).collect::<Option<Vec<_>>>() else {
        return false;
    };
    ran.sort();
    count > 0 && ran == names && is_result(result, count)
}

/// `test result: ok. N passed; 0 failed; 0 ignored; 0 measured; M filtered out; finished in S.SSs` and two line ends.
fn is_result(text: &str, count: usize) -> bool {
    let head = format!("test result: ok. {count} passed; 0 failed; 0 ignored; 0 measured; ");
    let rest = text.strip_prefix(&head).and_then(|rest| rest.strip_suffix("s\n\n"));
    let Some((filtered, seconds)) = rest.and_then(|rest| rest.split_once(" filtered out; finished in "))
    else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = seconds.split_once('.').is_some_and(|(whole, part)| digits(whole) && digits(part));
    digits(filtered) && is_time
}

/// What a run of tests says of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    Passed,
    /// It reached a `todo!()` with these words.
    NotStarted(String),
    Failed,
}

/// What a run says of each test that it names.
pub(super) fn claims(stdout: &[u8]) -> BTreeMap<String, Claim> {
    let text = String::from_utf8_lossy(stdout);
    let (tests, failures) = text.split_once("\n\nfailures:\n").unwrap_or((&text, ""));
    let mut claims = BTreeMap::new();
    for line in tests.lines().filter_map(|line| line.strip_prefix("test ")) {
        if let Some(name) = line.strip_suffix(" ... ok") {
            claims.insert(name.to_owned(), Claim::Passed);
        } else if let Some(name) = line.strip_suffix(" ... FAILED") {
            claims.insert(name.to_owned(), Claim::Failed);
        }
    }
    for section in failures.split("\n---- ").skip(1) {
        let Some((name, printed)) = section.split_once(" stdout ----\n") else {
            continue;
        };
        let todo = Panic::find(printed).map(|panic| panic.verdict());
        if let (Some((Verdict::NotStarted, words)), Some(claim)) = (todo, claims.get_mut(name)) {
            *claim = Claim::NotStarted(words);
        }
    }
    claims
}

/// What the test `name` printed before it failed without a panic.
pub(super) fn words_of(stdout: &str, name: &str) -> String {
    let head = format!("---- {name} stdout ----\n");
    let words = stdout.split_once(&head).map(|(_, rest)| rest);
    let words = words.and_then(|rest| rest.split("\n\nfailures:").next());
    words.unwrap_or("the test did not report that it passed").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PASS: &str = "\nrunning 2 tests\ntest b ... ok\ntest a::x ... ok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s\n\n";

    fn says(text: &str) -> bool {
        says_all_passed(text.as_bytes(), &["a::x".to_owned(), "b".to_owned()])
    }

    #[test]
    fn the_exact_text_is_a_pass() {
        assert!(says(PASS));
    }

    #[rstest]
    #[case::empty("", "")]
    #[case::failed("test b ... ok", "test b ... FAILED")]
    #[case::ignored("test b ... ok", "test b ... ignored")]
    #[case::another_test("test b ... ok", "test c ... ok")]
    #[case::twice("test b ... ok", "test a::x ... ok")]
    #[case::one_more("test b ... ok\n", "test b ... ok\ntest c ... ok\n")]
    #[case::noise_before("\nrunning", "noise\nrunning")]
    #[case::noise_after("0.01s\n\n", "0.01s\n\nnoise")]
    #[case::not_counted("2 passed", "1 passed")]
    #[case::no_time("0.01s", "0.s")]
    fn any_other_text_is_none(#[case] part: &str, #[case] other: &str) {
        let text = if part.is_empty() { String::new() } else { PASS.replace(part, other) };
        assert!(!says(&text));
    }

    #[test]
    fn no_test_is_no_pass() {
        let text = "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\n";
        assert!(!says_all_passed(text.as_bytes(), &[]));
    }

    #[test]
    fn the_list_is_read() {
        let printed = b"b: test\na::x: test\nscenarios: test\n\n3 tests, 0 benchmarks\n";
        assert_eq!(listed(printed), ["a::x", "b"]);
    }

    #[test]
    fn a_run_that_failed_says_what_of_each_test() {
        let printed = "\nrunning 3 tests\ntest a ... ok\ntest b::x ... FAILED\ntest c ... FAILED\n\nfailures:\n\n\
            ---- b::x stdout ----\n\nthread 'b::x' (7) panicked at labs/src/tlb.rs:4:9:\nnot yet implemented: step 1: go\n\
            note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n\
            ---- c stdout ----\n\nthread 'c' (7) panicked at labs/tests/tlb.rs:4:9:\nno\n\n\nfailures:\n    b::x\n    c\n\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n";
        let expected = [
            ("a", Claim::Passed),
            ("b::x", Claim::NotStarted("step 1: go".to_owned())),
            ("c", Claim::Failed),
        ];
        let expected = BTreeMap::from(expected.map(|(name, claim)| (name.to_owned(), claim)));
        assert_eq!(claims(printed.as_bytes()), expected);
    }
}
