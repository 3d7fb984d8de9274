//! Opens what a member names on a machine with a file system: a zip, a folder, single files.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use crate::{
    commitment::MemberSecret,
    error::Error,
    prepare::{Prepared, Progress},
    source::{ExportFile, MAX_FILES, is_clutter},
};

/// Reads the export at `paths` (a zip, a folder, single files, or several of these) into a contribution.
///
/// Everything else is as in [`prepare`](crate::prepare).
pub fn prepare(
    paths: &[PathBuf],
    secret: &MemberSecret,
    today: u32,
    progress: impl FnMut(Progress<'_>),
) -> Result<Prepared, Error> {
    crate::prepare(open(paths), secret, today, progress)
}

/// The files at `paths` and in the folders among them, in a fixed order, each opened when its turn comes.
pub fn open(paths: &[PathBuf]) -> impl Iterator<Item = Result<ExportFile<File>, Error>> {
    paths.iter().flat_map(|path| -> Box<dyn Iterator<Item = _> + '_> {
        match path.is_dir() {
            true => Box::new(folder(path)),
            false => Box::new(std::iter::once_with(move || file(path, Origin::Chosen))),
        }
    })
}

/// How a file came to be read.
#[derive(PartialEq, Eq)]
enum Origin {
    /// The member named it.
    Chosen,
    /// It lies in a folder that the member named.
    Folder,
}

fn folder(root: &Path) -> impl Iterator<Item = Result<ExportFile<File>, Error>> {
    WalkDir::new(root).sort_by_file_name().into_iter().enumerate().filter_map(move |(seen, entry)| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let file = error.path().unwrap_or(root).display().to_string();
                return Some(Err(Error::Read { file, source: error.into() }));
            }
        };
        if seen > MAX_FILES {
            return Some(Err(Error::TooManyFiles { place: root.display().to_string(), limit: MAX_FILES }));
        }
        // The root itself was named, so it may be a link; nothing below it may.
        if entry.depth() > 0 && entry.path_is_symlink() {
            return Some(Err(Error::Symlink(entry.path().display().to_string())));
        }
        if entry.path().is_dir() || is_clutter(&entry.file_name().to_string_lossy()) {
            return None;
        }
        Some(file(entry.path(), Origin::Folder))
    })
}

fn file(path: &Path, origin: Origin) -> Result<ExportFile<File>, Error> {
    let name = path.display().to_string();
    let failed = |source| Error::Read { file: name.clone(), source };
    // Opening a pipe would wait for its other end, so look first.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(Error::NotAFile(name));
    }
    let content = File::open(path).map_err(failed)?;
    Ok(ExportFile { name, chosen: origin == Origin::Chosen, content })
}
