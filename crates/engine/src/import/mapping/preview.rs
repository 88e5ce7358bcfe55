//! What comes of a table through a mapping, before anything is stored: columns with what they seem to be, and the
//! first rows with date and amount as read beside the cells as written.

use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use marginline_store::import::Place;

use super::fields::Target;
use super::guess::{self, Guess, Seen};
use super::read::{Parsed, Sight};
use super::{Mapping, Mappings, fingerprint};
use crate::Engine;
use crate::error::{EngineError, ErrorKind, Result};
use crate::import::content::{self, Kind};
use crate::import::detect;
use crate::import::field::{FieldError, cut, known};
use crate::import::header::Header;
use crate::import::layout::Layout;
use crate::import::parquet;
use crate::import::read::{LONGEST_ROW, is_blank, line_of};
use crate::import::record::Record;
use crate::view::{MappingColumn, MappingField, MappingPreview, MappingProblem, MappingRow, Notice, Tone};

/// Rows looked at.
const LOOKED_AT: usize = 200;
/// Rows shown.
const SHOWN: usize = 20;
/// Sample cells of a column.
const SAMPLES: usize = 3;

/// The beginning of a table.
struct Sample {
    header: Header,
    layout: Layout,
    rows: Vec<(u64, Vec<String>)>,
}

impl Engine {
    /// What a table looks like through a mapping: the one given as text, else the one kept for its header, else a
    /// guess. Nothing is stored. A mapping that cannot be used is told in `problem`, and the columns all the same.
    ///
    /// # Errors
    /// When the file is no table, or cannot be read.
    pub async fn preview_mapping(&self, path: &Path, text: Option<&str>) -> Result<MappingPreview> {
        let kept = self.mappings(&[]).await?;
        preview(path, text, &kept)
            .map_err(|error| if error.place.is_some() { error } else { error.at(path.display().to_string()) })
    }
}

fn preview(path: &Path, text: Option<&str>, kept: &Mappings) -> Result<MappingPreview> {
    let given = text.map(|text| (text.to_owned(), Mapping::parse(text)));
    let sample = Sample::of(path, given.as_ref().and_then(|(_, mapping)| mapping.as_ref().ok()), kept)?;
    detect::bounded(&sample.header)?;
    let saved = kept.choose(&sample.header, None).ok().flatten();
    let columns = sample.columns();
    let draft = guess::guess(&name_of(path), &columns, target_in(text.or(saved.map(|mapping| mapping.text.as_str()))));
    let guessed = given.is_none() && saved.is_none();
    let (text, mapping) = match (given, saved) {
        (Some(given), _) => given,
        (None, Some(saved)) => (saved.text.clone(), Ok(saved.clone())),
        (None, None) => {
            let text = draft.text(sample.header.names(), sample.layout);
            let mapping = Mapping::parse(&text);
            (text, mapping)
        }
    };
    let target = mapping.as_ref().map_or(draft.target, |mapping| mapping.target);
    let needed = |id: &str| target.needed().iter().any(|ids| ids.contains(&id));
    let mut view = MappingPreview {
        name: mapping.as_ref().map_or(&draft.name, |mapping| &mapping.name).clone(),
        target: target.word().to_owned(),
        guessed,
        saved: saved.map(|mapping| mapping.name.clone()),
        text,
        fingerprint: fingerprint(sample.header.names()),
        columns: columns.iter().zip(&draft.columns).map(|(seen, guess)| column(seen, guess.as_ref())).collect(),
        fields: target.fields().iter().map(|f| MappingField { id: f.id.to_owned(), needed: needed(f.id) }).collect(),
        rows: Vec::new(),
        problems: Vec::new(),
        notices: if guessed { doubts(&draft, &columns) } else { Vec::new() },
        problem: None,
    };
    let sight = mapping.and_then(|mapping| {
        for (field, name) in &mapping.columns {
            let index = mapping.column(&sample.header, name)?;
            view.columns[index].fields.push(field.clone());
        }
        if mapping.fingerprint != view.fingerprint {
            view.notices
                .push(notice("header", "the mapping is for another header; it serves this file with --as only"));
        }
        Sight::open(&mapping, &sample.header)
    });
    match sight {
        Ok(sight) => sample.read(Some(&sight), &mut view),
        Err(error) => {
            view.problem = Some(error.problem());
            sample.read(None, &mut view);
        }
    }
    Ok(view)
}

