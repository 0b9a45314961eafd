// intent: as f30, without extern crate
// layer: compiler
// verdict: does_not_compile
// says: testbench

use testbench::*;
fn attack() {}
