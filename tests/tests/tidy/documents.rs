//! Documents point at what exists: files, headings, tests, commands, and all that the contracts' ABI has.

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, exists, files, read, report, source};

/// The README is for strangers: what it is, how to start, where to read on.
const LONGEST_README: usize = 150;

/// What a document quotes as code, one piece after the other, with the number of its line.
fn quoted(document: &File) -> Vec<(usize, &str)> {
    let (mut quoted, mut block) = (Vec::new(), false);
    for (number, line) in document.lines() {
        if line.trim_start().starts_with("```") {
            block = !block;
        } else if block {
            quoted.push((number, line.trim()));
        } else {
            quoted.extend(line.split('`').skip(1).step_by(2).map(|code| (number, code)));
        }
    }
    quoted
}

/// What is wrong with each piece of quoted code of all documents, by this rule.
fn wrong_code(rule: impl Fn(&File, &str) -> Vec<String>) -> Vec<String> {
    let mut violations = Vec::new();
    for document in files(".md") {
        for (number, code) in quoted(&document) {
            violations
                .extend(rule(&document, code).into_iter().map(|what| format!("{}:{number}: {what}", document.path)));
        }
    }
    violations
}

/// The path that this leads to from a folder, without `.` and `..`.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `a/{b,c}` as `a/b` and `a/c`.
fn expanded(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.into()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![path.into()] };
    choices.split(',').flat_map(|choice| expanded(&format!("{before}{choice}{after}"))).collect()
}

/// A heading as links name it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || ['-', '_'].contains(c)).collect()
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").text.lines().count();
    assert!(lines <= LONGEST_README, "README.md has {lines} lines; at most {LONGEST_README} are read");
}

#[test]
fn relative_links_lead_somewhere() {
    let mut violations = Vec::new();
    for document in files(".md") {
        for (number, line) in document.lines() {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            for target in targets.filter(|target| !target.contains("://")) {
                let (path, heading) = target.split_once('#').unwrap_or((target, ""));
                let path = match path {
                    "" => document.path.clone(),
                    path => joined(document.folder(), path),
                };
                let headings = |file: File| {
                    file.text
                        .lines()
                        .any(|line| line.starts_with('#') && anchor(line.trim_start_matches('#').trim()) == heading)
                };
                if !exists(&path) {
                    violations.push(format!("{}:{number}: no {path}", document.path));
                } else if !heading.is_empty() && !headings(read(&path)) {
                    violations.push(format!("{}:{number}: {path} has no heading #{heading}", document.path));
                }
            }
        }
    }
    report("links that lead nowhere:", &violations);
}

#[test]
fn named_files_and_folders_exist() {
    let endings = [".rs", ".md", ".toml", ".sql", ".sol"];
    let names: BTreeSet<String> =
        files("").into_iter().filter_map(|file| Some(file.path.rsplit('/').next()?.to_owned())).collect();
    let missing = |document: &File, path: &str| -> Option<String> {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        if exists(path) || exists(&joined(document.folder(), path)) || names.contains(path) {
            return None;
        }
        let is_file = endings.iter().any(|ending| path.ends_with(ending));
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let begins = !rest.is_empty() && (exists(first) || exists(&joined(document.folder(), first)));
        (is_file || begins).then(|| format!("no {path}"))
    };
    let violations = wrong_code(|document, code| {
        let is_path = |c: char| c.is_ascii_alphanumeric() || "_./{},-".contains(c);
        if !code.chars().all(is_path) || code.starts_with(['/', '.', '-']) && !code.starts_with("./") {
            return Vec::new();
        }
        expanded(code).iter().filter_map(|path| missing(document, path)).collect()
    });
    report("files and folders that are named and missing:", &violations);
}

#[test]
fn named_tests_and_items_exist() {
    let mut words = BTreeSet::new();
    for file in files(".rs") {
        words.extend(file.text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
    }
    let violations = wrong_code(|_, code| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let names_something = code.contains("::") && !code.ends_with("::") || code.matches('_').count() > 2;
        let name = code.rsplit("::").next().unwrap_or(code);
        let is_missing = code.chars().all(is_name) && names_something && !words.contains(name);
        is_missing.then(|| format!("no {code}")).into_iter().collect()
    });
    report("tests and items that are named and missing:", &violations);
}

/// The options that a command line has, without their dashes.
fn options(line: &str) -> Vec<&str> {
    let words = line.split_ascii_whitespace().take_while(|word| !["|", "#", "&&", "--"].contains(word));
    words.filter_map(|word| word.strip_prefix("--")?.split(['=', ']', ',', ')', '…']).next()).collect()
}

#[test]
fn named_scripts_exist_and_know_their_options() {
    let scripts = source::scripts();
    let violations = wrong_code(|_, code| {
        let mut wrong = Vec::new();
        for call in code.split("./scripts/").skip(1) {
            let name = call.split(|c: char| !c.is_alphanumeric() && !"._-".contains(c)).next().unwrap_or_default();
            match scripts.iter().find(|script| script.path == format!("scripts/{name}")) {
                None => wrong.push(format!("no ./scripts/{name}")),
                Some(script) => {
                    let unknown =
                        options(call).into_iter().filter(|option| !script.text.contains(&format!("--{option}")));
                    wrong.extend(unknown.map(|option| format!("./scripts/{name} has no --{option}")));
                }
            }
        }
        wrong
    });
    report("commands that do not exist:", &violations);
}