/// The target that a mapping's text names, also while other things in it are wrong.
fn target_in(text: Option<&str>) -> Option<Target> {
    let table: toml::Table = toml::from_str(text?).ok()?;
    let word = table.get("mapping")?.get("target")?.as_str()?;
    Target::ALL.into_iter().find(|target| target.word() == word)
}

fn notice(id: &str, text: &str) -> Notice {
    Notice { id: id.to_owned(), text: text.to_owned(), tone: Tone::Warn }
}

/// What a guess leaves to a person.
fn doubts(draft: &guess::Draft, columns: &[Seen]) -> Vec<Notice> {
    let mut notices = Vec::new();
    if draft.dates.1 <= 0.5 {
        notices.push(notice(
            "dates",
            "the order of day and month cannot be told from the dates; set date_format to day-first or month-first",
        ));
    }
    if draft.decimal.1 <= 0.5 {
        notices.push(notice("decimal", "the decimal mark cannot be told from the amounts; set decimal to . or ,"));
    }
    let matched = columns.iter().zip(&draft.columns);
    let unsure: Vec<&str> = matched
        .filter(|(_, guess)| guess.as_ref().is_some_and(|guess| guess.confidence < 0.7))
        .map(|(seen, _)| seen.name.as_str())
        .collect();
    if !unsure.is_empty() {
        notices.push(notice("columns", &format!("matched with little confidence: {}", cut(&unsure.join(", ")))));
    }
    notices
}

fn column(seen: &Seen, guess: Option<&Guess>) -> MappingColumn {
    let mut samples: Vec<String> = Vec::new();
    for cell in &seen.cells {
        if samples.len() < SAMPLES && !samples.contains(cell) {
            samples.push(cut(cell));
        }
    }
    MappingColumn {
        name: seen.name.clone(),
        samples,
        fields: Vec::new(),
        guess: guess.map(|guess| guess.field.clone()),
        confidence: guess.map_or(0.0, |guess| guess.confidence),
    }
}

/// A mapping's name from a file's.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let good = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let name: String = stem.chars().take(60).map(good).collect();
    if name.is_empty() { "table".to_owned() } else { name }
}

impl Sample {
    fn of(path: &Path, given: Option<&Mapping>, kept: &Mappings) -> Result<Self> {
        let source = content::open(path)?;
        match source.kind {
            Kind::Parquet => return Self::of_parquet(path),
            Kind::Json => {
                return Err(EngineError::failed("is JSON, and a mapping reads tables").then("export it as CSV"));
            }
            Kind::Text => {}
        }
        let layout = match (given, kept.of_start(&source.start)) {
            (Some(mapping), _) => mapping.layout(&source.start),
            (None, Some((_, layout))) => layout,
            (None, None) => guess::layout_of(&source.start),
        };
        let header = layout.header(&source.start, path)?;
        let mut stream = source.into_stream(None);
        layout.skip_lines(&mut stream).map_err(|error| content::unreadable(&error))?;
        let mut csv = layout.csv().from_reader(stream.take(LONGEST_ROW));
        let (mut record, mut rows) = (ByteRecord::new(), Vec::new());
        let bad =
            |error: csv::Error| EngineError::failed(format!("cannot be read on: {error}")).then("export it again");
        // The first record is the header.
        csv.read_byte_record(&mut record).map_err(bad)?;
        while rows.len() < LOOKED_AT && csv.read_byte_record(&mut record).map_err(bad)? {
            if is_blank(&record) {
                continue;
            }
            let inner = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
            let line = line_of(&record, csv.position().line(), inner).unwrap_or_default() + layout.skip;
            let text = |field: &[u8]| String::from_utf8_lossy(field).trim_end_matches('\r').to_owned();
            rows.push((line, record.iter().map(text).collect()));
        }
        Ok(Self { header, layout, rows })
    }

