//! Sizes and habits of the sources.

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, files, report};

const LONGEST_LINE: usize = 120;
const LONGEST_FILE: usize = 420;
const LONGEST_FUNCTION: usize = 70;

/// Files above the limit, each with the reason why it reads better in one piece.
const LONG_FILES: &[(&str, &str)] = &[
    ("contracts/core/src/abi.rs", "how a value, an event and an error are written: read once, from top to bottom"),
    ("contracts/core/src/attestations/cells.rs", "every cell of a contract, each with its layout"),
    ("contracts/host/src/chain.rs", "every function of the chain that the contracts use"),
    ("contracts/model/tests/world/proposals.rs", "short tests of one subject"),
    (ANSWERS, "the whole answer of each endpoint"),
    ("scripts/devnet/tests/it/rpc.rs", "short tests of one subject"),
    ("tests/src/generator.rs", "both forms of Spotify's download, field by field"),
    ("tests/src/stage.rs", "a stage and everything that can be done on it"),
];

/// Functions above the limit, by file and name, each with the reason why it reads better in one piece.
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[
    ("contracts/bindings/src/refusal.rs", "explain_revert", "one sentence for each error"),
    ("contracts/model/src/books/table.rs", "book", "one line for each action"),
    ("contracts/model/src/driver/proposals.rs", "setting", "one line for each settings message"),
    ("contracts/model/src/world/calls.rs", "call", "one line for each message"),
    (ANSWERS, "the_pool", "the whole answer"),
    (ANSWERS, "offers", "the whole answer"),
    (ANSWERS, "an_offer", "the whole answer"),
    ("tests/src/play.rs", "play", "one sale, in order"),
];

/// Where the indexer's answers are pinned, as it gives them.
const ANSWERS: &str = "indexer/tests/it/answers.rs";

fn is_script(file: &File) -> bool {
    file.text.starts_with("#!") || file.path == "scripts/lib.sh"
}

/// Shell scripts have no ending in common.
pub(crate) fn scripts() -> Vec<File> {
    files("").into_iter().filter(is_script).collect()
}

#[test]
fn every_rust_file_begins_by_saying_what_it_is() {
    let silent = files(".rs").into_iter().filter(|file| !file.text.starts_with("//! "));
    report("these files do not begin with `//! `:", &silent.map(|file| file.path).collect::<Vec<_>>());
}

#[test]
fn lines_are_at_most_120_characters_long() {
    let mut long = Vec::new();
    let texts = [".rs", ".md", ".toml", ".sql", ".sol"].into_iter().flat_map(files).chain(scripts());
    for file in texts {
        for (number, line) in file.lines() {
            // A row of a table, a link and a value in a manifest cannot be broken.
            let is_value = file.path.ends_with(".toml") && !line.starts_with('#');
            let is_value = is_value || file.path == ANSWERS && line.trim_start().starts_with('"');
            let exempt = is_value || line.starts_with('|') || line.contains("http://") || line.contains("https://");
            if line.chars().count() > LONGEST_LINE && !exempt {
                long.push(format!("{}:{number}: {} characters", file.path, line.chars().count()));
            }
        }
    }
    report("these lines are too long:", &long);
}

#[test]
fn files_and_functions_are_short_or_have_a_reason() {
    let (mut violations, mut file_reasons) = (Vec::new(), BTreeMap::from_iter(LONG_FILES.iter().copied()));
    let mut function_reasons: BTreeMap<_, _> =
        LONG_FUNCTIONS.iter().map(|(file, name, why)| ((*file, *name), why)).collect();
    let sources = files(".rs");
    for file in &sources {
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE && file_reasons.remove(file.path.as_str()).is_none() {
            violations.push(format!("{} has {lines} lines, and LONG_FILES has no reason for it", file.path));
        }
        for (name, lines) in functions(file) {
            if lines > LONGEST_FUNCTION && function_reasons.remove(&(file.path.as_str(), name)).is_none() {
                let path = &file.path;
                violations.push(format!("{path}: `{name}` has {lines} lines, and LONG_FUNCTIONS has no reason for it"));
            }
        }
    }
    violations.extend(file_reasons.keys().map(|path| format!("LONG_FILES still has {path}, which is short or gone")));
    let needless = function_reasons.keys().map(|(path, name)| format!("{path}: `{name}`"));
    violations.extend(needless.map(|function| format!("LONG_FUNCTIONS still has {function}, which is short or gone")));
    report("split these, or give the reason in tests/tests/tidy/source.rs:", &violations);
}

