// intent: watch the harness through its allocations
// layer: scan
// verdict: rejected
// says: `unsafe`

use core::alloc::*;
struct A;
unsafe impl GlobalAlloc for A {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 { core::ptr::null_mut() }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
#[global_allocator]
static G: A = A;
fn attack() {}
