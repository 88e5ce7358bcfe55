//! From what a person names to the files that are read: a folder with a manifest, a manifest, a zip, plain files.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;
use zip::ZipArchive;

use super::content::{FREE, MOST_UNPACKED};
use super::node::Node;
use crate::error::{EngineError, Result};

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name for the ledger.
    pub name: String,
    /// The archive it was taken from, for messages.
    archive: Option<String>,
    /// Rows that its manifest promises.
    rows: Option<u64>,
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
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { path, name, archive: None, rows: None }
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

    /// Has it as many rows as its manifest promises?
    ///
    /// # Errors
    /// When it has not.
    pub fn check(&self, rows_read: u64) -> Result<()> {
        match self.rows.filter(|rows| *rows != rows_read) {
            Some(rows) => Err(EngineError::failed(format!("has {rows_read} rows, and its manifest says {rows}"))
                .then("download the export again; a part may be cut")),
            None => Ok(()),
        }
    }
}

/// What the named paths come to.
///
/// # Errors
/// When a folder holds no export, a manifest names a part that is missing, an archive is damaged, holds a path that
/// leaves its folder, or unpacks to far more than its size.
pub fn gather(paths: &[PathBuf]) -> Result<Parts> {
    let mut parts = Parts::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        if path.is_dir() {
            folder(path, &mut parts)?;
        } else if is_zip(path) {
            unpack(path, &mut parts)?;
        } else if let Some(manifest) = manifest(path)? {
            listed(path, &manifest, &mut parts)?;
        } else {
            parts.files.push(Part::plain(path.clone()));
        }
    }
    parts.files.retain(|part| seen.insert(part.path.clone()));
    Ok(parts)
}

fn folder(path: &Path, parts: &mut Parts) -> Result<()> {
    let failed = |what: String| EngineError::failed(what).at(path.display().to_string());
    let mut files = Vec::new();
    walk(path, 0, &mut files).map_err(|error| failed(format!("cannot be read: {error}")))?;
    files.sort();
    let mut found = false;
    for file in files.iter().filter(|file| has_name(file, "manifest.json")) {
        if let Some(manifest) = manifest(file)? {
            listed(file, &manifest, parts)?;
            found = true;
        }
    }
    if found {
        return Ok(());
    }
    let exports = ["csv", "gz", "parquet", "zip", "json", "jsonl", "ndjson", "prom", "zst"];
    for file in &files {
        if !exports.iter().any(|ending| file.extension().is_some_and(|have| have.eq_ignore_ascii_case(ending))) {
            continue;
        }
        if is_zip(file) {
            unpack(file, parts)?;
        } else {
            parts.files.push(Part::plain(file.clone()));
        }
        found = true;
    }
    if found { Ok(()) } else { Err(failed("is a folder without an export".into()).then("name the files to import")) }
}

fn has_name(file: &Path, ending: &str) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with(ending))
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

/// A manifest's parts: file names, and rows where it tells.
struct Manifest {
    files: Vec<String>,
    rows: Option<u64>,
}

/// Reads a manifest of AWS (`reportKeys`, `dataFiles`) or Azure (`blobs`); any other file is none.
fn manifest(path: &Path) -> Result<Option<Manifest>> {
    if !has_name(path, "manifest.json") {
        return Ok(None);
    }
    let failed = |what: String| EngineError::failed(what).at(path.display().to_string());
    let text = std::fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let node = Node::parse(text.trim_start_matches('\u{feff}'))
        .map_err(|error| failed(format!("is not whole JSON: {error}")).then("download the export again"))?;
    let texts = |name: &str| -> Option<Vec<String>> {
        Some(node.get(name)?.items().iter().filter_map(|item| Some(item.text()?.to_owned())).collect())
    };
    let files = texts("reportKeys").or_else(|| texts("dataFiles")).or_else(|| {
        let blobs = node.get("blobs")?.items();
        Some(blobs.iter().filter_map(|blob| Some(blob.get("blobName")?.text()?.to_owned())).collect())
    });
    let rows = node.get("dataRowCount").and_then(Node::text).and_then(|text| text.parse().ok());
    Ok(files.map(|files| Manifest { files, rows }))
}

/// Finds a manifest's parts near it: under the path it gives, or by name beside it or below.
fn listed(path: &Path, manifest: &Manifest, parts: &mut Parts) -> Result<()> {
    let failed = |what: String| EngineError::failed(what).at(path.display().to_string());
    if manifest.files.is_empty() {
        return Err(failed("names no part".into()).then("download the export again, with its data files"));
    }
    let home = path.parent().unwrap_or_else(|| Path::new("."));
    let mut missing = Vec::new();
    for file in &manifest.files {
        match near(home, file) {
            Some(found) => {
                let rows = manifest.rows.filter(|_| manifest.files.len() == 1);
                parts.files.push(Part { rows, ..Part::plain(found) });
            }
            None => missing.push(file.rsplit('/').next().unwrap_or(file).to_owned()),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(failed(format!("names parts that are not there: {}", missing.join(", ")))
        .then("put every part beside the manifest, and import again"))
}

fn near(home: &Path, file: &str) -> Option<PathBuf> {
    let safe: PathBuf = Path::new(file).components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let name = safe.file_name()?.to_owned();
    // The tail of the given path that exists beside the manifest or one or two folders up: the export's own layout.
    let parts: Vec<_> = safe.components().collect();
    for up in home.ancestors().take(4) {
        for from in 0..parts.len() {
            let candidate: PathBuf = parts[from..].iter().collect();
            let candidate = up.join(candidate);
            if candidate.is_file() && (from + 1 < parts.len() || up == home) {
                return Some(candidate);
            }
        }
    }
    let beside = home.join(name);
    beside.is_file().then_some(beside)
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
        taken.push(Part { path: to, name: file_name, archive: Some(path.display().to_string()), rows: None });
    }
    // A manifest inside describes what lies beside it; the data files are all here.
    taken.retain(|part| !part.name.to_lowercase().ends_with("manifest.json"));
    if taken.is_empty() {
        return Err(failed("is a zip without a file in it".into()).then("export it again"));
    }
    parts.files.extend(taken);
    parts._unpacked.push(folder);
    Ok(())
}
