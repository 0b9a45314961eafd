// intent: a script
// layer: scan
// verdict: rejected
// says: `#!`
// whole file

#!/usr/bin/env evil
fn attack() {}
