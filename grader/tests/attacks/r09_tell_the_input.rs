// intent: tell the input of a hidden scenario in a panic
// layer: judge
// verdict: failed
// says: 

fn attack() {
    panic!("HIDDEN INPUT")
}
