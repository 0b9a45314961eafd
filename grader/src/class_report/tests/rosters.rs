//! What reports make of times of submission and of what a roster or a download says of students.

use super::*;

#[test]
fn what_was_not_handed_in_is_not_called_late() {
    let class = Class::new();
    let mut late = entry("zoe", vec![passed(&class.course), tlb(&class.course, Verdict::NotStarted)]);
    late.labs[1].report.verdict = LabVerdict::Missing;
    for lab in &mut late.labs {
        lab.lateness = Lateness { due: None, days: 3, excused: 1, percent: 20.0 };
    }
    let mut gradebook = Gradebook::open_to_write(&class.path("class.gradebook"), "a test").unwrap();
    gradebook.record(&late, &BTreeMap::new()).unwrap();
    drop(gradebook);
    let table = class.table(Table::Moodle, None);
    let comment =
        "page_table: 80 of 100 (passed, 3 days late, 1 day of grace: 20 % off); tlb: 0 of 100 (no file)";
    assert!(table.contains(comment), "{table}");
}

#[rstest]
#[case::costs_nothing(
    "late: { percent_per_day: 0 }",
    0.0,
    "Being late cost no points. The rule: being late is noted and costs nothing."
)]
#[case::no_grace(
    "late: { percent_per_day: 12.5 }",
    12.5,
    "Being late took 12.5 of the 100 points reached. The rule: each started day after the deadline takes 12.5 % of a lab's points."
)]
#[case::grace_pays(
    "late: { percent_per_day: 5, grace_days: 2 }",
    0.0,
    "Being late cost no points. The rule: each started day after the deadline takes 5 % of a lab's points; the first 2 late days cost nothing."
)]
fn what_being_late_cost_is_told_with_the_rule(
    #[case] rule: &str,
    #[case] percent: f64,
    #[case] expected: &str,
) {
    let class = Class::new();
    let at = COURSE.find("late:").unwrap();
    let end = at + COURSE[at..].find('\n').unwrap();
    let text = format!("{}{rule}{}", &COURSE[..at], &COURSE[end..]);
    let course = Course::parse("course.yaml", text).unwrap();
    let mut late = entry("ann", vec![passed(&class.course)]);
    late.labs[0].lateness = Lateness { due: None, days: 1, excused: 0, percent };
    let gradebook = class.gradebook();
    let source = Source::new(&gradebook, &course, &[]).unwrap();
    assert_eq!(late::cost(&source, &late).as_deref(), Some(expected));
}

#[test]
fn numbers_of_canvas_and_moodle_stand_in_their_columns_wherever_they_come_from() {
    let class = Class::new();
    let known = |id: &str, on_roster: bool, columns: &[(&str, &str)]| Student {
        id: id.to_owned(),
        on_roster,
        columns: columns.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ..Student::default()
    };
    let students = [
        known("u1", true, &[("id", "u1"), ("Canvas ID", "501"), ("Moodle ID", "41")]),
        known("u2", true, &[("ID", "u2")]),
        known("canvas:503", false, &[("canvas_id", "503"), ("moodle_id", "Participant 42")]),
    ];
    let mut gradebook = Gradebook::open_to_write(&class.path("class.gradebook"), "a test").unwrap();
    gradebook.enrol(&students, &[]).unwrap();
    drop(gradebook);
    let table = class.table(Table::Canvas, None);
    let worksheet = class.table(Table::Moodle, None);
    for row in ["\nParticipant 41,", "\nParticipant 42,", "\nu2,"] {
        assert!(worksheet.contains(row), "{worksheet} lacks {row:?}");
    }
    for row in ["\n,501,u1,,,\n", "\n,,u2,,,\n", "\n,503,,,,\n"] {
        assert!(table.contains(row), "{table} lacks {row:?}");
    }
}

#[test]
fn a_column_that_the_export_has_not_is_doubted() {
    let class = Class::new();
    let gradebook = class.gradebook();
    let source = Source::new(&gradebook, &class.course, &[]).unwrap();
    let doubt = csv::doubt(&source, Some("Labs (13)")).unwrap().unwrap();
    assert!(doubt.contains("no column 'Labs (13)', so Canvas would make a new assignment"), "{doubt}");
}
