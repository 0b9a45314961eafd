// intent: select traits without end
// layer: compiler
// verdict: does_not_compile
// says: 

pub struct S<A, B>(A, B);
pub trait T {}
impl T for u8 {}
impl<A, B> T for S<A, B> where A: T, B: T, S<B, A>: T, (A, B): T {}
impl<A: T, B: T> T for (A, B) where S<A, B>: T {}
fn need<X: T>() {}
pub fn go() {
    need::<S<S<u8, S<u8, u8>>, S<u8, S<u8, u8>>>>()
}
fn attack() {}
