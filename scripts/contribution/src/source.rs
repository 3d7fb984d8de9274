//! Finds the files of an export: a zip, a folder, or files named one by one, each read as a stream.
//!
//! Nothing is ever unpacked to disk. What could do harm is refused before a byte of it is parsed:
//! entries that climb out, symbolic links, archives that unpack to more than they can hold.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _},
    path::{Path, PathBuf},
};

use walkdir::WalkDir;
use zip::{ZipArchive, result::ZipError};

use super::Error;

/// Files in one folder or archive. A full download of account data has about thirty.
const MAX_FILES: usize = 10_000;
/// An export's JSON packs about twelvefold; a hundredfold is another thing.
const MAX_RATIO: u64 = 100;
/// Below this the ratio says nothing: a few rows of zeros pack well.
const RATIO_FROM_BYTES: u64 = 16 << 20;
/// A lifetime of listening is about 200 MB.
const MAX_UNPACKED_BYTES: u64 = 4 << 30;

const ZIP_MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// One file of an export, to be read once.
pub(crate) struct Source<'a> {
    /// How to call it in errors: `archive.zip/folder/file.json`.
    pub(crate) name: String,
    /// Whether the member named this very file, so that it must be part of an export.
    pub(crate) named: bool,
    pub(crate) reader: &'a mut dyn Read,
}

impl Source<'_> {
    /// The last part of the name.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Visits every file in `paths`, in a fixed order, and returns how many there were.
pub(crate) fn visit(paths: &[PathBuf], each: &mut dyn FnMut(Source<'_>) -> Result<(), Error>) -> Result<usize, Error> {
    if paths.is_empty() {
        return Err(Error::NothingNamed);
    }
    let mut files = 0;
    for path in paths {
        let name = path.display().to_string();
        let about = path.metadata().map_err(|source| Error::Read { file: name, source })?;
        files += match about.is_dir() {
            true => folder(path, each)?,
            false => file(path, true, each)?,
        };
    }
    Ok(files)
}

fn folder(root: &Path, each: &mut dyn FnMut(Source<'_>) -> Result<(), Error>) -> Result<usize, Error> {
    let mut files = 0;
    for (seen, entry) in WalkDir::new(root).sort_by_file_name().into_iter().enumerate() {
        let entry = entry.map_err(|error| Error::Read {
            file: error.path().unwrap_or(root).display().to_string(),
            source: error.into(),
        })?;
        if seen > MAX_FILES {
            let place = root.display().to_string();
            return Err(Error::TooManyFiles { place, limit: MAX_FILES });
        }
        // The root itself was named, so it may be a link; nothing below it may.
        if entry.depth() > 0 && entry.path_is_symlink() {
            return Err(Error::Symlink(entry.path().display().to_string()));
        }
        if !entry.path().is_dir() && !is_clutter(&entry.file_name().to_string_lossy()) {
            files += file(entry.path(), false, each)?;
        }
    }
    Ok(files)
}

fn file(path: &Path, named: bool, each: &mut dyn FnMut(Source<'_>) -> Result<(), Error>) -> Result<usize, Error> {
    let name = path.display().to_string();
    let failed = |source| Error::Read { file: name.clone(), source };
    // Opening a pipe would wait for its other end, so look first.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut magic = Vec::with_capacity(4);
    (&mut file).take(4).read_to_end(&mut magic).map_err(failed)?;
    file.rewind().map_err(failed)?;
    if ZIP_MAGIC.contains(&magic.as_slice()) {
        return archive(file, &name, each);
    }
    each(Source { name, named, reader: &mut BufReader::with_capacity(1 << 16, file) })?;
    Ok(1)
}

fn archive(file: File, name: &str, each: &mut dyn FnMut(Source<'_>) -> Result<(), Error>) -> Result<usize, Error> {
    let packed = file.metadata().map_err(|error| Error::reading(name, error))?.len();
    let bad = |file: &str, error: ZipError| match error {
        ZipError::Io(error) => Error::reading(file, error),
        other => Error::BadArchive { file: file.to_owned(), why: other.to_string() },
    };
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| bad(name, error))?;
    if zip.len() > MAX_FILES {
        return Err(Error::TooManyFiles { place: name.to_owned(), limit: MAX_FILES });
    }
    check_entries(&mut zip, name, packed, &bad)?;
    let mut files = 0;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| bad(name, error))?;
        let inside = entry.name().map_err(|error| bad(name, error))?.into_owned();
        if entry.is_dir() || is_clutter(&inside) {
            continue;
        }
        let name = format!("{name}/{inside}");
        let mut unpacked = Unpacked { inner: &mut entry, name: &name };
        each(Source {
            name: name.clone(),
            named: false,
            reader: &mut BufReader::with_capacity(1 << 16, &mut unpacked),
        })?;
        files += 1;
    }
    Ok(files)
}

/// All entries are looked at before any is read: an archive with one bad path is refused whole.
fn check_entries(
    zip: &mut ZipArchive<BufReader<File>>,
    archive: &str,
    packed_bytes: u64,
    bad: &dyn Fn(&str, ZipError) -> Error,
) -> Result<(), Error> {
    // One allowance for the whole archive: entries that share their bytes gain nothing.
    let limit_bytes = packed_bytes.saturating_mul(MAX_RATIO).clamp(RATIO_FROM_BYTES, MAX_UNPACKED_BYTES);
    let mut declared_bytes: u64 = 0;
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| bad(archive, error))?;
        let name = entry.name().map_err(|error| bad(archive, error))?.into_owned();
        if climbs_out(&name) {
            return Err(Error::ClimbsOut { archive: archive.to_owned(), entry: name });
        }
        if entry.is_symlink() {
            return Err(Error::Symlink(format!("{archive}/{name}")));
        }
        // An entry that unpacks to more than it declares fails there: the reader of `zip` holds it to that.
        declared_bytes = declared_bytes.saturating_add(entry.size());
        if declared_bytes > limit_bytes {
            return Err(Error::ZipBomb { file: format!("{archive}/{name}"), limit_bytes });
        }
    }
    Ok(())
}

/// Whether an entry's name is anything but a plain path downwards.
fn climbs_out(name: &str) -> bool {
    name.starts_with(['/', '\\'])
        || name.contains('\0')
        || name.as_bytes().get(1) == Some(&b':')
        || name.split(['/', '\\']).any(|part| part == "..")
}

/// What macOS and Windows leave in folders and archives beside the real files.
fn is_clutter(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || file.starts_with("._") || [".DS_Store", "Thumbs.db", "desktop.ini"].contains(&file)
}

/// An entry whose failures (damage, a false size or checksum) name it.
struct Unpacked<'a, R> {
    inner: R,
    name: &'a str,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let why = error.to_string();
            Error::BadArchive { file: self.name.to_owned(), why }.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_climb_out_are_known() {
        for name in ["../x", "a/../x", "a/../../x", "/etc/passwd", "\\x", "C:\\x", "C:/x", "a\\..\\x", "x\0"] {
            assert!(climbs_out(name), "{name}");
        }
        for name in ["x", "a/b.json", "..a/b", "a../b", "MyData/Streaming_History_Audio_2013-2015_0.json"] {
            assert!(!climbs_out(name), "{name}");
        }
    }
}
