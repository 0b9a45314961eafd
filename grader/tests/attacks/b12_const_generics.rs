// intent: let a harmless-looking generic grow in the linker's compile
// layer: process
// verdict: not_started
// says: 

pub struct Wide<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Wide<N> {
    fn default() -> Self {
        Self([0; N])
    }
}
fn attack() {
    core::hint::black_box(Wide::<4096>::default().0.len());
}
