//! From files to batches: one thread reads, the ledger's transaction writes, and nothing is left when either
//! stops.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use marginline_model::Currency;
use marginline_store::batch::Batch;
use marginline_store::import::{Ending, Import, NewBatch, Settled};
use marginline_store::source::{self, Fingerprint, Keeping};

use super::document;
use super::doubt::doubts;
use super::mapping::Mappings;
use super::parts::{self, Part};
use super::read::{self, Opened, Outcome};
use super::readers::{Readers, cannot_keep};
use super::rehearsed::Rehearsed;
use super::report::{
    BatchReport, DifferenceReport, DocumentReport, ImportReport, ReplacedReport, RowProblem, totals_as_objects,
};
use crate::Engine;
use crate::error::{EngineError, ErrorKind, Result};

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Format id instead of detection.
    pub format: Option<String>,
    /// Do everything and keep nothing.
    pub dry_run: bool,
    /// Now, as the caller's clock tells.
    pub now: DateTime<Utc>,
    /// Keep the source file, so that rows can be traced and the import redone.
    pub keep_source: bool,
    /// Store nothing if rows of earlier imports would be replaced, or if rows may count twice; the report then tells
    /// how they differ, and why.
    pub review: bool,
    /// Currency of files that name none, such as some FOCUS exports.
    pub currency: Option<Currency>,
    /// Day of a price list that tells none; without it the day of `now`.
    pub observed: Option<NaiveDate>,
    /// Who sells what a catalogue lists that does not tell it.
    pub provider: Option<String>,
}

impl ImportOptions {
    /// Import for good, with everything as detected.
    #[must_use]
    pub fn plain(now: DateTime<Utc>) -> Self {
        Self {
            format: None,
            dry_run: false,
            now,
            keep_source: true,
            review: false,
            currency: None,
            observed: None,
            provider: None,
        }
    }
}

impl ImportOptions {
    /// Import again as a batch was imported.
    #[must_use]
    pub(super) fn again(batch: &Batch, now: DateTime<Utc>) -> Self {
        let day = batch.imported_at.get(..10).and_then(|date| date.parse().ok());
        Self {
            format: Some(batch.format.clone()),
            currency: batch.given_currency,
            observed: batch.given_observed.or(day),
            provider: batch.given_provider.clone(),
            ..Self::plain(now)
        }
    }

    /// The same, with the day and the seller of price lists that do not tell them.
    ///
    /// # Errors
    /// When the day is none.
    pub fn of_list(self, observed: Option<&str>, provider: Option<String>) -> Result<Self> {
        let told = |text: &str| {
            text.parse::<NaiveDate>()
                .map_err(|_| EngineError::usage(format!("{text:?} is no day")).then("write it as 2026-11-20"))
        };
        Ok(Self { observed: observed.map(told).transpose()?, provider, ..self })
    }

    /// The same, with the currency of files that name none.
    ///
    /// # Errors
    /// When the code is none.
    pub fn in_currency(self, code: Option<&str>) -> Result<Self> {
        let told =
            |code: &str| Currency::parse(code).map_err(|error| EngineError::usage(format!("{code:?} is not {error}")));
        Ok(Self { currency: code.map(told).transpose()?, ..self })
    }
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// File at work.
    pub file: String,
    /// Part done of all files, 0 to 1.
    pub part: f64,
    /// Rows read so far in this file.
    pub rows: u64,
    /// Which file, counted from 1.
    pub file_number: usize,
    /// How many files.
    pub files: usize,
}

/// Somebody who looks on and may stop the work.
#[derive(Clone)]
pub struct Watch {
    /// Raised to stop.
    pub cancel: Arc<AtomicBool>,
    /// Told at most ten times a second.
    pub progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl Watch {
    /// Nobody looks on.
    #[must_use]
    pub fn nobody() -> Self {
        Self { cancel: Arc::new(AtomicBool::new(false)), progress: Arc::new(|_| ()) }
    }
}

impl Engine {
    /// Imports files of rows, and keeps rules, scenarios and mappings given as TOML; a mapping serves the files that
    /// come with it.
    ///
    /// All of it happens or none: when a later file fails, what the earlier ones stored is taken back.
    ///
    /// # Errors
    /// What, where and what now, for the first file that cannot be imported.
    pub async fn import(&self, paths: &[PathBuf], options: &ImportOptions, watch: &Watch) -> Result<ImportReport> {
        self.import_delivery(paths, options, watch, None).await
    }

