//! `grader replay` on the real course: counts that are known, and traces that are broken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn replay(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_grader"))
        .arg("replay")
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the grader runs")
}

/// A trace in a file of its own, in a folder that goes with it.
fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path.display().to_string())
}

/// Misses and write-backs of a policy in fixtures/traces/misses.csv, which the oracle's tests check.
fn known(trace: &str, policy: &str, frames: u64) -> Vec<String> {
    let table = fs::read_to_string(root().join("fixtures/traces/misses.csv")).unwrap();
    let start = format!("{trace},{policy},{frames},");
    let row = table.lines().find_map(|line| line.strip_prefix(&start)).expect("the row is there");
    row.split(',').map(ToOwned::to_owned).collect()
}

#[test]
fn counts_of_the_reference_are_the_known_ones() {
    let arguments =
        ["ls", "--submission", "solutions/src", "--format", "json", "--frames", "8,32", "--tlb", "1x32"];
    let output = replay(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["trace"], "ls");
    let rows = json["results"].as_array().unwrap();
    assert_eq!(rows.len(), 11, "five policies on two numbers of frames, and a TLB");
    let row = |policy: &str, frames: u64| {
        rows.iter().find(|row| row["policy"] == policy && row["frames"] == frames).expect("a row")
    };
    for (policy, frames) in
        [("fifo", 8), ("lru", 8), ("clock", 8), ("opt", 8), ("fifo", 32), ("lru", 32), ("opt", 32)]
    {
        let known = known("ls", policy, frames);
        let row = row(policy, frames);
        let [misses, write_backs] = ["misses", "write_backs"].map(|count| row[count].to_string());
        assert_eq!(misses, known[0], "{policy} {frames}");
        // OPT may choose freely among pages that are never used again, so its writes are nobody's promise.
        assert!(known[1].is_empty() || write_backs == known[1], "{policy} {frames}");
    }
    let tlb = rows.iter().find(|row| row["policy"] == "tlb").expect("a row");
    assert_eq!(tlb["misses"], row("lru", 32)["misses"], "a full TLB of 32 entries is LRU on 32 frames");
}

#[test]
fn what_is_not_there_yet_is_told_for_the_policies_that_lack_it() {
    let folder = tempfile::tempdir().unwrap();
    let skeleton = folder.path().join("labs").display().to_string();
    let made = Command::new(env!("CARGO_BIN_EXE_grader"))
        .args(["skeleton", "--solve-up-to", "0", "--lab", "replacement", "--output", &skeleton])
        .current_dir(root())
        .status();
    assert!(made.expect("the grader runs").success());
    let output = replay(&["ls", "--submission", &skeleton, "--frames", "8", "--policies", "fifo,lru"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("FIFO") && shown.contains("step "), "{shown}");
}

#[test]
fn a_plot_is_written_whole() {
    let (folder, trace) = file("string", b"1\n2\n3\n4\n1\n2\n5\n1\n2\n3\n4\n5\n");
    let picture = folder.path().join("belady.svg");
    let arguments =
        [&trace, "--submission", "solutions/src", "--frames", "3,4", "--plot", picture.to_str().unwrap()];
    let output = replay(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let svg = fs::read_to_string(picture).unwrap();
    // Belady's anomaly: FIFO misses 9 times of 12 with 3 frames, 10 times with 4.
    assert!(svg.contains("FIFO: 3 frames 9, 4 frames 10") && svg.ends_with("</svg>\n"), "{svg}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file stays");
}

#[rstest]
#[case::empty("empty", b"", "empty")]
#[case::text_in_the_middle("numbers", b"1\n2\nthree\n4\n", "line 3")]
#[case::a_number_beyond_64_bits("numbers", b"1\n99999999999999999999999\n", "line 2")]
#[case::an_unknown_magic(
    "wrong.vmt",
    b"vmt9 page=4096 refs=1 pages=1 kind=data collapsed=1 raw=1 src=\"x\"\n",
    "vmt9"
)]
#[case::utf16("wide.txt", b"\xff\xfe1\0\n\x002\0\n\0", "text in UTF-16; save it as UTF-8")]
#[case::zip("trace.zip", b"PK\x03\x04\x14\0\0\0", "a file of type application/zip; unpack it")]
#[case::no_references(
    "zero.vmt",
    b"vmt1 page=4096 refs=0 pages=0 kind=data collapsed=1 raw=0 src=\"x\"\n",
    "header"
)]
fn a_broken_trace_is_named_with_the_place(#[case] name: &str, #[case] content: &[u8], #[case] seen: &str) {
    let (_folder, trace) = file(name, content);
    let output = replay(&[&trace, "--submission", "solutions/src"]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains(seen) && words.contains(name), "{words}");
}

#[test]
fn a_trace_that_breaks_off_is_named_with_the_place() {
    let whole = fs::read(root().join("fixtures/traces/ls.vmt")).unwrap();
    let (_folder, trace) = file("cut.vmt", &whole[..whole.len() / 2]);
    let output = replay(&[&trace, "--submission", "solutions/src"]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("cut.vmt: reference ") || words.contains("cut.vmt: page "), "{words}");
    assert!(words.contains("its header says 133 pages and 1003066 references"), "{words}");
}

#[rstest]
#[case::no_such_trace(&["nothing-here"], "there is no trace nothing-here", "matmul-naive")]
#[case::unknown_policy(&["ls", "--policies", "mru"], "mru", "enhanced-clock")]
#[case::no_frames(&["ls", "--frames", "0"], "'0'", "expected a number of frames from 1 to 16777216")]
#[case::frames_in_words(&["ls", "--frames", "all"], "'all'", "expected a number of frames from 1 to 16777216")]
#[case::a_tlb_of_three_sets(&["ls", "--tlb", "3x4"], "3x4", "power of two")]
#[case::a_folder(&["grader/tests"], "grader/tests: a folder", "expected a file")]
#[case::a_page_of_five_bytes(&["ls", "--page-size", "5"], "'5' for '--page-size", "expected a power of two")]
#[case::a_plot_of_two_traces(&["ls", "sort", "--plot", "x.svg"], "a plot shows one trace", "one trace at a time")]
fn what_the_user_got_wrong_ends_with_2_and_the_way_out(
    #[case] arguments: &[&str],
    #[case] seen: &str,
    #[case] way_out: &str,
) {
    let output = replay(arguments);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains(seen) && words.contains(way_out), "{words}");
    assert!(!Path::new(&root()).join("x.svg").exists());
}
