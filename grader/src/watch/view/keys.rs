//! The line of keys below a page: whole keys in as many rows as they need, or their letters alone where rows are rare.

/// The keys of one page.
pub(super) struct Keys {
    each: &'static [&'static str],
    /// What parts them in a row.
    gap: &'static str,
}

/// Short enough for one row of 60 columns.
pub(super) const OF_LAB: Keys = Keys {
    each: &["[n]ext", "[h]int", "[l]ist", "[t]race", "[e]dit", "[r]eset", "[a]ll", "[q]uit"],
    gap: " ",
};
pub(super) const OF_TEXT: Keys = Keys { each: &["[Esc] back", "[Up] [Down] scroll", "[q]uit"], gap: "  " };
pub(super) const OF_RESET: Keys = Keys { each: &["[y]es, make it new", "[any other key] no"], gap: "  " };
pub(super) const OF_LABS: Keys =
    Keys { each: &["[Up] [Down] choose", "[Enter] open", "[Esc] back", "[q]uit"], gap: "  " };

impl Keys {
    /// The rows that show the keys in `columns`: at most `most`, if need be without the words, and always one at least.
    /// No key is torn apart, and none is missing unless it is longer than a row.
    pub(super) fn rows(&self, columns: usize, most: usize) -> Vec<String> {
        let whole = folded(self.each, self.gap, columns);
        if whole.len() <= most {
            return whole;
        }
        let letters: Vec<&str> = self.each.iter().map(|key| letters(key)).collect();
        let mut rows = folded(&letters, " ", columns);
        rows.truncate(most.max(1));
        rows
    }
}

/// What is to be pressed, without what it does.
fn letters(key: &str) -> &str {
    key.rfind(']').map_or(key, |end| &key[..=end])
}

fn folded(keys: &[&str], gap: &str, columns: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for key in keys {
        match rows.last_mut() {
            Some(row) if row.len() + gap.len() + key.len() <= columns => {
                row.push_str(gap);
                row.push_str(key);
            }
            _ => rows.push((*key).to_owned()),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::wide(80, 3, &["[n]ext [h]int [l]ist [t]race [e]dit [r]eset [a]ll [q]uit"])]
    #[case::one_column_too_few(55, 3, &["[n]ext [h]int [l]ist [t]race [e]dit [r]eset [a]ll", "[q]uit"])]
    #[case::narrow(20, 3, &["[n]ext [h]int [l]ist", "[t]race [e]dit", "[r]eset [a]ll [q]uit"])]
    #[case::narrow_and_low(32, 1, &["[n] [h] [l] [t] [e] [r] [a] [q]"])]
    #[case::narrower_and_low(20, 2, &["[n] [h] [l] [t] [e]", "[r] [a] [q]"])]
    #[case::nothing_fits(1, 0, &["[n]"])]
    fn the_keys_of_a_lab(#[case] columns: usize, #[case] most: usize, #[case] rows: &[&str]) {
        assert_eq!(OF_LAB.rows(columns, most), rows);
    }

    #[rstest]
    #[case::lab(&OF_LAB)]
    #[case::text(&OF_TEXT)]
    #[case::reset(&OF_RESET)]
    #[case::labs(&OF_LABS)]
    fn every_key_is_in_sight_from_20_columns_on(#[case] keys: &Keys) {
        for columns in 20..=100 {
            let rows = keys.rows(columns, 4);
            assert!(rows.iter().all(|row| row.len() <= columns), "{columns}: {rows:?}");
            assert!(
                keys.each.iter().all(|key| rows.iter().any(|row| row.contains(key))),
                "{columns}: {rows:?}"
            );
        }
    }
}
