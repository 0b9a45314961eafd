//! The lab's own tests, compiled against the solution. Chapter: `replacement.md`.

extern crate solutions as labs;

include!("../../labs/tests/replacement.rs");
