//! The lab's own tests, compiled against the solution. Chapter: `page_table.md`.

extern crate solutions as labs;

include!("../../labs/tests/page_table.rs");