/// What the program behind `./scripts/run` says of each option, with the default in brackets at the end.
fn options_of_the_play() -> BTreeMap<String, String> {
    let program = read("tests/src/main.rs");
    let fields = program.text.split("\nstruct Arguments {\n").nth(1).expect("a struct of the arguments");
    let (mut options, mut help, mut default) = (BTreeMap::new(), String::new(), String::new());
    for line in fields.split("\n}").next().unwrap_or_default().lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            let (first, rest) = text.split_at(1);
            help = first.to_lowercase() + rest.trim_end_matches('.');
        } else if line.starts_with("#[arg(") {
            let value = line.split("default_value_t = ").nth(1).and_then(|rest| rest.split([',', ')']).next());
            default = value.map(|value| format!(" ({value})")).unwrap_or_default();
        } else if let Some((name, _)) = line.split_once(": ") {
            options.insert(name.replace('_', "-"), format!("{help}{default}"));
        }
    }
    options
}

/// The script answers `--help` itself, before anything is built.
#[test]
fn the_help_of_run_is_that_of_its_program() {
    let script = read("scripts/run");
    let told = script.text.lines().filter_map(|line| {
        let (option, help) = line.strip_prefix("  --")?.split_once("  ")?;
        Some((option.split(' ').next()?.to_owned(), help.trim().to_owned()))
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), options_of_the_play());
}

/// The commands of `chorus`, as they are typed.
fn commands(sources: &[File]) -> BTreeSet<String> {
    let of =
        sources.iter().filter(|file| ["commands.rs", "commands/mod.rs"].iter().any(|end| file.path.ends_with(end)));
    let declared = of.filter_map(|file| file.text.split("\nenum Command {\n").nth(1)).next();
    let body = declared.expect("an enum of the commands").split("\n}").next().unwrap_or_default();
    let variants = body.lines().map(str::trim).filter_map(|line| line.split(['(', ' ', ',']).next());
    let variants = variants.filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()));
    variants.map(kebab).chain(["help".into()]).collect()
}

/// `WithdrawCredit` as `withdraw-credit`.
fn kebab(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[test]
fn named_commands_of_chorus_exist_and_know_their_options() {
    let sources: Vec<File> =
        files(".rs").into_iter().filter(|file| file.path.starts_with("scripts/chorus/src/")).collect();
    let commands = commands(&sources);
    let mut words = BTreeSet::from(["help", "version"].map(str::to_owned));
    for file in &sources {
        words.extend(file.text.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).map(str::to_owned));
    }
    let violations = wrong_code(|_, code| {
        let Some(line) = code.strip_prefix("chorus ").or_else(|| Some(code.split_once(" chorus ")?.1)) else {
            return Vec::new();
        };
        let command = line.split_ascii_whitespace().next().unwrap_or_default();
        let mut wrong = Vec::new();
        if command.starts_with(|first: char| first.is_ascii_lowercase()) && !commands.contains(command) {
            wrong.push(format!("no `chorus {command}`"));
        }
        // An option is the name of a field, or derived from a setting and shown in an example.
        let is_unknown =
            |option: &&str| !words.contains(&option.replace('-', "_")) && !words.contains(&format!("--{option}"));
        wrong.extend(options(line).into_iter().filter(is_unknown).map(|option| format!("chorus has no --{option}")));
        wrong
    });
    report("commands that do not exist:", &violations);
}

#[test]
fn packages_that_commands_name_exist() {
    let packages: BTreeSet<String> = files("Cargo.toml").iter().filter_map(package).collect();
    let violations = wrong_code(|_, code| {
        let words: Vec<&str> = code.split_ascii_whitespace().collect();
        let named = words.windows(2).filter(|pair| words[0] == "cargo" && ["-p", "--package"].contains(&pair[0]));
        named.filter(|pair| !packages.contains(pair[1])).map(|pair| format!("no package {}", pair[1])).collect()
    });
    report("packages that do not exist:", &violations);
}

fn package(manifest: &File) -> Option<String> {
    let name = manifest.text.split("[package]").nth(1)?.lines().find_map(|line| line.strip_prefix("name = "))?;
    Some(name.trim_matches('"').to_owned())
}

/// The names of what the contracts' ABI files have of this kind: `function`, `event` or `error`.
fn names_in_the_abi(kind: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for contract in ["attestations", "votes", "escrow"] {
        let abi = read(&format!("contracts/artifacts/{contract}.abi"));
        let items: Vec<serde_json::Value> = serde_json::from_str(&abi.text).expect("an ABI file is JSON");
        let named = items.iter().filter(|item| item["type"] == kind).filter_map(|item| item["name"].as_str());
        names.extend(named.map(str::to_owned));
    }
    names
}

#[test]
fn the_contracts_reference_has_every_message_event_and_error_of_the_abi() {
    let reference = read("contracts/README.md");
    let quoted: BTreeSet<&str> = quoted(&reference).into_iter().map(|(_, code)| code).collect();
    let named = |name: &str| quoted.iter().any(|code| *code == name || code.starts_with(&format!("{name}(")));
    let mut missing = Vec::new();
    for kind in ["function", "event", "error"] {
        let names = names_in_the_abi(kind);
        assert!(!names.is_empty(), "the ABI has some {kind}");
        missing.extend(names.into_iter().filter(|name| !named(name)).map(|name| format!("{kind} {name}")));
    }
    report("contracts/README.md does not have these:", &missing);
}
