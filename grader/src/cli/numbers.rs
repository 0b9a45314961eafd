//! Numbers of the command line: what is none is told by what was expected.

/// Most frames that policies are replayed with.
const FRAMES_MOST: u32 = 1 << 24;

/// A seed.
pub fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// The number of a lab's step; 0 is none of them.
pub fn step(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "expected the number of a step, 0 for none of them".to_owned())
}

/// A number of frames.
pub fn frames(text: &str) -> Result<u32, String> {
    let frames = text.parse().ok().filter(|frames| (1..=FRAMES_MOST).contains(frames));
    frames.ok_or_else(|| format!("expected a number of frames from 1 to {FRAMES_MOST}"))
}

/// A page's size in bytes.
pub fn page_bytes(text: &str) -> Result<u64, String> {
    let bytes: Option<u64> = text.parse().ok();
    bytes
        .filter(|bytes| bytes.is_power_of_two())
        .ok_or_else(|| "expected a power of two, such as 4096".to_owned())
}
