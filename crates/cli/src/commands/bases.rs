//! Scenario files of a command with those that they change: a file named by `base.scenario` that lies beside the one that
//! names it goes before a scenario of that name in the workspace, because it is what the reader of the folder sees.

use std::path::{Path, PathBuf};

use marginline_engine::scenario::file::base_of;
use marginline_engine::{EngineError, Result};

use super::Context;
use super::scenario::{read, stem};

/// A file that was read.
struct Read {
    id: String,
    text: String,
    file: PathBuf,
}

/// The files in their order as (id, text), and behind them those beside them that they change, however far down.
///
/// # Errors
/// When a file cannot be read, or two files may be meant by one `base.scenario`.
pub(crate) fn with_bases(context: &mut Context<'_>, files: &[PathBuf]) -> Result<Vec<(String, String)>> {
    let texts = read(files)?.into_iter().zip(files);
    let mut found: Vec<Read> = texts.map(|((id, text), file)| Read { id, text, file: file.clone() }).collect();
    let given = found.len();
    let mut next = 0;
    while next < found.len() {
        if let Some(beside) = beside(&found[next])? {
            match found.iter().find(|each| each.id == beside.id) {
                // The file itself is no base of its own: the engine says so.
                Some(known) if is_same(known, &beside) => {}
                Some(known) => return Err(either(&found[next], known, &beside)),
                None => found.push(beside),
            }
        }
        next += 1;
    }
    for each in &found[given..] {
        context.say(&format!("{} is read from {}", each.id, each.file.display()));
    }
    Ok(found.into_iter().map(|each| (each.id, each.text)).collect())
}

/// The file beside a scenario that it changes, if there is one.
fn beside(scenario: &Read) -> Result<Option<Read>> {
    let Some(id) = base_of(&scenario.text) else { return Ok(None) };
    let file = scenario.file.with_file_name(format!("{id}.toml"));
    // An id is a file's name and never a way out of its folder.
    if stem(&file) != id || file.parent() != scenario.file.parent() || !file.is_file() {
        return Ok(None);
    }
    let texts = read(std::slice::from_ref(&file))?;
    Ok(texts.into_iter().next().map(|(id, text)| Read { id, text, file }))
}

/// Is it the same file, or one that says the same?
fn is_same(one: &Read, other: &Read) -> bool {
    let place = |file: &Path| std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    one.text == other.text || place(&one.file) == place(&other.file)
}

fn either(scenario: &Read, one: &Read, other: &Read) -> EngineError {
    let (one, other) = (one.file.display(), other.file.display());
    let base = base_of(&scenario.text).unwrap_or_default();
    EngineError::usage(format!("base.scenario names {base:?}, which may be {one} or {other}"))
        .at(scenario.file.display().to_string())
        .then("leave one of them out, or rename it")
}
