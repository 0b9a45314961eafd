//! Which lab a file name means, also after a learning-management system has renamed the file.
//!
//! ```text
//! tlb.rs          the name itself
//! tlb (1).rs      a browser that downloads it again
//! tlb-2.rs        Canvas, at the second upload
//! doe_12345_67890_tlb.rs     Canvas, Gradescope and others: who and which upload, then the name
//! ```

/// The lab that `file` is named after; the longest name wins where one lab's name ends another's.
#[must_use]
pub fn lab_of<'a>(file: &str, labs: &[&'a str]) -> Option<&'a str> {
    let (stem, end) = file.rsplit_once('.')?;
    if !end.eq_ignore_ascii_case("rs") {
        return None;
    }
    let stem = without_copy_number(stem);
    let means = |lab: &&&str| is_renamed(stem, lab);
    labs.iter().filter(means).max_by_key(|lab| lab.len()).copied()
}

/// `stem` is `lab`, or `lab` after a prefix that ends in a number and `_`.
fn is_renamed(stem: &str, lab: &str) -> bool {
    let Some(prefix) = stem.strip_suffix(lab) else {
        return false;
    };
    let number = |prefix: &str| {
        let last = prefix.rsplit('_').next().unwrap_or_default();
        !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
    };
    prefix.is_empty() || prefix.strip_suffix('_').is_some_and(number)
}

/// Without ` (1)`, `(1)` or `-1` at its end.
pub(crate) fn without_copy_number(stem: &str) -> &str {
    let without_digits = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    if let Some(inner) = stem.strip_suffix(')') {
        let before = &inner[..without_digits(inner)];
        if before.len() < inner.len()
            && let Some(name) = before.strip_suffix('(')
        {
            return name.trim_end();
        }
    }
    let before = &stem[..without_digits(stem)];
    match before.strip_suffix('-') {
        Some(name) if before.len() < stem.len() => name,
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::itself("tlb.rs", Some("tlb"))]
    #[case::capital_ending("tlb.RS", Some("tlb"))]
    #[case::second_download("tlb (1).rs", Some("tlb"))]
    #[case::second_download_tight("tlb(12).rs", Some("tlb"))]
    #[case::second_upload("tlb-2.rs", Some("tlb"))]
    #[case::upload_number("12345_tlb.rs", Some("tlb"))]
    #[case::who_and_numbers("doejane_LATE_123_4567_page_table-1.rs", Some("page_table"))]
    #[case::longest_name("123_page_table.rs", Some("page_table"))]
    #[case::other_lab("table.rs", Some("table"))]
    #[case::a_backup_is_not_it("old_tlb.rs", None)]
    #[case::a_word_before("xtlb.rs", None)]
    #[case::a_word_after("tlb_old.rs", None)]
    #[case::dash_without_number("tlb-.rs", None)]
    #[case::empty_brackets("tlb ().rs", None)]
    #[case::no_source("tlb.txt", None)]
    #[case::no_name(".rs", None)]
    #[case::only_a_number("12345_.rs", None)]
    fn names_mean_labs(#[case] file: &str, #[case] lab: Option<&str>) {
        assert_eq!(lab_of(file, &["table", "page_table", "tlb"]), lab);
    }
}
