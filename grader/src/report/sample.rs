//! Made-up results, for the tests of everything that prints results.

use crate::course::Course;
use crate::score;
use crate::verdict::{CaseResult, Kind, LabReport, Report, SCHEMA, Verdict};

/// An item that took 3 ms and says nothing.
pub(crate) fn item(name: &str, kind: Kind, criterion: &str, verdict: Verdict) -> CaseResult {
    CaseResult {
        name: name.to_owned(),
        kind,
        criterion: criterion.to_owned(),
        verdict,
        duration_ms: 3,
        message: String::new(),
        difference: None,
    }
}

/// A lab with the points that these items earn.
pub(crate) fn lab(course: &Course, name: &str, cases: Vec<CaseResult>) -> LabReport {
    let lab = course.lab(name).expect("a lab of the course above");
    let scored = score::score(lab, course.weights, &cases);
    LabReport {
        lab: name.to_owned(),
        verdict: scored.verdict,
        score: scored.score,
        max_score: scored.max_score,
        compile_ms: 40,
        diagnostics: String::new(),
        criteria: scored.criteria,
        cases,
        diagnosis: Vec::new(),
    }
}

/// A submission of these labs.
pub(crate) fn report(labs: Vec<LabReport>) -> Report {
    Report {
        schema: SCHEMA,
        submission: "labs/src".to_owned(),
        score: labs.iter().map(|lab| lab.score).sum(),
        max_score: labs.iter().map(|lab| lab.max_score).sum(),
        sandbox: "limits".to_owned(),
        seed: 7,
        flags: Vec::new(),
        labs,
    }
}
