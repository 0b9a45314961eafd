//! The lab's own tests, compiled against the solution. Chapter: `mmu.md`.

extern crate solutions as labs;

include!("../../labs/tests/mmu.rs");
