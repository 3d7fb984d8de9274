//! Files that appear under their name when they are finished, and leave nothing behind when they are not.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;

static STOPPED: AtomicBool = AtomicBool::new(false);

/// Makes every further write to an unfinished file fail, so that whoever writes one stops and the file goes away.
pub fn stop_writing() {
    STOPPED.store(true, Ordering::Relaxed);
}

/// A file that is written under a temporary name, `NAME.part`, and removed unless it is finished.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    part: PathBuf,
    file: File,
    fate: Fate,
}

/// What dropping an [`Unfinished`] does to its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Remove,
    /// The file may be needed: it stays, and its owner is told where it is.
    KeepAndTell,
    /// The file has its name, or somebody else answers for it.
    Keep,
}

impl Unfinished {
    /// Creates the file under its temporary name.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
        Ok(Self { path: path.to_owned(), part, file, fate: Fate::Remove })
    }

    /// From now on the file may be needed even if it is never finished: keep it under its temporary name.
    pub fn keep_if_interrupted(&mut self) {
        self.fate = Fate::KeepAndTell;
    }

    /// Gives the file its name, replacing an older file of that name.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let failed = || format!("cannot write {}; what was written is in {}", self.path.display(), self.part.display());
        self.file.sync_all().with_context(failed)?;
        fs::rename(&self.part, &self.path).with_context(failed)?;
        self.fate = Fate::Keep;
        Ok(())
    }

    /// Removes the file after all.
    pub fn remove(mut self) {
        self.fate = Fate::Remove;
    }

    /// Keeps the file under its temporary name, which is returned.
    pub fn keep_unfinished(mut self) -> PathBuf {
        self.fate = Fate::Keep;
        self.part.clone()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        match self.fate {
            Fate::Keep => {}
            Fate::KeepAndTell => eprintln!("{} may be needed and was kept.", self.part.display()),
            // If it cannot be removed there is nobody to tell who could do more about it.
            Fate::Remove => drop(fs::remove_file(&self.part)),
        }
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match STOPPED.load(Ordering::Relaxed) {
            true => Err(io::Error::other("stopped")),
            false => self.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_only_once_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Unfinished::create(&folder.path().join("a.bundle")).unwrap();
        file.write_all(b"whole").unwrap();
        assert_eq!(names(folder.path()), ["a.bundle.part"]);
        file.finish().unwrap();
        assert_eq!(names(folder.path()), ["a.bundle"]);
        assert_eq!(fs::read(folder.path().join("a.bundle")).unwrap(), b"whole");
    }

    #[test]
    fn a_file_that_is_not_finished_is_removed_unless_it_may_be_needed() {
        let folder = tempfile::tempdir().unwrap();
        let create = |name: &str| Unfinished::create(&folder.path().join(name)).unwrap();
        drop(create("refused"));
        let mut interrupted = create("interrupted");
        interrupted.keep_if_interrupted();
        drop(interrupted);
        assert_eq!(create("unknown").keep_unfinished(), folder.path().join("unknown.part"));
        assert_eq!(names(folder.path()), ["interrupted.part", "unknown.part"]);
    }
}
