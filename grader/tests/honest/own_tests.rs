//! Tests beside the code, as the book of Rust shows.
use machine::prelude::*;

/// Rounds up to whole pages.
pub fn pages(bytes: u64) -> u64 {
    bytes.div_ceil(4096)
}

/// Pages by name.
pub fn by_name(names: &[&str]) -> BTreeMap<String, u64> {
    names.iter().zip(1..).map(|(name, n)| (name.to_string(), n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_up() {
        assert_eq!(pages(4097), 2);
        assert_eq!(by_name(&["a"])["a"], 1);
    }

    #[test]
    #[should_panic(expected = "no")]
    #[ignore = "not yet"]
    fn panics() {
        panic!("no")
    }
}
