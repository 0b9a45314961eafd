//! The lab's own tests, compiled against the solution. Chapter: `tlb.md`.

extern crate solutions as labs;

include!("../../labs/tests/tlb.rs");
