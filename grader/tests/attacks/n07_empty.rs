// intent: nothing at all
// layer: compiler
// verdict: does_not_compile
// says: no longer has
// whole file


