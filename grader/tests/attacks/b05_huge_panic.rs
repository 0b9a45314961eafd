// intent: flood the report with a panic message of 512 MiB
// layer: process
// verdict: failed
// says: 

fn attack() {
    let flood = "A".repeat(512 << 20);
    panic!("{flood}")
}
