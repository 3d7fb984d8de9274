//! What `.github/CONTRIBUTING.md` asks of every file: layers, sizes, imports, and documents that point at what exists.

mod dependencies;
mod documents;
mod layers;
mod source;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A text file of the repository.
struct File {
    /// Where it is, from the root, with slashes.
    path: String,
    text: String,
}

impl File {
    /// Its lines, with their numbers from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The folder it is in.
    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether there is a file or folder at this path from the root.
fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// The file at this path from the root.
fn read(path: &str) -> File {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    File { path: path.into(), text }
}

/// Every file whose name ends like this, in the order of paths. Built and downloaded files are left out.
fn files(ending: &str) -> Vec<File> {
    let mut found = Vec::new();
    collect("", ending, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(folder: &str, ending: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(root().join(folder)).expect("a folder can be read") {
        let entry = entry.expect("an entry can be read");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let built = ["target", "node_modules", "corpus", ".git"].contains(&name.as_str());
        if entry.path().is_dir() && !built {
            collect(&path, ending, found);
        } else if name.ends_with(ending)
            // A file that is being written elsewhere may be gone by now.
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(File { path, text });
        }
    }
}

/// Fails with all that was found wrong, if anything was.
#[track_caller]
fn report(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}\n  {}", violations.join("\n  "));
}
