// intent: read the environment while it is compiled
// layer: scan
// verdict: rejected
// says: `option_env`

const SECRET: Option<&str> = option_env!("GRADER_SECRET");
fn attack() {
    panic!("{SECRET:?}")
}