/// The functions of a file and how many lines each takes. `rustfmt` puts a function's end below its beginning.
fn functions(file: &File) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut functions = Vec::new();
    for (begin, line) in lines.iter().enumerate() {
        let declaration = line.trim_start();
        let indentation = &line[..line.len() - declaration.len()];
        let Some(name) = declared_function(declaration) else { continue };
        if line.ends_with([';', '}']) {
            continue;
        }
        let rest = lines[begin + 1..].iter().map(|line| line.strip_prefix(indentation).unwrap_or(line));
        let end =
            rest.enumerate().find(|(_, line)| line.starts_with('}') || line.starts_with(')') && line.ends_with(';'));
        functions.push((name, end.map_or(0, |(index, _)| index + 2)));
    }
    functions
}

/// The name of the function that a line declares.
fn declared_function(line: &str) -> Option<&str> {
    let mut words = line.split_ascii_whitespace();
    let before = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"];
    words.find(|word| !before.contains(word)).filter(|word| *word == "fn")?;
    words.next()?.split(['(', '<']).next()
}

#[test]
fn modules_are_files_named_like_themselves() {
    let old = files("mod.rs").into_iter().filter(|file| file.path.ends_with("/mod.rs"));
    report("name these like their folder, beside it:", &old.map(|file| file.path).collect::<Vec<_>>());
}

#[test]
fn comments_are_sentences_and_no_banners() {
    let mut banners = Vec::new();
    for file in files(".rs").into_iter().chain(files(".toml")).chain(scripts()) {
        for (number, line) in file.lines() {
            let comment = line.trim_start().trim_start_matches(['/', '#', '!']).trim_start();
            let of = line.trim_start().starts_with("//") || line.trim_start().starts_with("# ");
            if of && ["---", "===", "***", "####"].iter().any(|banner| comment.starts_with(banner)) {
                banners.push(format!("{}:{number}", file.path));
            }
        }
    }
    report("these comments are banners:", &banners);
}

/// One `use` of a file: the first name of its path, and the line it begins on.
struct Use {
    root: String,
    line: usize,
}

#[test]
fn imports_are_one_use_for_each_root_in_the_order_std_others_own() {
    let mut violations = Vec::new();
    for file in files(".rs") {
        let modules: BTreeSet<_> = file.text.lines().filter_map(declared_module).collect();
        let group = |root: &str| match root {
            "std" | "core" | "alloc" => 0,
            "crate" | "self" | "super" => 2,
            other if modules.contains(other) => 2,
            _ => 1,
        };
        for run in runs_of_imports(&file) {
            let mut seen = BTreeSet::new();
            for Use { root, line } in &run {
                if !seen.insert(root) {
                    violations.push(format!("{}:{line}: a second `use {root}::…`", file.path));
                }
            }
            let disordered = run.windows(2).filter(|pair| group(&pair[0].root) > group(&pair[1].root));
            violations.extend(disordered.map(|pair| format!("{}:{}: after its group", file.path, pair[1].line)));
        }
    }
    report("one `use` for each crate, std before others before our own module's:", &violations);
}

fn declared_module(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_end_matches([';', '{', ' ']);
    line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line).strip_prefix("mod ")
}

/// Imports that stand together, with nothing but empty lines between them. Those under an attribute are left out, for
/// they cannot be merged; so are re-exports.
fn runs_of_imports(file: &File) -> Vec<Vec<Use>> {
    let (mut runs, mut run) = (Vec::new(), Vec::new());
    let (mut attribute, mut inside, mut indentation) = (false, false, 0);
    for (line, text) in file.lines() {
        let trimmed = text.trim_start();
        if inside {
            inside = !text.ends_with(';');
        } else if let Some(path) = trimmed.strip_prefix("use ").filter(|_| !attribute) {
            if text.len() - trimmed.len() != indentation {
                runs.push(std::mem::take(&mut run));
            }
            indentation = text.len() - trimmed.len();
            inside = !text.ends_with(';');
            let root = path.split([':', ';', ' ']).next().unwrap_or_default().to_owned();
            run.push(Use { root, line });
        } else if !trimmed.is_empty() {
            runs.push(std::mem::take(&mut run));
        }
        attribute = trimmed.starts_with("#[");
    }
    runs.push(run);
    runs
}