    /// As [`Engine::import`], as a late part of an earlier delivery.
    pub(super) async fn import_delivery(
        &self,
        paths: &[PathBuf],
        options: &ImportOptions,
        watch: &Watch,
        mut delivery: Option<i64>,
    ) -> Result<ImportReport> {
        if paths.is_empty() {
            return Err(EngineError::usage("no file was named").then("name one or more files to import"));
        }
        let documents = paths
            .iter()
            .filter(|path| document::is_one(path))
            .map(|path| document::read(path))
            .collect::<Result<Vec<_>>>()?;
        let asked: Vec<PathBuf> = paths.iter().filter(|path| !document::is_one(path)).cloned().collect();
        let parts = parts::gather(&asked)?;
        let mut mappings = self.mappings(&documents).await?;
        mappings.currency = options.currency;
        mappings.told.observed = options.observed.unwrap_or_else(|| options.now.date_naive());
        mappings.told.provider = options.provider.clone().unwrap_or_default();
        for part in &parts.files {
            read::open(&part.path, options.format.as_deref(), &mappings).map_err(|error| part.named(error))?;
        }
        let first = self.ledger().batches().await?.iter().all(|batch| batch.state != "live");
        let mut report = ImportReport::default();
        let mut fresh: Vec<i64> = Vec::new();
        let mut rehearsed = Rehearsed::default();
        for (index, part) in parts.files.iter().enumerate() {
            let step = Step { index, of: parts.files.len(), delivery, earlier: fresh.clone() };
            match self.import_rows(part, options, watch, &step, &mappings, &mut rehearsed).await {
                Ok(batch) => {
                    let held = options.review && batch.waits();
                    if !batch.already && !held {
                        fresh.push(batch.id);
                        delivery = self.delivery_of(batch.id).await?.or(delivery);
                    }
                    report.batches.push(batch);
                }
                Err(error) => {
                    self.take_back(&fresh, options.dry_run).await?;
                    return Err(error);
                }
            }
        }
        rehearsed.end().await?;
        if options.review && report.batches.iter().any(BatchReport::waits) {
            self.take_back(&fresh, options.dry_run).await?;
            report.held = true;
            return Ok(report);
        }
        if !options.dry_run
            && !documents.is_empty()
            && let Err(error) = self.ledger().keep_documents(&documents).await
        {
            self.take_back(&fresh, false).await?;
            return Err(error.into());
        }
        if !options.dry_run {
            self.settled(&fresh, first).await?;
        }
        report.documents =
            documents.into_iter().map(|(kind, name, _)| DocumentReport { kind: kind.word(), name }).collect();
        Ok(report)
    }

    async fn delivery_of(&self, batch: i64) -> Result<Option<i64>> {
        Ok(self.ledger().batches().await?.iter().find(|b| b.id == batch).map(|b| b.delivery))
    }

    /// After a delivery has succeeded: undone batches of the same content leave the list, a workspace that was
    /// empty is nobody's sample any more, and the file on disk is whole.
    async fn settled(&self, fresh: &[i64], first: bool) -> Result<()> {
        for batch in self.ledger().batches().await?.iter().filter(|batch| fresh.contains(&batch.id)) {
            self.ledger().forget_undone(&batch.file_hash).await?;
        }
        if first {
            self.ledger().set_fact("sample", "").await?;
        }
        // A report asks for the prices that could not be kept.
        let _ = self.keep_prices().await;
        Ok(self.ledger().settle().await?)
    }

    /// What the earlier files of a failed delivery stored leaves as if it had never come.
    async fn take_back(&self, batches: &[i64], dry_run: bool) -> Result<()> {
        if dry_run {
            return Ok(());
        }
        for batch in batches.iter().rev() {
            self.ledger().forget(*batch).await?;
        }
        let _lock = self.ledger().lock().await?;
        self.ledger().sources().sweep(&self.ledger().wanted_sources().await?).map_err(|error| {
            EngineError::failed(format!("the folder of kept files cannot be swept: {error}"))
                .then("import again; it sweeps too")
        })
    }

