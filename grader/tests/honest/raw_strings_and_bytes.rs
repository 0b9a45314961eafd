//! Literals of all kinds.

/// Texts.
pub const TEXTS: [&str; 4] = ["\"unsafe\"", r"C:\std\include", r##"extern "C" #"# asm!"##, "a\
    b"];
/// Bytes.
pub const BYTES: (&[u8], u8, char, char) = (b"\x7fELF env!", b'\'', '\'', '"');
/// A text for C.
pub const NAME: &core::ffi::CStr = c"no_mangle";

/// A label that looks like an open character.
pub fn count() -> u32 {
    let mut n = 0;
    'a: loop {
        n += 1;
        if n == 'b' as u32 - 'a' as u32 {
            break 'a n;
        }
    }
}
