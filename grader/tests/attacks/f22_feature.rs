// intent: use an unstable feature
// layer: scan
// verdict: rejected
// says: `feature`

#[cfg_attr(all(), feature(core_intrinsics))]
fn attack() {}
