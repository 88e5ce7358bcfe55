//! Parquet read as a table: columns by name, values as the texts that a CSV of them would hold.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use chrono::DateTime;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use super::header::Header;
use crate::error::{EngineError, Result};

fn open(path: &Path) -> Result<SerializedFileReader<File>> {
    let damaged = |what: String| {
        EngineError::failed(format!("is not whole Parquet: {what}")).then("export the file again; it may have been cut")
    };
    let file = File::open(path).map_err(|error| damaged(error.to_string()))?;
    let reader = unless_it_panics(|| SerializedFileReader::new(file).map_err(|error| damaged(error.to_string())))?;
    // The one type that the reader below does not know, and would stop at without a word for a person.
    let metadata = reader.metadata().file_metadata();
    let columns = metadata.schema_descr().columns();
    if let Some(column) = columns.iter().find(|column| column.converted_type() == ConvertedType::INTERVAL) {
        return Err(EngineError::failed(format!("has a column of intervals, {}", column.path().string()))
            .then("leave that column out of the export"));
    }
    Ok(reader)
}

/// The reader holds some of what a damaged file says to be true, and panics where it is not.
fn unless_it_panics<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(EngineError::failed("is Parquet that cannot be read: its pages are damaged")
            .then("export the file again; it may have been cut"))
    })
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
    let schema = reader.metadata().file_metadata().schema();
    let nanos: Vec<bool> = schema.get_fields().iter().map(|column| is_nanos(column)).collect();
    let mut rows = unless_it_panics(|| {
        reader
            .get_row_iter(None)
            .map_err(|error| EngineError::failed(format!("is Parquet that cannot be read: {error}")))
    })?;
    for index in 0usize.. {
        let next = unless_it_panics(|| {
            rows.next().transpose().map_err(|error| {
                EngineError::failed(format!("is Parquet that cannot be read at row {}: {error}", index + 1))
            })
        })?;
        let Some(row) = next else { break };
        let column_texts = row.get_column_iter().zip(&nanos).map(|((_, field), nanos)| match field {
            Field::Long(value) if *nanos => moment(Some(DateTime::from_timestamp_nanos(*value))),
            other => text(other),
        });
        let texts: Vec<String> = column_texts.collect();
        let fields: Vec<&str> = texts.iter().map(String::as_str).collect();
        each(&fields, index as u64)?;
    }
    Ok(())
}

/// Nanoseconds since 1970, which the row reader hands on as plain numbers.
fn is_nanos(column: &Type) -> bool {
    column.is_primitive()
        && matches!(
            column.get_basic_info().logical_type_ref(),
            Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS
        )
}

fn moment(time: Option<DateTime<chrono::Utc>>) -> String {
    time.map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string())
}

/// A value as text: decimals exactly, dates and times in ISO 8601, maps and lists as JSON, null as nothing.
fn text(field: &Field) -> String {
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
