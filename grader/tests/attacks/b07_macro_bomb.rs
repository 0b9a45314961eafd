// intent: expand a macro without end
// layer: compiler
// verdict: does_not_compile
// says: 

macro_rules! bomb {
    ($($t:tt)*) => { bomb!($($t)* $($t)*); };
}
bomb!(x);
fn attack() {}
