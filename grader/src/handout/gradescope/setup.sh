#!/usr/bin/env bash
# Runs once, when Gradescope builds the autograder's image: a linker, Rust, the crates, the grader, and what all submissions
# share. It fails where the autograder could not give the reference its points.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$source")
# All of it in one place, whoever runs this and wherever their home is.
export HOME=$root/home CARGO_HOME=$root/cargo RUSTUP_HOME=$root/rustup PATH=$root/cargo/bin:$PATH
mkdir -p "$HOME"

packages() {
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}
command -v cc >/dev/null || packages build-essential
# The release that the course was tried with. What the image has already is used as it is.
if [ "$(rustc --version 2>/dev/null | cut -d' ' -f2)" != RUST_RELEASE ]; then
  command -v curl >/dev/null || packages ca-certificates curl
  curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs \
    | sh -s -- -y --no-modify-path --profile minimal --default-toolchain RUST_RELEASE
fi

cd "$source/course"
cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
cargo build --locked --offline --release -p grader
# Builds what submissions are judged with, and keeps what the reference does in each scenario.
if ! target/release/grader grade solutions/src; then
  echo "the reference did not get all its points here: an autograder like this would be unfair" >&2
  exit 1
fi
target/release/grader doctor
