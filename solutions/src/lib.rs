//! The labs, solved: the reference that submissions are compared with. `grader skeleton` makes the files of `labs` from
//! these.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod page_table;
pub mod multi_level_walk;
pub mod tlb;
pub mod mmu;
pub mod replacement;
pub mod cow_fork;
pub mod mmap;
