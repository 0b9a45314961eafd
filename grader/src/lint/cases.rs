//! Tests and criteria: every test counts for exactly one criterion, and every pattern finds a test.

use crate::course::{Lab, pattern_matches};
use crate::skeleton;

use super::{Findings, Reference};

pub(super) fn check(lab: &Lab, reference: &mut dyn Reference, findings: &mut Findings<'_>) {
    let layout = findings.layout;
    let tests = layout.tests_source(&lab.lab);
    if !tests.is_file() {
        return;
    }
    let names = match reference.case_names(lab) {
        Ok(names) => names,
        Err(fault) => {
            findings.problem(&tests, None, fault.to_string());
            return;
        }
    };
    if let Some(mismatch) = skeleton::check_manifest(layout, &lab.lab, &names) {
        findings.problem(
            &mismatch.path.clone(),
            Some(mismatch.line),
            format!(
                "the list of tests is not what the tests are (expected {}, found {}): run grader skeleton",
                mismatch.expected.as_deref().unwrap_or("its end"),
                mismatch.actual.as_deref().unwrap_or("its end")
            ),
        );
    }
    if names.is_empty() {
        findings.problem(&tests, None, "there are no tests but `scenarios`".to_owned());
    }
    check_names(lab, &names, findings);
    check_patterns(lab, &names, findings);
    check_plug(lab, reference, findings);
}

/// Where the programs that are built once do not fit, everything is still judged, and takes three times as long.
fn check_plug(lab: &Lab, reference: &mut dyn Reference, findings: &mut Findings<'_>) {
    let plug = findings.layout.plug_source(&lab.lab);
    if !plug.is_file() {
        return;
    }
    match reference.misfit(lab) {
        Ok(None) => {}
        Ok(Some(words)) => {
            let message = format!(
                "{} cannot be plugged in (fixtures/socket/src/{0}.rs says what there is), so every submission waits for a \
                 compilation of its tests:\n{words}",
                lab.lab
            );
            findings.problem(&plug, None, message);
        }
        Err(fault) => findings.problem(&plug, None, fault.to_string()),
    }
}

fn check_names(lab: &Lab, names: &[String], findings: &mut Findings<'_>) {
    let tests = findings.layout.tests_source(&lab.lab);
    for name in names {
        let counting: Vec<_> = lab
            .criteria
            .iter()
            .filter(|criterion| criterion.has_case(name))
            .map(|criterion| format!("\"{}\"", criterion.name))
            .collect();
        match counting.as_slice() {
            [_] => {}
            [] => findings.problem(
                &tests,
                None,
                format!("test {name} counts for no criterion: add it to the `cases` of one"),
            ),
            several => findings.problem(
                &tests,
                None,
                format!("test {name} counts for {}, expected one", several.join(" and ")),
            ),
        }
    }
}

fn check_patterns(lab: &Lab, names: &[String], findings: &mut Findings<'_>) {
    for criterion in &lab.criteria {
        for pattern in &criterion.cases {
            if !names.iter().any(|name| pattern_matches(pattern, name)) {
                let message = format!("no test is called `{pattern}`");
                findings.item(lab, &criterion.name, pattern, message);
            }
        }
    }
}
