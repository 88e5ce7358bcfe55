//! `marginline calc`: one formula. A script reads it, so bad input is told as JSON too.

use std::io::{Read, Write};
use std::path::Path;

use marginline_engine::calc::{self, Refusal};
use marginline_engine::{EngineError, Result};

use super::Context;
use crate::Done;

pub(crate) fn run(context: &mut Context<'_>, name: &str, file: Option<&Path>) -> Result<Done> {
    if !calc::names().any(|known| known == name) {
        // Wrong usage is told before anybody is asked for an input.
        calc::calc(name, "{}")?.ok();
    }
    let answer = match read(file) {
        Ok(text) => calc::calc(name, &text)?,
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(answer) => context.json(&answer),
        Err(refusal) => {
            writeln!(context.io.err, "{}", refusal.json()).map_err(|why| EngineError::failed(why.to_string()))?;
            Ok(Done::Refused)
        }
    }
}

fn read(file: Option<&Path>) -> std::result::Result<String, Refusal> {
    let mut text = String::new();
    let (name, read) = match file.filter(|file| *file != Path::new("-")) {
        None => ("stdin".to_owned(), std::io::stdin().read_to_string(&mut text).map(|_| ())),
        Some(file) => (file.display().to_string(), std::fs::read_to_string(file).map(|content| text = content)),
    };
    read.map(|()| text).map_err(|why| Refusal {
        path: "$".to_owned(),
        found: format!("{name} that cannot be read: {why}"),
        expected: "a file with one JSON object".to_owned(),
        name: None,
    })
}
