//! From what a person names to the files that are read: a folder with a manifest, a manifest, a zip, plain files.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;
use zip::ZipArchive;

use super::content::{FREE, MOST_UNPACKED};
use super::manifest::{self, Manifest};
use crate::error::{EngineError, Result};

/// Members past this are no export.
const MOST_MEMBERS: usize = 10_000;

/// One file to read.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name for the ledger.
    pub name: String,
    /// The archive it was taken from, for messages.
    archive: Option<String>,
    /// Rows that its manifest promises for it.
    rows: Option<u64>,
    /// Rows that its manifest promises for all of its parts.
    all: Option<Arc<Promise>>,
}

/// Rows that the parts of a manifest come to together.
#[derive(Debug)]
struct Promise {
    rows: u64,
    /// Parts still to be read, and rows of those that were.
    state: Mutex<(usize, u64)>,
}

/// The files to read; those taken out of archives are removed when this is dropped.
#[derive(Debug, Default)]
pub struct Parts {
    /// Files in order.
    pub files: Vec<Part>,
    _unpacked: Vec<TempDir>,
}

impl Part {
    fn plain(path: PathBuf) -> Self {
        // A line end in a name would part lists of names.
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace(char::is_control, " ");
        Self { path, name, archive: None, rows: None, all: None }
    }

    /// How messages name it.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.archive {
            Some(archive) => format!("{archive}, {}", self.name),
            None => self.path.display().to_string(),
        }
    }

    /// An error about it that names it as the person knows it, not as it lies in a temporary folder.
    #[must_use]
    pub fn named(&self, error: EngineError) -> EngineError {
        match (&self.archive, &error.place) {
            (Some(_), Some(place)) if *place == self.path.display().to_string() => error.at(self.shown()),
            _ => error,
        }
    }

    /// Has it as many rows as its manifest promises, and the last part of several as many as were left?
    ///
    /// # Errors
    /// When it has not.
    pub fn check(&self, rows_read: u64) -> Result<()> {
        let cut = |what: String| Err(EngineError::failed(what).then("download the export again; a part may be cut"));
        if let Some(rows) = self.rows.filter(|rows| *rows != rows_read) {
            return cut(format!("has {rows_read} rows, and its manifest says {rows}"));
        }
        let Some(all) = &self.all else { return Ok(()) };
        let mut state = all.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = (state.0.saturating_sub(1), state.1.saturating_add(rows_read));
        if state.0 == 0 && state.1 != all.rows {
            return cut(format!("is the last part of {} rows, and their manifest says {}", state.1, all.rows));
        }
        Ok(())
    }
}

/// What the named paths come to.
///
/// # Errors
/// When a folder holds no export, a manifest names a part that is missing, two manifests tell the same cost twice, an
/// archive is damaged, holds a path that leaves its folder, or unpacks to far more than its size.
pub fn gather(paths: &[PathBuf]) -> Result<Parts> {
    let mut parts = Parts::default();
    let mut manifests = Vec::new();
    for path in paths {
        let here = if path.is_dir() {
            folder(path, &mut parts)?
        } else if let Some(manifest) = manifest::read(path)? {
            vec![manifest]
        } else {
            take(path, &mut parts)?;
            Vec::new()
        };
        for manifest in &here {
            listed(manifest, &mut parts)?;
        }
        manifests.extend(here);
    }
    manifest::one_kind(manifests.iter())?;
    let mut seen = BTreeSet::new();
    parts.files.retain(|part| seen.insert(part.path.clone()));
    Ok(parts)
}

/// A file, or what an archive holds.
fn take(path: &Path, parts: &mut Parts) -> Result<()> {
    if is_zip(path) {
        return unpack(path, parts);
    }
    parts.files.push(Part::plain(path.to_owned()));
    Ok(())
}

/// The manifests in a folder, or, where it has none, its data files.
fn folder(path: &Path, parts: &mut Parts) -> Result<Vec<Manifest>> {
    let failed = |what: String| EngineError::failed(what).at(path.display().to_string());
    let mut files = Vec::new();
    walk(path, 0, &mut files).map_err(|error| failed(format!("cannot be read: {error}")))?;
    files.sort();
    let mut manifests = Vec::new();
    for file in &files {
        manifests.extend(manifest::read(file)?);
    }
    if !manifests.is_empty() {
        return manifest::latest(manifests);
    }
    files.retain(|file| is_export(file) && !manifest::is_named_so(file));
    if files.is_empty() {
        return Err(failed("is a folder without an export".into()).then("name the files to import"));
    }
    files.iter().try_for_each(|file| take(file, parts))?;
    Ok(Vec::new())
}