    fn of_parquet(path: &Path) -> Result<Self> {
        let header = parquet::header(path)?;
        let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
        let read = parquet::rows(path, |fields, index| {
            if rows.len() == LOOKED_AT {
                return Err(EngineError::cancelled());
            }
            rows.push((index + 1, fields.iter().map(|field| (*field).to_owned()).collect()));
            Ok(())
        });
        match read {
            Err(error) if error.kind != ErrorKind::Cancelled => Err(error),
            _ => Ok(Self { header, layout: Layout::sniffed(b","), rows }),
        }
    }

    fn columns(&self) -> Vec<Seen> {
        let cells =
            |index: usize| self.rows.iter().filter_map(move |(_, row)| known(row.get(index)?).map(str::to_owned));
        let seen = |(index, name): (usize, &String)| Seen { name: name.clone(), cells: cells(index).collect() };
        self.header.names().iter().enumerate().map(seen).collect()
    }

    /// Reads the rows as far as there is a way to, and keeps what is said of them.
    fn read(&self, sight: Option<&Sight>, view: &mut MappingPreview) {
        for (line, cells) in &self.rows {
            let fields: Vec<&str> = cells.iter().map(String::as_str).take(self.header.len()).collect();
            let parsed = sight.map(|sight| {
                if fields.len() < self.header.len() {
                    let found = format!("{} fields", fields.len());
                    return Err(FieldError::new(
                        "(row)",
                        &found,
                        format!("{} fields as in the header", self.header.len()),
                    ));
                }
                sight.row(&Record::row(&self.header, &fields, Place::default()))
            });
            let line = u32::try_from(*line).unwrap_or(u32::MAX);
            let mut row =
                MappingRow { line, cells: cells.iter().map(|cell| cut(cell)).collect(), ..MappingRow::default() };
            match parsed {
                Some(Ok(parsed)) => parsed.tell(&mut row),
                Some(Err(error)) => {
                    let FieldError { column, found, expected } = error;
                    row.problem = Some(format!("{column}: expected {expected}"));
                    view.problems.push(MappingProblem { line, column, found, expected });
                }
                None => {}
            }
            if view.rows.len() < SHOWN {
                view.rows.push(row);
            }
        }
    }
}

impl Parsed {
    /// Date, amount, currency and what the row is about, in words.
    fn tell(&self, row: &mut MappingRow) {
        let joined = |words: &[&str]| words.iter().filter(|w| !w.is_empty()).copied().collect::<Vec<_>>().join(" · ");
        match self {
            Self::Cost(line) => {
                let (key, line) = line.as_ref();
                row.date = Some(line.usage_date.to_string());
                row.amount = Some(line.billed.to_string());
                row.currency = Some(line.currency.code().to_owned());
                row.about = joined(&[&key.provider, &key.account, &key.service, &key.region, &key.sku, &key.tags]);
            }
            Self::Usage(usage, exact) => {
                row.date = Some(usage.usage_date.to_string());
                row.amount = exact.map(|exact| exact.to_string());
                row.currency = usage.claimed.map(|(currency, _)| currency.code().to_owned());
                let tokens = format!("{} tokens", usage.tokens.total());
                row.about = joined(&[&usage.key.provider, &usage.key.model, &usage.key.project, &tokens]);
            }
            Self::Revenue(line, exact) => {
                row.date = Some(line.invoice_date.to_string());
                row.amount = Some(exact.to_string());
                row.currency = Some(line.currency.clone());
                row.about = joined(&[&line.invoice_id, &line.customer, &line.product, line.kind.word()]);
            }
        }
    }
}