    async fn import_rows(
        &self,
        part: &Part,
        options: &ImportOptions,
        watch: &Watch,
        step: &Step,
        mappings: &Mappings,
        rehearsed: &mut Rehearsed,
    ) -> Result<BatchReport> {
        let place = part.shown();
        let placed = |error: EngineError| match error.kind {
            ErrorKind::Cancelled => error,
            _ => located(error, &place),
        };
        let opened = read::open(&part.path, options.format.as_deref(), mappings).map_err(|error| part.named(error))?;
        // Of a file of the same size as one that is there already, the hash is asked first: nothing else is read.
        let size = opened.bytes();
        if self.ledger().batches().await?.iter().any(|batch| batch.state == "live" && batch.file_bytes == size) {
            let cannot = |error: std::io::Error| placed(EngineError::failed(format!("cannot be read: {error}")));
            let print = source::fingerprint(&part.path).map_err(cannot)?;
            if let Some(there) = self.ledger().same_content(&print.hash).await? {
                return self.already_there(there, part, opened.label).await;
            }
        }
        self.write(part, opened, options, watch, step, rehearsed).await.map_err(placed)
    }

    async fn already_there(&self, there: Batch, part: &Part, label: String) -> Result<BatchReport> {
        let totals = self.ledger().batch_totals(there.id).await?;
        Ok(BatchReport {
            id: there.id,
            format: there.format,
            source: part.name.clone(),
            role: there.role,
            rows_read: there.rows_read,
            rows_stored: 0,
            rows_duplicate: there.rows_stored,
            rows_quarantined: there.rows_quarantined,
            totals: totals_as_objects(&totals),
            replaced: Vec::new(),
            difference: None,
            problems: Vec::new(),
            doubts: Vec::new(),
            note: None,
            label,
            already: true,
            met: BTreeSet::new(),
        })
    }

    /// Begins to keep the content. The import's transaction holds the ledger's write lock meanwhile, so that what
    /// is swept here cannot belong to an import of somebody else.
    async fn begin_keeping(&self, keep: bool) -> Result<Keeping> {
        let sources = self.ledger().sources();
        let swept = if keep { sources.sweep(&self.ledger().wanted_sources().await?) } else { Ok(()) };
        swept.and_then(|()| sources.begin(keep)).map_err(|error| cannot_keep(&error))
    }

