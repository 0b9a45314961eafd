//! Which labs are meant, when a user names some.

use miette::Diagnostic;
use thiserror::Error;

use super::{Course, Lab};

/// A lab that the course does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[error("there is no lab `{name}`; the labs are: {}", known.join(", "))]
pub struct UnknownLab {
    /// The name that was asked for.
    pub name: String,
    /// The labs' names.
    pub known: Vec<String>,
    /// What may have been meant.
    #[help]
    pub help: Option<String>,
}

impl Course {
    /// The labs of these names, in the course's order; all of them where none is named.
    ///
    /// # Errors
    /// When there is no such lab.
    pub fn choose(&self, names: &[String]) -> Result<Vec<&Lab>, UnknownLab> {
        for name in names {
            if self.lab(name).is_none() {
                let known: Vec<_> = self.lab_names().into_iter().map(str::to_owned).collect();
                let help = closest(name, &known).map(|lab| format!("did you mean `{lab}`?"));
                return Err(UnknownLab { name: name.clone(), known, help });
            }
        }
        let wanted = |lab: &&Lab| names.is_empty() || names.contains(&lab.lab);
        Ok(self.labs.iter().filter(wanted).collect())
    }
}

/// The known name that is nearest to `name`, unless all are far from it.
#[must_use]
pub fn closest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let near = |lab: &&String| {
        let far = name.len().max(lab.len()).div_ceil(2);
        distance(name, lab) <= far || (name.len() > 2 && lab.starts_with(name))
    };
    // Whoever types the beginning of a long name is far from it by letters.
    known.iter().filter(near).min_by_key(|lab| (!lab.starts_with(name), distance(name, lab)))
}

/// How many letters must be inserted, removed or replaced to make `b` of `a` (Levenshtein's distance).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::typing_error("page_tabel", Some("page_table"))]
    #[case::hyphen("page-table", Some("page_table"))]
    #[case::beginning("multi", Some("multi_level_walk"))]
    #[case::beginning_of_a_long_name("page_table_", Some("page_table_of_four_levels"))]
    #[case::short("tbl", Some("tlb"))]
    #[case::far("zebra", None)]
    fn the_closest_name_is_offered(#[case] name: &str, #[case] expected: Option<&str>) {
        let known = ["page_table", "tlb", "multi_level_walk", "page_table_of_four_levels"].map(str::to_owned);
        assert_eq!(closest(name, &known).map(String::as_str), expected);
    }
}
