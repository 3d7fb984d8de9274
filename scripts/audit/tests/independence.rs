//! The audit must not inherit a mistake of the rules that it recounts: nothing it is built from links them.

use std::{collections::BTreeSet, process::Command};

/// The crates that a package is built from, without what its tests alone use.
fn built_from(package: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--locked", "--prefix", "none", "--edges", "normal,build", "--all-features"]);
    let output = cargo.args(["--package", package]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn audit_and_client_are_built_without_the_rules() {
    for package in ["chorus-audit", "chorus-client"] {
        let crates = built_from(package);
        assert!(crates.contains("chorus-abi"), "the list of crates is wrong: {crates:?}");
        let rules = ["chorus-core", "chorus-bindings", "chorus-model", "chorus-contribution"];
        let linked: Vec<_> = rules.iter().filter(|name| crates.contains(**name)).collect();
        assert!(linked.is_empty(), "{package} links {linked:?}");
    }
    // The same question has another answer where the rules are linked: a test that cannot fail shows nothing.
    assert!(built_from("chorus-contribution").contains("chorus-core"));
}
