//! Tables computed while the file is compiled.

const fn masks() -> [u64; 64] {
    let mut masks = [0; 64];
    let mut at = 0;
    while at < 64 {
        masks[at] = if at == 0 { 0 } else { u64::MAX >> (64 - at) };
        at += 1;
    }
    masks
}

/// Masks of the lowest bits.
pub static MASKS: [u64; 64] = masks();
const _: () = assert!(masks()[12] == 0xfff);
