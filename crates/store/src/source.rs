//! Source files, kept compressed by content hash beside the workspace, readable by their owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::StoreError;

/// The folder `<workspace>.files/`, one `<hash>.zst` a file.
#[derive(Debug, Clone)]
pub struct SourceFolder {
    folder: PathBuf,
}

/// Fast and still five to twenty times smaller on bills, which repeat themselves.
const LEVEL: i32 = 1;

/// Content on its way into the folder; dropped before [`Keeping::finish`] it leaves nothing.
pub struct Keeping {
    folder: SourceFolder,
    file: Option<Packing>,
    hasher: Sha256,
    bytes: u64,
}

/// A file being written as one compressed frame a piece: frames in a row are read back as one content, and packing
/// a piece at once is a third faster than packing a stream.
struct Packing {
    path: PathBuf,
    file: File,
    packer: zstd::bulk::Compressor<'static>,
    packed: Vec<u8>,
}

impl Packing {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(piece.len()));
        self.packer.compress_to_buffer(piece, &mut self.packed)?;
        self.file.write_all(&self.packed)
    }
}

impl Keeping {
    /// The next piece.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
        match &mut self.file {
            Some(packing) => packing.write(piece),
            None => Ok(()),
        }
    }

    /// Everything has come: the content stands in the folder under its hash, if it was to be kept.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<Fingerprint> {
        let hash = hex(&std::mem::take(&mut self.hasher).finalize());
        if let Some(mut packing) = self.file.take() {
            // Content without a byte is a frame too.
            let done = if self.bytes == 0 { packing.write(&[]) } else { Ok(()) };
            let done = done.and_then(|()| packing.file.sync_all());
            let done = done.and_then(|()| fs::rename(&packing.path, self.folder.place(&hash)));
            if let Err(error) = done {
                // The folder is swept at the next import; here the first fault is what matters.
                let _ = fs::remove_file(&packing.path);
                return Err(error);
            }
        }
        Ok(Fingerprint { hash, bytes: self.bytes })
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        if let Some(packing) = self.file.take() {
            // Nothing can be told from here; what stays is swept at the next import.
            let _ = fs::remove_file(packing.path);
        }
    }
}

/// What reading a file once tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256, lower-case hex.
    pub hash: String,
    /// Bytes.
    pub bytes: u64,
}

impl SourceFolder {
    /// The folder that belongs to a workspace.
    #[must_use]
    pub fn beside(workspace: &Path) -> Self {
        let mut name = workspace.file_name().unwrap_or_default().to_owned();
        name.push(".files");
        Self { folder: workspace.with_file_name(name) }
    }

    fn place(&self, hash: &str) -> PathBuf {
        self.folder.join(format!("{hash}.zst"))
    }

    /// Is this content kept?
    #[must_use]
    pub fn has(&self, hash: &str) -> bool {
        self.place(hash).is_file()
    }

    /// Begins to keep content that comes piece by piece; without `keep` it is only hashed. Written under another
    /// name first, so that a crash leaves no half file in place.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn begin(&self, keep: bool) -> io::Result<Keeping> {
        let file = if keep {
            make_private_folder(&self.folder)?;
            let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_nanos());
            let path = self.folder.join(format!("{}.part", hash_of(&format!("{} {nanos}", std::process::id()))));
            let packer = zstd::bulk::Compressor::new(LEVEL)?;
            let file = create_private(&path)?;
            Some(Packing { path, file, packer, packed: Vec::new() })
        } else {
            None
        };
        Ok(Keeping { folder: self.clone(), file, hasher: Sha256::new(), bytes: 0 })
    }

    /// Opens a kept file for reading.
    ///
    /// # Errors
    /// [`StoreError::Source`] when it is not there or cannot be read.
    pub fn open(&self, hash: &str) -> Result<impl Read + Send + use<>, StoreError> {
        let source = |error: io::Error| StoreError::Source { reason: error.to_string() };
        let file = File::open(self.place(hash)).map_err(source)?;
        zstd::Decoder::new(file).map_err(source)
    }

    /// Puts a kept file back as a plain file.
    ///
    /// # Errors
    /// [`StoreError::Source`] when it is not there or cannot be read or written.
    pub fn restore(&self, hash: &str, to: &Path) -> Result<(), StoreError> {
        let mut reader = self.open(hash)?;
        let source = |error: io::Error| StoreError::Source { reason: error.to_string() };
        io::copy(&mut reader, &mut create_private(to).map_err(source)?).map_err(source)?;
        Ok(())
    }

    /// Does the kept file still hold the content its hash stands for?
    ///
    /// # Errors
    /// [`StoreError::Source`] when it is not there or cannot be read.
    pub fn is_whole(&self, hash: &str) -> Result<bool, StoreError> {
        let found = fingerprint_of(&mut self.open(hash)?);
        found.map(|found| found.hash == hash).map_err(|error| StoreError::Source { reason: error.to_string() })
    }

    /// Rows of a kept file, from their byte offsets and lengths in file order; at most 1 MiB of each.
    ///
    /// # Errors
    /// [`StoreError::Source`] when the file is not there or cannot be read.
    pub fn rows(&self, hash: &str, places: &[(u64, u64)]) -> Result<Vec<Vec<u8>>, StoreError> {
        let source = |error: io::Error| StoreError::Source { reason: error.to_string() };
        let mut reader = self.open(hash)?;
        let (mut at, mut rows) = (0u64, Vec::with_capacity(places.len()));
        for (offset, length) in places {
            io::copy(&mut reader.by_ref().take(offset.saturating_sub(at)), &mut io::sink()).map_err(source)?;
            let mut bytes = Vec::new();
            reader.by_ref().take((*length).min(1 << 20)).read_to_end(&mut bytes).map_err(source)?;
            at = (*offset).max(at) + bytes.len() as u64;
            rows.push(bytes);
        }
        Ok(rows)
    }

    /// Removes every kept file whose hash is not in `wanted`, and what a crash left half written; whatever else
    /// somebody put into the folder stays.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn sweep(&self, wanted: &[String]) -> io::Result<()> {
        if !self.folder.is_dir() {
            return Ok(());
        }
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let ours = path.is_file()
                && path.extension().is_some_and(|extension| extension == "zst" || extension == "part")
                && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_hash);
            let kept = path.extension().is_some_and(|extension| extension == "zst")
                && path.file_stem().is_some_and(|stem| wanted.iter().any(|hash| stem == hash.as_str()));
            if ours && !kept {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Reads a file once for its hash and size.
///
/// # Errors
/// When it cannot be read.
pub fn fingerprint(file: &Path) -> io::Result<Fingerprint> {
    fingerprint_of(&mut File::open(file)?)
}

fn fingerprint_of(reader: &mut impl Read) -> io::Result<Fingerprint> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 18];
    let mut bytes = 0u64;
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
    Ok(Fingerprint { hash: hex(&hasher.finalize()), bytes })
}

/// SHA-256 of a text, lower-case hex.
#[must_use]
pub fn hash_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new or emptied file that only its owner can read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)
}

/// Makes an empty file that only its owner can read, unless there is a file already.
pub(crate) fn touch_private(path: &Path) -> io::Result<()> {
    private(OpenOptions::new().write(true).create(true).truncate(false)).open(path)?.flush()
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}
