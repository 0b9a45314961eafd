// intent: control: what an attack is put into gets no point
// layer: none
// verdict: not_started
// says: 

fn attack() {}
