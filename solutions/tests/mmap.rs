//! The lab's own tests, compiled against the solution. Chapter: `mmap.md`.

extern crate solutions as labs;

include!("../../labs/tests/mmap.rs");
