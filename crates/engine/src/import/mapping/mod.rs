//! Mappings: how the columns of a table that no format knows are read, kept by the fingerprint of its header.
//!
//! [`file`] is the text that people keep, [`fields`] what can be told, [`cell`] and [`read`] the reading, [`guess`]
//! what an unknown table looks like, and [`preview`] what comes of it.

mod cell;
mod fields;
mod file;
mod guess;
mod preview;
mod read;

use marginline_model::Currency;
use marginline_store::document::DocumentKind;
use sha2::{Digest, Sha256};

pub use file::Mapping;

use super::detect::Found;
use super::format::Told;
use super::header::{Header, plain};
use super::layout::Layout;
use crate::Engine;
use crate::error::{EngineError, Result};

/// Format id of tables read through the mapping whose header they have; `mapped:NAME` is a mapping by name.
const ID: &str = "mapped";

/// Does a format id speak of a mapping?
#[must_use]
pub fn is_id(id: &str) -> bool {
    id == ID || id.starts_with("mapped:")
}

/// The fingerprint of a header: SHA-256 over its column names in order, each as columns are compared (without case,
/// space and punctuation) and followed by a line feed.
#[must_use]
pub fn fingerprint(names: &[String]) -> String {
    let mut hash = Sha256::new();
    for name in names {
        hash.update(plain(name).as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The mappings of a workspace.
#[derive(Debug, Default)]
pub struct Mappings {
    /// Currency of files that name none, as a person told it.
    pub currency: Option<Currency>,
    /// What a price list does not say of itself.
    pub told: Told,
    all: Vec<Mapping>,
}

impl Mappings {
    /// The mapping that is asked for by name.
    fn named(&self, wanted: Option<&str>) -> Result<Option<&Mapping>> {
        let Some(name) = wanted.and_then(|id| id.strip_prefix("mapped:")) else { return Ok(None) };
        match self.all.iter().find(|mapping| mapping.name == name) {
            Some(mapping) => Ok(Some(mapping)),
            None => {
                let names: Vec<String> = self.all.iter().map(|mapping| format!("mapped:{}", mapping.name)).collect();
                let next = match names.as_slice() {
                    [] => "import its TOML file; `marginline map FILE` guesses one".to_owned(),
                    _ => format!("import its TOML file, or use {}", names.join(", ")),
                };
                Err(EngineError::usage(format!("there is no mapping {name:?}")).then(next))
            }
        }
    }

    /// The mapping for a header: the one asked for by name, or the one that was kept for exactly this header.
    fn choose(&self, header: &Header, wanted: Option<&str>) -> Result<Option<&Mapping>> {
        if let Some(mapping) = self.named(wanted)? {
            return Ok(Some(mapping));
        }
        if wanted.is_some_and(|id| id != ID) {
            return Ok(None);
        }
        let print = fingerprint(header.names());
        let fitting: Vec<&Mapping> = self.all.iter().filter(|mapping| mapping.fingerprint == print).collect();
        match fitting.as_slice() {
            [] if wanted.is_some() => {
                Err(EngineError::failed(format!("has a header of no mapping: {}", header.shown()))
                    .then("`marginline map FILE` guesses one")
                    .unknown_header())
            }
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => {
                let names: Vec<String> = several.iter().map(|mapping| format!("mapped:{}", mapping.name)).collect();
                Err(EngineError::failed(format!("has the header of {} mappings", several.len()))
                    .then(format!("name one with --as: {}", names.join(" or "))))
            }
        }
    }

    /// The mapping for a header, if there is one.
    ///
    /// # Errors
    /// When the mapping asked for does not exist or does not fit the header.
    pub fn find(&self, header: &Header, wanted: Option<&str>) -> Result<Option<Found>> {
        let Some(mapping) = self.choose(header, wanted)? else { return Ok(None) };
        Ok(Some(Found {
            format: mapping.target.format(),
            id: format!("mapped:{}", mapping.name),
            label: format!("{} through the mapping {}", mapping.target.label(), mapping.name),
            reader: Box::new(read::Mapped::open(mapping, header)?),
        }))
    }

    /// The layout of a file that a mapping knows, because its header need not stand in the first line.
    ///
    /// # Errors
    /// When the mapping asked for does not exist.
    pub fn layout(&self, start: &[u8], wanted: Option<&str>) -> Result<Option<Layout>> {
        if let Some(mapping) = self.named(wanted)? {
            return Ok(Some(mapping.layout(start)));
        }
        if wanted.is_some_and(|id| id != ID) {
            return Ok(None);
        }
        Ok(self.of_start(start).map(|(_, layout)| layout))
    }

    /// The first mapping whose header stands where it says.
    fn of_start(&self, start: &[u8]) -> Option<(&Mapping, Layout)> {
        self.all.iter().find_map(|mapping| {
            let layout = mapping.layout(start);
            let header = layout.header_within(start)?;
            (fingerprint(header.names()) == mapping.fingerprint).then_some((mapping, layout))
        })
    }
}

impl Engine {
    /// The mappings of the workspace, and those among texts that are about to be kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) async fn mappings(&self, fresh: &[(DocumentKind, String, String)]) -> Result<Mappings> {
        let mut texts = self.ledger().documents(DocumentKind::Mapping).await?;
        for (_, name, body) in fresh.iter().filter(|(kind, ..)| *kind == DocumentKind::Mapping) {
            texts.retain(|(kept, _)| kept != name);
            texts.push((name.clone(), body.clone()));
        }
        let all = texts.iter().map(|(_, body)| Mapping::parse(body)).collect::<Result<_>>()?;
        Ok(Mappings { currency: None, told: Told::default(), all })
    }

    /// Keeps a mapping, in place of one of the same name; answers its name.
    ///
    /// # Errors
    /// When the text is no mapping.
    pub async fn save_mapping(&self, text: &str) -> Result<String> {
        let mapping = Mapping::parse(text)?;
        self.ledger().keep_document(DocumentKind::Mapping, &mapping.name, text).await?;
        Ok(mapping.name)
    }
}
