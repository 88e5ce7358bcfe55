//! Manifests that AWS and Azure write beside their exports: which files belong to it, how many rows, which version.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::field::cut;
use super::node::Node;
use crate::error::{EngineError, Result};

/// What a manifest says.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Where it lies.
    pub path: PathBuf,
    /// Its data files, with the rows of each where it tells.
    pub files: Vec<(String, Option<u64>)>,
    /// Rows of all of them, where it tells.
    pub rows: Option<u64>,
    /// The export and period it is a version of; empty where it does not tell.
    version_of: String,
    /// Tells a later version from an earlier one where it is greater.
    version: String,
    /// Which cost it tells of which account and period.
    cost: Option<Cost>,
}

/// Azure writes the same use as actual, amortised and FOCUS cost.
#[derive(Debug, Clone)]
struct Cost {
    kind: String,
    of: String,
}

/// Is it named like a manifest?
#[must_use]
pub fn is_named_so(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().ends_with("manifest.json"))
}

/// Reads a manifest of AWS (`reportKeys`, `dataFiles`) or Azure (`blobs`); any other file is none.
///
/// # Errors
/// When it is named like one and cannot be read.
pub fn read(path: &Path) -> Result<Option<Manifest>> {
    if !is_named_so(path) {
        return Ok(None);
    }
    let failed = |what: String| EngineError::failed(what).at(path.display().to_string());
    let text = std::fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let node = Node::parse(text.trim_start_matches('\u{feff}'))
        .map_err(|error| failed(format!("is not whole JSON: {error}")).then("download the export again"))?;
    let text = |name: &str| node.at(name).and_then(Node::text).unwrap_or_default().to_owned();
    let names = |name: &str| {
        let items = node.get(name)?.items();
        Some(items.iter().filter_map(|item| Some((item.text()?.to_owned(), None))).collect::<Vec<_>>())
    };
    let mut found = Manifest {
        path: path.to_owned(),
        files: Vec::new(),
        rows: node.at("dataRowCount").and_then(rows),
        version_of: String::new(),
        version: String::new(),
        cost: None,
    };
    if let Some(files) = names("reportKeys") {
        found.files = files;
        found.version_of = format!("{} {} {}", text("account"), text("reportName"), text("billingPeriod.start"));
    } else if let Some(files) = names("dataFiles") {
        found.files = files;
        (found.version_of, found.version) = data_export(path);
    } else if let Some(blobs) = node.get("blobs") {
        let of =
            |blob: &Node| Some((blob.get("blobName")?.text()?.to_owned(), blob.get("dataRowCount").and_then(rows)));
        found.files = blobs.items().iter().filter_map(of).collect();
        let (kind, id) = (text("exportConfig.type"), text("exportConfig.resourceId"));
        let start = text("runInfo.startDate");
        found.version = text("runInfo.submittedTime");
        if !start.is_empty() {
            found.version_of = format!("{id} {} {kind} {start}", text("exportConfig.exportName"));
        }
        if matches!(kind.as_str(), "ActualCost" | "AmortizedCost" | "FocusCost") && !start.is_empty() {
            // The account is what stands before the export's own name.
            let account = id.to_lowercase();
            let account = account.split("/providers/microsoft.costmanagement").next().unwrap_or_default();
            found.cost = Some(Cost { kind, of: format!("{account} {start}") });
        }
    } else {
        return Ok(None);
    }
    Ok(Some(found))
}

fn rows(node: &Node) -> Option<u64> {
    node.text()?.parse().ok()
}

/// `…/metadata/BILLING_PERIOD=2026-10/[RUN/]NAME-Manifest.json`: the export's name with its period, and the run,
/// which begins with its time.
fn data_export(path: &Path) -> (String, String) {
    let words: Vec<String> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let Some(at) = words.iter().rposition(|word| word.starts_with("BILLING_PERIOD=")) else {
        return (String::new(), String::new());
    };
    let run = if words.len() == at + 3 { words[at + 1].clone() } else { String::new() };
    (format!("{} {}", words.last().cloned().unwrap_or_default(), words[at]), run)
}

/// Of several versions of one export and period the last. AWS puts a copy of the last manifest above the versions.
///
/// # Errors
/// When nothing tells which is the last.
pub fn latest(mut manifests: Vec<Manifest>) -> Result<Vec<Manifest>> {
    let rank = |manifest: &Manifest| (manifest.version.clone(), Reverse(manifest.path.components().count()));
    // The last version comes first, and what is equally late stays in the order of the paths.
    manifests.sort_by_key(|manifest| Reverse(rank(manifest)));
    let mut chosen: Vec<Manifest> = Vec::new();
    for manifest in manifests {
        let same = |other: &&Manifest| !manifest.version_of.is_empty() && other.version_of == manifest.version_of;
        match chosen.iter().find(same) {
            None => chosen.push(manifest),
            Some(other) if rank(other) == rank(&manifest) && other.files != manifest.files => {
                return Err(EngineError::failed(format!("is another version of {}", other.path.display()))
                    .at(manifest.path.display().to_string())
                    .then("name the manifest of the version to import, not the folder of both"));
            }
            Some(_) => {}
        }
    }
    chosen.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(chosen)
}

/// Refuses two kinds of cost of one account and period: added up, they would count every use twice.
///
/// # Errors
/// When there are.
pub fn one_kind<'a>(manifests: impl Iterator<Item = &'a Manifest>) -> Result<()> {
    let mut kinds: BTreeMap<&str, (&str, &Path)> = BTreeMap::new();
    for manifest in manifests {
        let Some(cost) = &manifest.cost else { continue };
        let (kind, path) = *kinds.entry(&cost.of).or_insert((&cost.kind, &manifest.path));
        if kind != cost.kind {
            let what = format!("holds {} of the month whose {kind} is in {}", cost.kind, path.display());
            return Err(EngineError::failed(what)
                .at(manifest.path.display().to_string())
                .then("import one of the two; both tell the same use"));
        }
    }
    Ok(())
}

impl Manifest {
    /// Its data files: under the path it gives, or by name beside it.
    ///
    /// # Errors
    /// When it names none, or one that is not there.
    pub fn find(&self) -> Result<Vec<(PathBuf, Option<u64>)>> {
        let failed = |what: String| EngineError::failed(what).at(self.path.display().to_string());
        if self.files.is_empty() {
            return Err(failed("names no part".into()).then("download the export again, with its data files"));
        }
        let home = self.path.parent().unwrap_or_else(|| Path::new("."));
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for (file, rows) in &self.files {
            match near(home, file) {
                Some(path) => found.push((path, *rows)),
                None => missing.push(file.rsplit('/').next().unwrap_or(file).to_owned()),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        Err(failed(format!("names parts that are not there: {}", cut(&missing.join(", "))))
            .then("put every part beside the manifest, and import again"))
    }
}

fn near(home: &Path, file: &str) -> Option<PathBuf> {
    let safe: PathBuf = Path::new(file).components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let name = safe.file_name()?.to_owned();
    // The tail of the given path that exists beside the manifest or one to three folders up: the export's own layout.
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
