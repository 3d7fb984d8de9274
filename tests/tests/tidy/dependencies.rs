//! What the manifests declare: nothing that is not used, and the same lints everywhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, files, read, report};

/// Dependencies that no source names, with the reason why they are declared.
const UNNAMED: &[(&str, &str, &str)] = &[
    ("scripts/contribution", "getrandom02", "switches on a feature for age, in a browser"),
    ("scripts/devnet", "alloy-trie", "pins the version that pallet-revive builds with"),
    ("tests", "parity-scale-codec", "the runtime's macro names it"),
    ("tests", "scale-info", "the runtime's macro names it"),
];

/// The names declared in the tables of a manifest whose headings this accepts.
fn declared(manifest: &File, heading: impl Fn(&str) -> bool) -> BTreeSet<&str> {
    let (mut inside, mut names, mut open) = (false, BTreeSet::new(), 0);
    for line in manifest.text.lines() {
        if let Some(of) = line.strip_prefix('[').filter(|_| open == 0) {
            inside = heading(of.trim_end_matches(']'));
        } else if inside && open == 0 && line.starts_with(|first: char| first.is_ascii_alphabetic()) {
            names.extend(line.split(['.', '=', ' ']).next());
        }
        // A list or a table may go on over several lines.
        let count = |characters: [char; 2]| line.matches(characters).count();
        open = (open + count(['[', '{'])).saturating_sub(count([']', '}']));
    }
    names
}

fn is_dependencies(heading: &str) -> bool {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .any(|kind| heading.strip_suffix(kind).is_some_and(|before| before.is_empty() || before.starts_with("target.")))
}

/// The manifests of our packages, each with its folder. Those in `patches` stand for other people's.
fn packages() -> Vec<(String, File)> {
    let is_ours = |manifest: &File| manifest.text.contains("[package]") && !manifest.path.contains("/patches/");
    let manifests = files("Cargo.toml").into_iter().filter(is_ours);
    manifests.map(|manifest| (manifest.folder().to_owned(), manifest)).collect()
}

/// The words of the sources, by package; comments are left out.
fn words(packages: &[(String, File)]) -> BTreeMap<&str, BTreeSet<String>> {
    let mut words: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files(".rs") {
        let of = packages.iter().map(|(folder, _)| folder.as_str()).filter(|folder| file.path.starts_with(*folder));
        // A package may lie within another.
        let Some(folder) = of.max_by_key(|folder| folder.len()) else { continue };
        let code = file.text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let found = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).map(str::to_owned);
        words.entry(folder).or_default().extend(found);
    }
    words
}

#[test]
fn every_declared_dependency_is_used() {
    let packages = packages();
    let words = words(&packages);
    let mut reasons: BTreeSet<_> = UNNAMED.iter().map(|(folder, name, _)| (*folder, *name)).collect();
    let mut violations = Vec::new();
    for (folder, manifest) in &packages {
        for name in declared(manifest, is_dependencies) {
            let used = words.get(folder.as_str()).is_some_and(|words| words.contains(&name.replace('-', "_")));
            let excused = reasons.remove(&(folder.as_str(), name));
            if used == excused {
                let what = if used { "is named by a source now: take it off UNNAMED" } else { "is not used" };
                violations.push(format!("{}: {name} {what}", manifest.path));
            }
        }
    }
    violations.extend(reasons.iter().map(|(folder, name)| format!("UNNAMED still has {name} of {folder}")));
    report("dependencies:", &violations);
}

#[test]
fn every_dependency_of_the_workspace_is_a_members() {
    let workspace = read("Cargo.toml");
    let mut unused = declared(&workspace, |heading| heading == "workspace.dependencies");
    let packages = packages();
    for (_, manifest) in &packages {
        for name in declared(manifest, is_dependencies) {
            unused.remove(name);
        }
    }
    let unused: Vec<_> = unused.into_iter().map(str::to_owned).collect();
    report("no member uses these:", &unused);
}

/// Packages without lints, with the reason.
const UNLINTED: &[(&str, &str)] = &[
    ("contracts/host", "it holds the only unsafe code, and only the contract build compiles it"),
    ("tests/fuzz", "libFuzzer's macro needs unsafe code"),
];

#[test]
fn every_package_has_the_lints_of_the_workspace() {
    let mut without = Vec::new();
    for (folder, manifest) in packages() {
        let inherited = manifest.text.contains("[lints]\nworkspace = true");
        // Packages that are built outside the workspace write the lints out.
        let written = manifest.text.contains("[lints.rust]") && manifest.text.contains("unsafe_code");
        let is_excused = UNLINTED.iter().any(|(package, _)| *package == folder);
        if !inherited && !written && !is_excused {
            without.push(folder);
        }
    }
    report("these packages have no lints:", &without);
}