    async fn write(
        &self,
        part: &Part,
        opened: Opened,
        options: &ImportOptions,
        watch: &Watch,
        step: &Step,
        rehearsed: &mut Rehearsed,
    ) -> Result<BatchReport> {
        let (format, id, label, note) = (opened.format, opened.id.clone(), opened.label.clone(), opened.note);
        let new = new_batch(part, &opened, options);
        let mut import = match rehearsed.ledger.take() {
            Some(before) => before.next(&new).await?,
            None => self.ledger().begin_import(&new, step.delivery).await?,
        };
        let keeping = self.begin_keeping(options.keep_source && !options.dry_run).await?;
        let bytes = opened.bytes();
        let mut readers = Readers::start(part.path.clone(), opened, keeping, watch.cancel.clone());
        let mut told = Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or_else(Instant::now);
        let mut problems = Vec::new();
        while let Some(chunk) = readers.chunks.recv().await {
            for rows in &chunk.rows {
                import.store(rows).await?;
            }
            import.quarantine(&chunk.bad).await?;
            problems.extend(chunk.bad.iter().take(1_000usize.saturating_sub(problems.len())).map(RowProblem::from));
            if told.elapsed() >= Duration::from_millis(100) {
                told = Instant::now();
                (watch.progress)(step.progress(&part.name, chunk.bytes, bytes, chunk.rows_read));
            }
        }
        // The last rows are written while the last pieces are kept.
        import.write_rest().await?;
        let (outcome, print) = readers.finish().await?;
        if watch.cancel.load(Ordering::Relaxed) {
            return Err(EngineError::cancelled());
        }
        part.check(outcome.rows_read)?;
        let ending = ending_of(outcome, print);
        let told = match self.ledger().same_content(&ending.file_hash).await? {
            Some(there) => Some(self.already_there(there, part, label.clone()).await?),
            None => rehearsed.same(&ending.file_hash, &part.name),
        };
        if let Some(told) = told {
            // Files behind it are rehearsed on.
            if options.dry_run {
                rehearsed.ledger = Some(import.rehearse(&ending).await?.1);
            }
            return Ok(told);
        }
        if id == super::azure::AZURE.id {
            told_once(part, &mut import, &step.earlier).await?;
        }
        let batch = import.batch();
        let settled = settle(import, format.id, &ending, options, rehearsed).await?;
        let report = BatchReport {
            id: batch,
            format: id,
            source: part.name.clone(),
            role: format.role.word().to_owned(),
            rows_read: ending.rows_read,
            rows_stored: settled.rows_stored,
            rows_duplicate: settled.rows_duplicate,
            rows_quarantined: ending.rows_quarantined,
            totals: totals_as_objects(&ending.totals),
            doubts: doubts(format.id, &settled),
            difference: settled.difference.map(DifferenceReport::from),
            replaced: settled.replaced.iter().map(|r| ReplacedReport { batch: r.batch, rows: r.rows }).collect(),
            problems,
            note,
            label,
            already: false,
            met: settled.met,
        };
        if options.dry_run {
            rehearsed.seen.push((ending.file_hash, report.clone()));
        }
        Ok(report)
    }
}

/// What is known of a batch once its file is read to the end.
fn ending_of(outcome: Outcome, print: Fingerprint) -> Ending {
    Ending {
        rows_read: outcome.rows_read,
        rows_stored: outcome.rows_stored,
        rows_quarantined: outcome.rows_quarantined,
        totals: outcome.totals,
        file_hash: print.hash,
        file_bytes: print.bytes,
    }
}

/// Actual and amortised exports of Azure tell one use twice, and no column tells which is which. Each line is a
/// meter's day, so that parts of one export share none.
async fn told_once(part: &Part, import: &mut Import, earlier: &[i64]) -> Result<()> {
    let Some(twice) = import.told_twice(earlier).await? else { return Ok(()) };
    Err(EngineError::failed(format!(
        "tells the same use as {} in {} of {} lines: they are one export twice, or its actual and its amortised cost",
        twice.file, twice.same, twice.lines
    ))
    .at(part.shown())
    .then("import one of them, or one after the other in two calls: then the later replaces the earlier"))
}

/// Ends an import as it was asked for.
async fn settle(
    import: Import,
    format: &str,
    ending: &Ending,
    options: &ImportOptions,
    rehearsed: &mut Rehearsed,
) -> Result<Settled> {
    Ok(if options.dry_run {
        let (settled, rehearsal) = import.rehearse(ending).await?;
        rehearsed.ledger = Some(rehearsal);
        settled
    } else if options.review {
        import
            .commit_unless(ending, |settled| !settled.replaced.is_empty() || !doubts(format, settled).is_empty())
            .await?
    } else {
        import.commit(ending).await?
    })
}

/// What is known of a batch before its first row.
fn new_batch(part: &Part, opened: &Opened, options: &ImportOptions) -> NewBatch {
    NewBatch {
        format: opened.id.clone(),
        role: opened.format.role,
        file_name: part.name.clone(),
        imported_at: options.now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        source_kept: options.keep_source,
        content: opened.content,
        append_only: opened.format.append_only,
        given_currency: options.currency,
        given_observed: options.observed,
        given_provider: options.provider.clone(),
        blank_account: super::blank_account(&opened.id),
    }
}

/// Which file of how many, and the delivery it belongs to once that has begun.
struct Step {
    index: usize,
    of: usize,
    delivery: Option<i64>,
    /// Batches of the files before it.
    earlier: Vec<i64>,
}

impl Step {
    fn progress(&self, file: &str, bytes: u64, of_bytes: u64, rows: u64) -> Progress {
        let within = if of_bytes == 0 { 1.0 } else { (bytes as f64 / of_bytes as f64).min(1.0) };
        Progress {
            file: file.to_owned(),
            part: (self.index as f64 + within) / self.of as f64,
            rows,
            file_number: self.index + 1,
            files: self.of,
        }
    }
}

fn located(error: EngineError, place: &str) -> EngineError {
    let at = match &error.place {
        Some(inner) if inner.starts_with("line ") => format!("{place}, {inner}"),
        Some(_) => return error,
        None => place.to_owned(),
    };
    error.at(at)
}
