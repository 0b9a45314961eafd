//! The words that are refused, and why.

/// Words that some file of a lab might hold and none needs, with the reason that its author is told.
type Family = (&'static [&'static str], &'static str);

/// Refused wherever they stand.
const ANYWHERE: [Family; 8] = [
    (&["unsafe"], "labs are written in safe Rust"),
    (&["asm", "global_asm", "naked", "naked_asm"], "labs contain no machine code"),
    (
        &["include", "include_str", "include_bytes", "option_env", "debugger_visualizer"],
        "a lab is one file, and reads nothing else while it is compiled",
    ),
    (
        &[
            "no_mangle",
            "export_name",
            "link_section",
            "link_name",
            "link_ordinal",
            "linkage",
            "rustc_std_internal_symbol",
        ],
        "a lab does not choose names or places of symbols in the program",
    ),
    (
        &["global_allocator", "panic_handler", "alloc_error_handler"],
        "the program that a lab is linked into has its own",
    ),
    (
        &["proc_macro", "proc_macro_derive", "proc_macro_attribute", "macro_export", "macro_use"],
        "macros of a lab stay inside its file: `macro_rules!` alone",
    ),
    (&["crate_type", "crate_name", "no_main", "no_core"], "the grader writes the crate's root"),
    (&["std"], "labs are `#![no_std]`: `core`, `alloc` and `machine::prelude` have what they need"),
];

/// Refused inside attributes; elsewhere they are words like others.
const IN_ATTRIBUTES: [Family; 3] = [
    (
        &["path", "link", "used", "target_feature", "instruction_set"],
        "a lab is one file of plain Rust, linked with nothing",
    ),
    (
        &["feature", "allow_internal_unsafe", "allow_internal_unstable"],
        "labs are written in stable Rust without features",
    ),
    (&["recursion_limit", "type_length_limit"], "the compiler's limits stay as they are"),
];

/// Macros that are refused where they are called or brought in; elsewhere their names are words like others.
const MACROS: [Family; 1] = [(&["env"], "a lab reads nothing of the machine that it is compiled on")];

/// Why `word` is refused wherever it stands.
pub(super) fn refused_anywhere(word: &str) -> Option<&'static str> {
    reason(&ANYWHERE, word)
}

/// Why `word` is refused in an attribute.
pub(super) fn refused_in_attributes(word: &str) -> Option<&'static str> {
    reason(&IN_ATTRIBUTES, word)
}

/// Why the macro `word` is refused.
pub(super) fn refused_as_macro(word: &str) -> Option<&'static str> {
    reason(&MACROS, word)
}

fn reason(families: &[Family], word: &str) -> Option<&'static str> {
    families.iter().find(|(words, _)| words.contains(&word)).map(|(_, why)| *why)
}
