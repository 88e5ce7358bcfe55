//! Parquet read as a table: columns by name, values as the texts that a CSV of them would hold.

use std::fs::File;
use std::path::Path;

use chrono::DateTime;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::header::Header;
use crate::error::{EngineError, Result};

fn open(path: &Path) -> Result<SerializedFileReader<File>> {
    let damaged = |what: String| {
        EngineError::failed(format!("is not whole Parquet: {what}")).then("export the file again; it may have been cut")
    };
    let file = File::open(path).map_err(|error| damaged(error.to_string()))?;
    SerializedFileReader::new(file).map_err(|error| damaged(error.to_string()))
}

/// Its columns.
///
/// # Errors
/// When the file is damaged.
pub fn header(path: &Path) -> Result<Header> {
    let reader = open(path)?;
    let schema = reader.metadata().file_metadata().schema();
    Ok(Header::of_names(schema.get_fields().iter().map(|field| field.name().to_owned()).collect()))
}

/// Hands on every row with its index.
///
/// # Errors
/// When the file is damaged, and whatever `each` says.
pub fn rows(path: &Path, mut each: impl FnMut(&[&str], u64) -> Result<()>) -> Result<()> {
    let reader = open(path)?;
    let rows = reader
        .get_row_iter(None)
        .map_err(|error| EngineError::failed(format!("is Parquet that cannot be read: {error}")))?;
    for (index, row) in rows.enumerate() {
        let row = row.map_err(|error| {
            EngineError::failed(format!("is Parquet that cannot be read at row {}: {error}", index + 1))
        })?;
        let texts: Vec<String> = row.get_column_iter().map(|(_, field)| text(field)).collect();
        let fields: Vec<&str> = texts.iter().map(String::as_str).collect();
        each(&fields, index as u64)?;
    }
    Ok(())
}

/// A value as text: decimals exactly, dates and times in ISO 8601, maps and lists as JSON, null as nothing.
fn text(field: &Field) -> String {
    let moment = |time: Option<DateTime<chrono::Utc>>| {
        time.map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string())
    };
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::TimestampMillis(millis) => moment(DateTime::from_timestamp_millis(*millis)),
        Field::TimestampMicros(micros) => moment(DateTime::from_timestamp_micros(*micros)),
        Field::Date(days) => moment(DateTime::from_timestamp(i64::from(*days) * 86_400, 0)).chars().take(10).collect(),
        Field::Group(_) | Field::MapInternal(_) | Field::ListInternal(_) => json(field),
        Field::Float(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        other => other.to_string(),
    }
}

fn json(field: &Field) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    match field {
        Field::Null => "null".to_owned(),
        Field::Bool(_)
        | Field::Byte(_)
        | Field::Short(_)
        | Field::Int(_)
        | Field::Long(_)
        | Field::UByte(_)
        | Field::UShort(_)
        | Field::UInt(_)
        | Field::ULong(_)
        | Field::Decimal(_) => text(field),
        Field::Float(value) if value.is_finite() => text(field),
        Field::Double(value) if value.is_finite() => text(field),
        Field::Group(row) => object(row.get_column_iter().map(|(name, value)| (quoted(name), json(value)))),
        Field::MapInternal(map) => object(map.entries().iter().map(|(name, value)| (quoted(&text(name)), json(value)))),
        Field::ListInternal(list) => {
            format!("[{}]", list.elements().iter().map(json).collect::<Vec<_>>().join(","))
        }
        other => quoted(&text(other)),
    }
}

fn object(fields: impl Iterator<Item = (String, String)>) -> String {
    format!("{{{}}}", fields.map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join(","))
}
