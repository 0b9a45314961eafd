//! A macro of the student's own, as the course on Rust taught it last year.
use machine::prelude::*;

macro_rules! bits {
    ($($(#[$note:meta])* $name:ident = $at:literal;)*) => {
        $(
            $(#[$note])*
            pub const $name: u64 = 1 << $at;
        )*
    };
}

bits! {
    /// The page is there.
    PRESENT = 0;
    /// It may be written.
    #[allow(dead_code)]
    WRITABLE = 1;
}

macro_rules! at_least_one {
    ($first:expr $(, $rest:expr)* $(,)?) => { vec![$first $(, $rest)*] };
}

/// All bits.
pub fn all() -> Vec<u64> {
    at_least_one![PRESENT, WRITABLE,]
}
