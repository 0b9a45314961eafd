//! The lab's tests, compiled against the solution.
extern crate solutions as labs;

include!("../../labs/tests/multi_level_walk.rs");
