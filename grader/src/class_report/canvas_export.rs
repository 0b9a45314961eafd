//! What an export of Canvas's gradebook says, where it was given as the roster: students' numbers, and names of columns.

use std::collections::BTreeSet;

use crate::gradebook::{CANVAS_ID, Student};

/// The school's ids, which only an export of Canvas names so.
const SCHOOL_IDS: [&str; 2] = ["SIS User ID", "SIS Login ID"];

/// The number by which Canvas knows the student, if anything says it: a roster's column `canvas_id`, Canvas's own export, or
/// its download.
pub(super) fn number(student: &Student) -> Option<String> {
    let own = || is_exported(student).then(|| student.columns.get("ID")).flatten();
    let own = || own().filter(|number| !number.is_empty()).cloned();
    super::said(student, CANVAS_ID).map(str::to_owned).or_else(own)
}

/// Whether the student's row is one of an export. The `ID` of any other roster is the school's. An export without the school's
/// ids has Canvas's numbers alone.
fn is_exported(student: &Student) -> bool {
    let columns = &student.columns;
    let is_number = |id: &String| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let has_numbers = || columns.contains_key("Student") && columns.get("ID").is_some_and(is_number);
    SCHOOL_IDS.iter().any(|header| columns.contains_key(*header)) || has_numbers()
}

/// All headers of the export; none if there was no export.
pub(super) fn columns(students: &[Student]) -> BTreeSet<String> {
    let exported = students.iter().filter(|student| is_exported(student));
    exported.flat_map(|student| student.columns.keys().cloned()).collect()
}

/// What is wrong with `column`, if the export with these `columns` has it not.
pub(super) fn doubt(columns: &BTreeSet<String>, column: &str) -> Option<String> {
    if columns.is_empty() || columns.contains(column) {
        return None;
    }
    // Canvas writes the number of an assignment behind its name.
    let is_assignment = |header: &&String| {
        let number =
            header.strip_suffix(')').and_then(|header| header.rsplit_once(" (")).map(|(_, number)| number);
        number.is_some_and(|number| number.parse::<u64>().is_ok())
    };
    let assignments: Vec<String> =
        columns.iter().filter(is_assignment).map(|header| format!("'{header}'")).collect();
    let seen = match &assignments[..] {
        [] => "it has no assignment: make one there, export again and give the export as roster".to_owned(),
        [one] => format!("it has {one}: give --column {one}"),
        several => format!("give --column with one of {}", several.join(", ")),
    };
    Some(format!(
        "the export of Canvas that was the roster has no column '{column}', so Canvas would make a new assignment; {seen}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn student(columns: &[(&str, &str)]) -> Student {
        let columns = columns.iter().map(|(header, value)| ((*header).to_owned(), (*value).to_owned()));
        Student { id: "s1".to_owned(), columns: columns.collect(), on_roster: true, ..Student::default() }
    }

    #[rstest]
    #[case::export(&[("Student", "Jane"), ("ID", "77"), ("SIS User ID", "s1")], Some("77"))]
    #[case::export_without_school_ids(&[("Student", "Jane"), ("ID", "77"), ("Section", "A")], Some("77"))]
    #[case::own_column(&[("id", "s1"), ("canvas_id", "77")], Some("77"))]
    #[case::own_column_as_people_write_it(&[("id", "s1"), ("Canvas ID", "77")], Some("77"))]
    #[case::own_ids_in_capitals(&[("ID", "s1"), ("Name", "Jane")], None)]
    #[case::own_ids_and_student(&[("ID", "s1"), ("Student", "Jane")], None)]
    #[case::empty(&[("id", "s1"), ("canvas_id", "")], None)]
    fn the_number_is_canvas_own(#[case] columns: &[(&str, &str)], #[case] expected: Option<&str>) {
        assert_eq!(number(&student(columns)).as_deref(), expected);
    }

    #[rstest]
    #[case::there(&["Labs (12)"], "Labs (12)", None)]
    #[case::another(&["Labs (12)"], "Labs", Some("it has 'Labs (12)': give --column 'Labs (12)'"))]
    #[case::several(&["Labs (12)", "Test (13)"], "Labs", Some("give --column with one of 'Labs (12)', 'Test (13)'"))]
    #[case::no_assignment(&["Notes (mine)"], "Labs", Some("it has no assignment"))]
    fn a_column_that_canvas_does_not_know_is_told(
        #[case] more: &[&str],
        #[case] column: &str,
        #[case] expected: Option<&str>,
    ) {
        let mut row = vec![("Student", "Jane"), ("ID", "77"), ("SIS User ID", "s1")];
        row.extend(more.iter().map(|header| (*header, "")));
        let found = doubt(&columns(&[student(&row)]), column);
        match expected {
            None => assert_eq!(found, None),
            Some(words) => assert!(found.as_ref().is_some_and(|found| found.contains(words)), "{found:?}"),
        }
    }

    #[test]
    fn without_an_export_nothing_is_known_of_columns() {
        assert_eq!(doubt(&columns(&[student(&[("id", "s1")])]), "Labs"), None);
    }
}
