//! What did not work is kept in comments.
use machine::prelude::*;

// use std::collections::HashMap;
/*
unsafe fn old(p: *const u64) -> u64 { *p }
/* nested: extern "C" { fn exit(code: i32); } */
#[no_mangle]
*/
/// The one that works.
pub fn new(map: &HashMap<u64, u64>, key: u64) -> u64 {
    // let x = unsafe { core::mem::transmute::<u64, usize>(key) };
    map.get(&key).copied().unwrap_or_default()
}
