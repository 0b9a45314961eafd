//! File names for students: readable, harmless on every system, and no two alike.

use std::collections::BTreeSet;

/// Longest part of an id that a file name shows.
const LENGTH: usize = 60;

/// Gives out file names, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// In small letters: some file systems take `Ann` and `ann` for one.
    taken: BTreeSet<String>,
}

impl Names {
    /// The file name (without an ending) of the student called `id`.
    pub(super) fn name(&mut self, id: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        let readable: String = id.chars().take(LENGTH).map(|c| if plain(c) { c } else { '_' }).collect();
        // No hidden file, no `..`, nothing that a program takes for an option, no name that a system keeps for itself.
        let readable = readable.trim_matches(['.', '-']);
        let is_same = readable == id && !is_reserved(readable) && !self.taken.contains(&id.to_lowercase());
        let name = if is_same {
            readable.to_owned()
        } else {
            let digest = blake3::hash(id.as_bytes()).to_hex();
            format!("{readable}_{}", &digest.as_str()[..10])
        };
        self.taken.insert(name.to_lowercase());
        name
    }
}

/// The names of devices, which Windows gives to no file.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(stem.as_str(), "" | "con" | "prn" | "aux" | "nul" | "index")
        || numbered("com")
        || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_harmless_and_unique() {
        let mut names = Names::default();
        let told: Vec<_> =
            ["ann", "Ann", "ann@example.edu", "../../etc/passwd", "-rf", "con", "ä b", "", "index"]
                .iter()
                .map(|id| names.name(id))
                .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        ann
        Ann_72e0d8ff07
        ann@example.edu
        _.._etc_passwd_58374639e1
        rf_773b10a7dc
        con_5011fd09ea
        __b_6d3c78491f
        _af1349b9f5
        index_aaa6dc8a27
        ");
    }
}
