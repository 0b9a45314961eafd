//! The grader: builds a submission, runs it in processes of its own, compares what it did with what was asked.
pub mod verdict;
pub mod limits;
pub mod sandbox;
pub mod process;
pub mod interrupt;
