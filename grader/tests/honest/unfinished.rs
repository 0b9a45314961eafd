//! Half done, with what the editor wrote.
use machine::prelude::*;

/// The first half.
pub fn first(n: u64) -> Result<u64, String> {
    // TODO: ask about the `std::mem::size_of` version of this in class!!!
    // FIXME(env): why does it need #[path]?
    if n == 0 { Err("zero".into()) } else { Ok(n) }
}

/// The second half.
pub fn second(n: u64) -> u64 {
    let _ = n;
    todo!("step 2: what is the `unsafe` way?")
}

/// Never.
pub fn third() -> ! {
    unimplemented!()
}
