//! The lab's own tests, compiled against the solution. Chapter: `cow_fork.md`.

extern crate solutions as labs;

include!("../../labs/tests/cow_fork.rs");