/// Is it named like a file of data?
fn is_export(file: &Path) -> bool {
    let exports = ["csv", "tsv", "gz", "parquet", "zip", "json", "jsonl", "ndjson", "prom", "zst"];
    file.extension().is_some_and(|have| exports.iter().any(|ending| have.eq_ignore_ascii_case(ending)))
}

/// The parts of a manifest. Rows of a zip are not checked, since they are counted by member.
fn listed(manifest: &Manifest, parts: &mut Parts) -> Result<()> {
    let files = manifest.find()?;
    let zipped = files.iter().any(|(path, _)| is_zip(path));
    let all = manifest.rows.filter(|_| !zipped).map(|rows| {
        let state = Mutex::new((files.len(), 0));
        Arc::new(Promise { rows, state })
    });
    for (path, rows) in files {
        if is_zip(&path) {
            unpack(&path, parts)?;
        } else {
            // A single part is told its own number of rows, which the message is plainer for.
            let rows = rows.or(manifest.rows.filter(|_| manifest.files.len() == 1));
            let all = all.clone().filter(|_| rows.is_none());
            parts.files.push(Part { rows, all, ..Part::plain(path) });
        }
    }
    Ok(())
}

/// Files below a folder, eight levels deep at most; hidden ones and links are left alone.
fn walk(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth < 8 {
            walk(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn is_zip(path: &Path) -> bool {
    let mut magic = [0u8; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"PK\x03\x04"
}

/// Takes the data files out of an archive.
fn unpack(path: &Path, parts: &mut Parts) -> Result<()> {
    let failed = |what: String| EngineError::failed(what).at(path.display().to_string());
    let damaged = |error: &dyn std::fmt::Display| {
        failed(format!("is a zip that cannot be read: {error}")).then("download it again; it may be cut")
    };
    let file = File::open(path).map_err(|error| damaged(&error))?;
    let packed = file.metadata().map_err(|error| damaged(&error))?.len();
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(|error| damaged(&error))?;
    if archive.len() > MOST_MEMBERS {
        return Err(failed(format!("is a zip of {} files", archive.len())).then("no export has so many; unpack it"));
    }
    let folder = tempfile::tempdir().map_err(|error| failed(format!("cannot be unpacked: {error}")))?;
    let (mut unpacked, mut taken) = (0u64, Vec::new());
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(|error| damaged(&error))?;
        let name = member.name().map_err(|error| damaged(&error))?.into_owned();
        let Some(inside) = member.enclosed_name() else {
            return Err(failed(format!("holds the path {name:?}, which leaves its folder"))
                .then("no export does; ask its sender for it anew"));
        };
        let file_name = inside.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Folders, and what a Mac adds beside every file.
        if member.is_dir() || file_name.starts_with("._") || name.starts_with("__MACOSX/") {
            continue;
        }
        if inside
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("xml") || ending.eq_ignore_ascii_case("rels"))
        {
            return Err(failed("is a spreadsheet, not an archive of exports".into())
                .then("save the sheet as CSV, and import that"));
        }
        let to = folder.path().join(format!("{index}-{file_name}"));
        let mut out = File::create(&to).map_err(|error| failed(format!("cannot be unpacked: {error}")))?;
        let room = (packed.saturating_mul(MOST_UNPACKED)).max(FREE).saturating_sub(unpacked);
        let copied = io::copy(&mut member.take(room + 1), &mut out).map_err(|error| damaged(&error))?;
        unpacked += copied;
        if copied > room {
            return Err(failed(format!("unpacks to more than {MOST_UNPACKED} times its size"))
                .then("no export does; ask its sender for it anew"));
        }
        taken.push(Part { archive: Some(path.display().to_string()), name: file_name, ..Part::plain(to) });
    }
    // A manifest inside describes what lies beside it; the data files are all here. A note beside them is no data.
    taken.retain(|part| !manifest::is_named_so(Path::new(&part.name)));
    if taken.iter().any(|part| is_export(Path::new(&part.name))) {
        taken.retain(|part| is_export(Path::new(&part.name)));
    }
    if taken.is_empty() {
        return Err(failed("is a zip without a file in it".into()).then("export it again"));
    }
    parts.files.extend(taken);
    parts._unpacked.push(folder);
    Ok(())
}
