//! The shape of the week, of the demand or of one component.

use marginline_model::scenario::{CONSUMER_CHAT_DAY, Load, week_of};

use super::actuals::Actuals;
use super::file::Week;
use crate::error::{EngineError, Result};

/// Load by hour of the week as a key of the file says it.
///
/// # Errors
/// When it is to be that of the actuals and these hold no GPU hours, or no shape has that name.
pub(super) fn load(key: &str, wanted: Option<&Week>, base: Option<&Actuals>, notes: &mut Vec<String>) -> Result<Load> {
    let week = match wanted {
        None => {
            notes.push(format!("load is taken as even over the week ({key} = \"flat\")"));
            return Ok(Load::even());
        }
        Some(Week::Hours(hours)) => match <&[f64; 24]>::try_from(hours.as_slice()) {
            Ok(day) => week_of(day),
            Err(_) => hours.clone(),
        },
        Some(Week::Named(name)) => match name.as_str() {
            "flat" => {
                notes.push(format!("load is taken as even over the week ({key} = \"flat\")"));
                return Ok(Load::even());
            }
            "consumer-chat" => week_of(&CONSUMER_CHAT_DAY),
            "actuals" => base.and_then(|a| a.day.as_ref()).map(week_of).ok_or_else(|| {
                EngineError::failed(format!("{key} is \"actuals\", but the base holds no GPU hours"))
                    .then("import GPU hours, or use \"flat\" or \"consumer-chat\"")
            })?,
            other => {
                return Err(EngineError::failed(format!("{key} is {other:?}"))
                    .then("use flat, consumer-chat or actuals, or 24 or 168 figures"));
            }
        },
    };
    Load::of_week(&week).ok_or_else(|| EngineError::failed(format!("{key} has no load")))
}
