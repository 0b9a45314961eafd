// intent: print lines of a trace as notes
// layer: judge
// verdict: not_started
// says: 

fn attack() {
    for line in ["end", "  result: ok", "step 1: map", "\nend\n"] {
        debug!("{line}\n{line}");
    }
}
