// intent: read the program's memory through rust#25860, in safe code
// layer: judge
// verdict: failed
// says: review: lifetime trick

static UNIT: &'static &'static () = &&();

fn translate<'a, 'b, T: ?Sized>(_: &'a &'b (), v: &'b mut T) -> &'a mut T {
    v
}

fn expand<'a, 'b, T: ?Sized>(x: &'a mut T) -> &'b mut T {
    let f: for<'x> fn(_, &'x mut T) -> &'b mut T = translate;
    f(UNIT, x)
}

enum Either<A, B> {
    #[allow(dead_code)]
    A(Option<Box<A>>),
    B(Option<Box<B>>),
}

#[inline(never)]
fn transmute<A, B>(object: A) -> B {
    fn inner<A, B>(either: &mut Either<A, B>, object: A) -> B {
        let Either::B(r) = either else { unreachable!() };
        let r = expand(r);
        *either = Either::A(Some(Box::new(object)));
        core::hint::black_box(&r);
        *r.take().unwrap()
    }
    inner(core::hint::black_box(&mut Either::B(None)), object)
}

fn attack() {
    let place = attack as *const () as usize;
    let text: String = transmute([64_usize, place, 64]);
    let byte = text.as_bytes()[0];
    core::mem::forget(text);
    panic!("a byte of code: {byte:#x}")
}
