//! Who may know whom: between the crates, and between the modules of the indexer.

use std::{env, process::Command};

use crate::{files, report};

/// What a crate must not link, itself or through others. A name ending in `*` stands for all that begin so.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "chorus-core",
        &["ink*", "tokio*", "subxt*", "sqlx*", "serde*", "alloy*"],
        "the rules know no chain and no client",
    ),
    (
        "chorus-audit",
        &["chorus-core", "chorus-bindings", "chorus-model", "chorus-contribution"],
        "the audit must not inherit a mistake of the rules that it recounts",
    ),
    ("chorus-contribution", &["subxt*", "jsonrpsee*", "reqwest", "tokio"], "an export becomes a commitment offline"),
    ("chorus-client", &["chorus-core", "chorus-bindings", "chorus-model", "chorus-contribution"], "the audit links it"),
    ("chorus-model", &["alloy*", "subxt*", "tokio*", "serde*", "proptest"], "the model is the rules and nothing else"),
];

/// Foreign crates that one module of the indexer keeps to itself: `chain.rs`, and what lies under `chain/`.
const KEPT: &[(&str, &[&str])] = &[
    ("subxt", &["chain"]),
    ("subxt_rpcs", &["chain"]),
    ("sqlx", &["store", "tables"]),
    ("axum", &["api"]),
    ("tower_http", &["api"]),
    ("hyper", &["api"]),
];

/// Modules of the indexer that compute and do nothing else, and what they must not mention.
const PURE: &[&str] = &["decode", "project"];
const IMPURE: &[&str] = &["async", "await", "tokio", "SystemTime", "Instant", "fs", "env", "sqlx", "subxt", "axum"];

/// The names of all crates that a package is built from, without what its tests alone use.
fn linked(package: &str) -> Vec<String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let selection = ["tree", "--offline", "--locked", "--all-features", "--package", package];
    let form = ["--edges", "normal,build", "--prefix", "none", "--format", "{p}"];
    let manifest = crate::root().join("Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(selection).args(form).arg("--manifest-path").arg(manifest);
    let output = command.output().expect("cargo runs");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names are UTF-8");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn no_crate_links_what_it_must_not_know() {
    let mut violations = Vec::new();
    for (package, forbidden, why) in FORBIDDEN {
        let names = linked(package);
        assert!(names.iter().any(|name| name == package), "{package} is in its own tree: {names:?}");
        let is_forbidden = |name: &&String| {
            forbidden.iter().any(|forbidden| match forbidden.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == forbidden,
            })
        };
        let mut found: Vec<_> = names.iter().filter(is_forbidden).collect();
        found.sort();
        found.dedup();
        violations.extend(found.into_iter().map(|name| format!("{package} links {name}, but {why}")));
    }
    report("these crates know too much:", &violations);
}

/// The words of a line of code; what follows `//` is left out.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The first module of the indexer that a file belongs to.
fn module(path: &str) -> Option<&str> {
    path.strip_prefix("indexer/src/")?.trim_end_matches(".rs").split('/').next()
}

#[test]
fn each_foreign_crate_of_the_indexer_lives_in_one_module() {
    let mut violations = Vec::new();
    for file in files(".rs") {
        let Some(module) = module(&file.path) else { continue };
        for (number, line) in file.lines() {
            let strays =
                KEPT.iter().filter(|(name, homes)| !homes.contains(&module) && words(line).any(|word| word == *name));
            violations.extend(strays.map(|(name, homes)| format!("{}:{number}: {name} lives in {homes:?}", file.path)));
        }
    }
    report("foreign crates outside their module:", &violations);
}

#[test]
fn decoding_and_projecting_are_pure() {
    let mut violations = Vec::new();
    for file in files(".rs").into_iter().filter(|file| module(&file.path).is_some_and(|name| PURE.contains(&name))) {
        for (number, line) in file.lines() {
            let found = words(line).find(|word| IMPURE.contains(word));
            violations.extend(found.map(|word| format!("{}:{number}: {word}", file.path)));
        }
    }
    report("these modules only compute:", &violations);
}

#[test]
fn the_rules_need_no_operating_system() {
    let core: Vec<_> = files(".rs").into_iter().filter(|file| file.path.starts_with("contracts/core/src/")).collect();
    let library = core.iter().find(|file| file.path == "contracts/core/src/lib.rs").expect("core has a library");
    assert!(library.text.contains("#![no_std]"), "core is no_std: without a clock, files and threads");
}
