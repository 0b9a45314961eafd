// intent: use the network
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    let _ = std::net::UdpSocket::bind("127.0.0.1:0");
}
