//! Texts that are imported like files but kept whole: the rules, the scenarios and the mappings, told apart by
//! content.

use std::path::Path;

use marginline_store::document::DocumentKind;

use super::field::cut;
use crate::error::{EngineError, Result};

/// Is this a file of text to keep, and not of rows to store?
#[must_use]
pub fn is_one(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

/// Reads and checks one: its kind, its name and its text.
///
/// # Errors
/// When it cannot be read, is no TOML, is neither rules, scenario nor mapping, or a bad one.
pub fn read(path: &Path) -> Result<(DocumentKind, String, String)> {
    let place = path.display().to_string();
    let body = std::fs::read_to_string(path).map_err(|error| {
        EngineError::failed(format!("cannot be read: {error}")).at(place.clone()).then("check the path")
    })?;
    let table: toml::Table = body.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| body[..span.start.min(body.len())].lines().count().max(1));
        EngineError::failed(format!("is not TOML at line {line}: {}", cut(error.message())))
            .at(place.clone())
            .then("correct it there")
    })?;
    let is_patch = crate::scenario::file::base_of(&body).is_some();
    if table.contains_key("scenario") || is_patch {
        // A patch stands on a scenario that may come with it or later; what is wrong with the two is told there.
        if !is_patch {
            crate::scenario::file::parse(&body).map_err(|error| error.at(place.clone()))?;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Ok((DocumentKind::Scenario, name, body));
    }
    if table.contains_key("mapping") {
        let mapping = super::mapping::Mapping::parse(&body).map_err(|error| error.at(place.clone()))?;
        return Ok((DocumentKind::Mapping, mapping.name, body));
    }
    if ["tag", "line", "map", "allocate", "billed", "alias", "version"].iter().any(|key| table.contains_key(*key)) {
        crate::rules::Rules::parse(&body).map_err(|error| error.at(place.clone()))?;
        return Ok((DocumentKind::Rules, "rules".to_owned(), body));
    }
    Err(EngineError::failed("is neither a rules file nor a scenario nor a mapping").at(place).then(
        "a scenario has a [scenario] table, a mapping a [mapping] table; rules have [[line]], [[map]] or [[allocate]]",
    ))
}
