// intent: a bracket that the scan cannot read past, with a file after it
// layer: compiler
// verdict: does_not_compile
// says: 

fn attack() {}
) const S: &str = include_str!("/etc/passwd");
