// intent: what newer compilers skip at a file's start
// layer: compiler
// verdict: does_not_compile
// says: 
// whole file

---
unused
---
fn attack() {}
