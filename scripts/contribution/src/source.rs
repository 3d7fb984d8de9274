//! The files of an export: a zip, or files given one by one, each read as a stream.
//!
//! Nothing is ever unpacked to disk. What could do harm is refused before a byte of it is parsed: entries that climb
//! out of the archive, symbolic links, archives that unpack to more than they can honestly hold.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use zip::{ZipArchive, result::ZipError};

use crate::error::Error;

/// The most files in one folder or archive. A full download of account data has about thirty.
pub(crate) const MAX_FILES: usize = 10_000;
/// The JSON of an export packs about twelvefold; a hundredfold is something else.
const MAX_RATIO: u64 = 100;
/// Below this size the ratio says nothing: a few rows of zeros pack well.
const RATIO_FROM_BYTES: u64 = 16 << 20;
/// The most bytes that one archive may unpack to. A lifetime of listening takes about 200 MB.
const MAX_UNPACKED_BYTES: u64 = 4 << 30;

const ZIP_MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// One file that a member gives: the zip from Spotify, or a file that was unpacked from it.
#[derive(Clone, Debug)]
pub struct ExportFile<R> {
    /// What errors call it: a path, or the name that a browser gives.
    pub name: String,
    /// Whether the member chose this very file. If so it must be part of an export, while a file that merely lies in
    /// the same folder may be anything.
    pub chosen: bool,
    /// The file's bytes, from its start.
    pub content: R,
}

/// One file of an export, to be read once.
pub(crate) struct Source<'a> {
    /// What errors call it: `archive.zip/folder/file.json`.
    pub(crate) name: String,
    /// See [`ExportFile::chosen`].
    pub(crate) chosen: bool,
    pub(crate) reader: &'a mut dyn Read,
}

impl Source<'_> {
    /// The last part of the name.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Gives `file` to `each`, or every file inside it, in order, if it is a zip.
pub(crate) fn visit<R: Read + Seek>(
    file: ExportFile<R>,
    each: &mut dyn FnMut(Source<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let ExportFile { name, chosen, mut content } = file;
    let failed = |error| Error::reading(&name, error);
    let mut magic = Vec::with_capacity(4);
    (&mut content).take(4).read_to_end(&mut magic).map_err(failed)?;
    if ZIP_MAGIC.contains(&magic.as_slice()) {
        return archive(content, &name, each);
    }
    content.rewind().map_err(failed)?;
    each(Source { name, chosen, reader: &mut BufReader::with_capacity(1 << 16, content) })
}

fn archive<R: Read + Seek>(
    mut content: R,
    name: &str,
    each: &mut dyn FnMut(Source<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let packed_bytes = content.seek(SeekFrom::End(0)).map_err(|error| Error::reading(name, error))?;
    let bad = |file: &str, error: ZipError| match error {
        ZipError::Io(error) => Error::reading(file, error),
        other => Error::BadArchive { file: file.to_owned(), why: other.to_string() },
    };
    let mut zip = ZipArchive::new(BufReader::new(content)).map_err(|error| bad(name, error))?;
    if zip.len() > MAX_FILES {
        return Err(Error::TooManyFiles { place: name.to_owned(), limit: MAX_FILES });
    }
    check_entries(&mut zip, name, packed_bytes, &bad)?;
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
            chosen: false,
            reader: &mut BufReader::with_capacity(1 << 16, &mut unpacked),
        })?;
    }
    Ok(())
}

/// Looks at all entries before any is read: an archive with one bad path is refused as a whole.
fn check_entries<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
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
        // An entry that unpacks to more than it declares fails while it is read: `zip` holds it to its declaration.
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

/// Whether this is one of the files that macOS and Windows leave in folders and archives beside the real ones.
pub(crate) fn is_clutter(name: &str) -> bool {
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
    fn names_that_climb_out_of_the_archive_are_recognised() {
        for name in ["../x", "a/../x", "a/../../x", "/etc/passwd", "\\x", "C:\\x", "C:/x", "a\\..\\x", "x\0"] {
            assert!(climbs_out(name), "{name}");
        }
        for name in ["x", "a/b.json", "..a/b", "a../b", "MyData/Streaming_History_Audio_2013-2015_0.json"] {
            assert!(!climbs_out(name), "{name}");
        }
    }
}
