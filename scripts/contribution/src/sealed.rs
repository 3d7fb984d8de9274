//! Files for one reader: age encryption (age-encryption.org/v1) around lines of JSON.
//!
//! The first line says what the file is; rows follow, one per line. Both sides work line by line, so that a hostile
//! file cannot fill its reader's memory.

use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};

use age::{Decryptor, Encryptor, secrecy::zeroize::Zeroizing, stream::StreamReader, x25519};
use serde::{Serialize, de::DeserializeOwned};

use crate::{error::Error, kind::Kind};

/// The longest line: twelve fields, with every byte of texts of [`MAX_TEXT_BYTES`](crate::MAX_TEXT_BYTES) escaped.
const MAX_LINE_BYTES: u64 = 256 << 10;

/// Encrypts what `body` writes to every one of `recipients`, and returns `out`.
pub(crate) fn seal<'a, W: Write>(
    recipients: impl IntoIterator<Item = &'a x25519::Recipient>,
    out: W,
    body: impl FnOnce(&mut LineWriter<'_>) -> Result<(), Error>,
) -> Result<W, Error> {
    let recipients = recipients.into_iter().map(|recipient| recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|error| Error::Encrypt(error.to_string()))?;
    let sealed = encryptor.wrap_output(out).map_err(Error::Write)?;
    let mut buffered = BufWriter::with_capacity(1 << 16, sealed);
    body(&mut LineWriter(&mut buffered))?;
    let sealed = buffered.into_inner().map_err(|error| Error::Write(error.into_error()))?;
    sealed.finish().map_err(Error::Write)
}

pub(crate) struct LineWriter<'a>(&'a mut dyn Write);

impl LineWriter<'_> {
    pub(crate) fn line(&mut self, value: &impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(&mut self.0, value).map_err(|error| Error::Write(error.into()))?;
        self.0.write_all(b"\n").map_err(Error::Write)
    }
}

/// The decrypted lines of a sealed file.
pub(crate) struct Lines<R: Read> {
    kind: Kind,
    text: BufReader<StreamReader<R>>,
    line: u64,
    /// Overwritten when it is dropped: it holds what somebody heard, or the key to it.
    buffer: Zeroizing<Vec<u8>>,
}

impl<R: Read> Lines<R> {
    pub(crate) fn open(kind: Kind, input: R, identity: &x25519::Identity) -> Result<Self, Error> {
        let failed = |error: age::DecryptError| Error::Decrypt { kind, why: error.to_string() };
        let decryptor = Decryptor::new(input).map_err(failed)?;
        let identities = std::iter::once(identity as &dyn age::Identity);
        let text = BufReader::with_capacity(1 << 16, decryptor.decrypt(identities).map_err(failed)?);
        Ok(Self { kind, text, line: 0, buffer: Zeroizing::new(Vec::new()) })
    }

    /// The next line.
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        if !self.advance()? {
            return Err(self.bad("ends too early"));
        }
        serde_json::from_slice(&self.buffer).map_err(|error| self.bad(error.to_string()))
    }

    /// Checks that no line follows.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        match self.advance()? {
            true => Err(self.bad("goes on after its end")),
            false => Ok(()),
        }
    }

    pub(crate) fn bad(&self, why: impl Into<String>) -> Error {
        Error::BadSealed { kind: self.kind, line: self.line, why: why.into() }
    }

    fn advance(&mut self) -> Result<bool, Error> {
        self.buffer.clear();
        self.line += 1;
        let mut bounded = (&mut self.text).take(MAX_LINE_BYTES);
        let failed = |error: io::Error| Error::Decrypt { kind: self.kind, why: error.to_string() };
        bounded.read_until(b'\n', &mut self.buffer).map_err(failed)?;
        match self.buffer.last() {
            None => Ok(false),
            Some(b'\n') => Ok(true),
            Some(_) if self.buffer.len() as u64 == MAX_LINE_BYTES => Err(self.bad("is too long")),
            Some(_) => Err(self.bad("ends in the middle")),
        }
    }
}
