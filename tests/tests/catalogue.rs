//! `tests/INVARIANTS.md` names tests that exist, and has a row for each id.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of all functions in Rust files below `folder`.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let (path, name) = (entry.path(), entry.file_name());
        let skipped = name == "target" || name.to_string_lossy().starts_with('.');
        if path.is_dir() && !skipped {
            functions(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            // A file that is being written elsewhere may be gone by now.
            let source = fs::read_to_string(path).unwrap_or_default();
            let declared = source.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            names.extend(declared.map(str::to_owned));
        }
    }
}

#[test]
fn every_named_test_exists_and_every_id_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("tests/INVARIANTS.md")).unwrap();
    let mut names = BTreeSet::new();
    functions(&root, &mut names);
    let named = text.split('`').skip(1).step_by(2).filter(|code| code.contains("::") && !code.ends_with("::"));
    let missing: Vec<_> = named
        .filter(|path| *path != "World::check_invariants" && !names.contains(path.rsplit("::").next().unwrap()))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");

    let rows: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .flat_map(|ids| ids.split(", "))
        .collect();
    let all = |letter: char, numbers: &[u8]| numbers.iter().map(|n| format!("{letter}{n:02}")).collect::<Vec<_>>();
    let ids = [
        all('I', &(1..=23).collect::<Vec<_>>()),
        all('F', &(1..=17).collect::<Vec<_>>()),
        all('T', &(1..=57).collect::<Vec<_>>()),
        all('K', &(1..=9).collect::<Vec<_>>()),
        all('V', &[1, 2, 3, 4, 5, 8, 9, 10, 12, 15, 16, 17, 18]),
        all('S', &[1, 2, 3, 4, 5]),
        all('Y', &[1, 2, 3, 4]),
        all('G', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 20, 21, 22, 23]),
        all('Q', &[1, 2, 5]),
        all('P', &[3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ];
    let without: Vec<_> = ids.iter().flatten().filter(|id| !rows.contains(id.as_str())).collect();
    assert!(without.is_empty(), "no row: {without:?}");
}
