//! `tests/INVARIANTS.md` has a row for each id, and each row names exactly the modules whose tests carry its ids.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Packages with tests, the inner one first where one lies within another.
const PACKAGES: [&str; 11] = [
    "contracts/core",
    "contracts/model",
    "contracts/bindings/abi",
    "contracts/bindings",
    "indexer",
    "scripts/contribution",
    "scripts/client",
    "scripts/audit",
    "scripts/chorus",
    "scripts/devnet",
    "tests",
];

/// Modules by the ids that their tests carry.
type Shown = BTreeMap<String, BTreeSet<String>>;

/// The name under which the rows know a file: its package, then its path below `src` or `tests`.
fn module(path: &str) -> Option<String> {
    let (package, rest) = PACKAGES.iter().find_map(|package| {
        Some((package.rsplit('/').next()?, path.strip_prefix(package)?.strip_prefix('/')?.strip_suffix(".rs")?))
    })?;
    if let Some(rest) = path.strip_prefix("contracts/model/tests/").and_then(|rest| rest.strip_suffix(".rs")) {
        return Some(rest.replace('/', "::"));
    }
    let parts = rest.split('/').skip(1).filter(|part| !["it", "lib", "main", "tests"].contains(part));
    Some([package].into_iter().chain(parts).collect::<Vec<_>>().join("::"))
}

/// Whether a word is an id, in small or capital letters.
fn is_id(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 3 && bytes[0].is_ascii_alphabetic() && bytes[1..].iter().all(u8::is_ascii_digit)
}

/// The ids at the beginning of a test's name; `i01_to_i19` stands for all from the one to the other.
fn ids_in_name(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('_').collect();
    let mut ids: Vec<String> = parts.iter().take_while(|part| is_id(part)).map(|id| id.to_uppercase()).collect();
    if let [first, "to", last, rest @ ..] = &parts[..]
        && is_id(first)
        && is_id(last)
    {
        let (letter, from, to) = (first[..1].to_uppercase(), first[1..].parse().unwrap(), last[1..].parse().unwrap());
        ids = (from..=to).map(|number: u8| format!("{letter}{number:02}")).collect();
        ids.extend(rest.iter().take_while(|part| is_id(part)).map(|id| id.to_uppercase()));
    }
    ids
}

/// Notes the ids of each test of a file, by name and by lines of documentation like `/// Shows F05, T16.`
fn note(module: &str, source: &str, shown: &mut Shown) {
    let (mut ids, mut is_test) = (Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if let Some(listed) = line.strip_prefix("/// Shows ") {
            ids.extend(listed.split([',', ' ', '.']).filter(|word| is_id(word)).map(str::to_owned));
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ") {
            ids.extend(ids_in_name(name.split('(').next().unwrap()));
            for id in ids.drain(..).filter(|_| is_test) {
                shown.entry(id).or_default().insert(module.to_owned());
            }
            is_test = false;
        }
    }
}

fn note_folder(root: &Path, folder: &str, shown: &mut Shown) {
    for entry in fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if entry.path().is_dir() && name != "target" {
            note_folder(root, &path, shown);
        } else if let Some(module) = module(&path) {
            // A file that is being written elsewhere may be gone by now.
            note(&module, &fs::read_to_string(entry.path()).unwrap_or_default(), shown);
        }
    }
}

/// `a::{b, c}` as `a::b` and `a::c`.
fn expanded(modules: &str) -> Vec<String> {
    match modules.split_once('{') {
        None => vec![modules.to_owned()],
        Some((before, rest)) => rest.trim_end_matches('}').split(", ").map(|one| format!("{before}{one}")).collect(),
    }
}

#[test]
fn every_id_has_a_row_that_names_the_modules_of_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut shown = Shown::new();
    for folder in ["contracts", "indexer", "scripts", "tests"] {
        note_folder(&root, folder, &mut shown);
    }
    let text = fs::read_to_string(root.join("tests/INVARIANTS.md")).unwrap();
    let (mut rows, mut wrong) = (BTreeSet::new(), Vec::new());
    for line in text.lines() {
        let columns: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let ids: Vec<&str> = columns[0].split(", ").collect();
        if !ids.iter().all(|id| is_id(id)) {
            continue;
        }
        let [_, _, modules] = columns[..] else { panic!("not a row of three columns: {line}") };
        let named: BTreeSet<String> = modules.split('`').skip(1).step_by(2).flat_map(expanded).collect();
        let found: BTreeSet<String> = ids.iter().filter_map(|id| shown.get(*id)).flatten().cloned().collect();
        if named != found {
            wrong.push(format!("{}: the row names {named:?}, its tests are in {found:?}", columns[0]));
        }
        let has_a_note = !modules.trim_start_matches('`').is_empty();
        if found.is_empty() && !has_a_note {
            wrong.push(format!("{}: no test shows it, and the row does not say why", columns[0]));
        }
        wrong.extend(ids.iter().filter(|id| !rows.insert(id.to_string())).map(|id| format!("{id} has two rows")));
    }
    wrong.extend(shown.keys().filter(|id| !rows.contains(*id)).map(|id| format!("{id} has tests and no row")));
    assert!(wrong.is_empty(), "tests/INVARIANTS.md:\n  {}", wrong.join("\n  "));
    for (letter, last) in [('I', 23), ('F', 17), ('T', 57)] {
        let without = (1..=last).map(|number| format!("{letter}{number:02}")).filter(|id| !rows.contains(id));
        assert_eq!(without.collect::<Vec<_>>(), [""; 0], "these ids have no row");
    }
}
