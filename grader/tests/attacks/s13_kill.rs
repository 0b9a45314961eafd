// intent: kill the grader
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    let _ = std::process::Command::new("/bin/kill").status();
}
