//! Long work: an import that runs beside the window, tells how far it is at most ten times a second, can be
//! cancelled at any moment, and leaves nothing behind when it is.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Engine;
use crate::error::{Asks, EngineError, ErrorKind};
use crate::import::{BatchReport, ImportOptions, ImportReport, Progress, Watch, format_label};
use crate::screen::difference::{difference_view, doubt_view};
use crate::screen::imports::first_totals;
use crate::view::{Ask, Choice, JobProgress, JobState, OptimiseProgress, ScenarioQuery};

/// How often progress is told at most.
const TENTH: Duration = Duration::from_millis(100);

/// Jobs under way.
#[derive(Debug, Default, Clone)]
pub struct Jobs {
    next: Arc<AtomicU32>,
    running: Arc<Mutex<HashMap<u32, Arc<AtomicBool>>>>,
}

impl Jobs {
    /// Starts an import and answers its number at once; `tell` hears of it until it has ended.
    pub fn start(
        &self,
        engine: Engine,
        paths: Vec<PathBuf>,
        options: ImportOptions,
        tell: impl Fn(JobProgress) + Send + Sync + 'static,
    ) -> u32 {
        let job = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let cancel = Arc::new(AtomicBool::new(false));
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(job, cancel.clone());
        let tell = Arc::new(tell);
        let told = tell.clone();
        let first = paths.first().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        let speed = Mutex::new(Speed::new(Instant::now()));
        let watch = Watch {
            cancel,
            progress: Arc::new(move |at| {
                let speed = speed.lock().unwrap_or_else(PoisonError::into_inner).at(Instant::now(), &at);
                told(running(job, at, speed));
            }),
        };
        let jobs = self.clone();
        tokio::spawn(async move {
            let begun = Progress {
                file: first.clone().unwrap_or_default(),
                part: 0.0,
                rows: 0,
                file_number: 1,
                files: paths.len(),
            };
            tell(running(job, begun, (0, None)));
            let done = engine.import(&paths, &options, &watch).await;
            jobs.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
            tell(match done {
                Ok(report) => ended(job, first.unwrap_or_default(), &report),
                Err(error) => failed(job, first.unwrap_or_default(), &error, &paths),
            });
        });
        job
    }

    /// Looks for the best of a scenario and answers the job's number at once; `tell` hears of it until it has ended.
    pub fn optimise(
        &self,
        engine: Engine,
        query: ScenarioQuery,
        tell: impl Fn(OptimiseProgress) + Send + Sync + 'static,
    ) -> u32 {
        let job = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let cancel = Arc::new(AtomicBool::new(false));
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(job, cancel.clone());
        let tell = Arc::new(tell);
        let progress = move |state, (tried, of): (usize, usize), found, problem| OptimiseProgress {
            job,
            state,
            tried: u32::try_from(tried).unwrap_or(u32::MAX),
            of: u32::try_from(of).unwrap_or(u32::MAX),
            found,
            problem,
        };
        let (told, last) = (tell.clone(), Mutex::new(None::<Instant>));
        let hear = move |tried: usize, of: usize| {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_none_or(|at| at.elapsed() >= TENTH) {
                *last = Some(Instant::now());
                told(progress(JobState::Running, (tried, of), None, None));
            }
            !cancel.load(Ordering::Relaxed)
        };
        let jobs = self.clone();
        tokio::spawn(async move {
            let done = engine.optimise_view(&query, hear).await;
            let stopped = jobs.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
            let stopped = stopped.is_some_and(|cancel| cancel.load(Ordering::Relaxed));
            tell(match done {
                Ok(view) => progress(JobState::Done, (0, 0), Some(view), None),
                Err(_) if stopped => progress(JobState::Cancelled, (0, 0), None, None),
                Err(error) => progress(JobState::Failed, (0, 0), None, Some(error.problem())),
            });
        });
        job
    }

    /// Asks a job to stop; a job that has ended is left alone.
    pub fn cancel(&self, job: u32) {
        if let Some(cancel) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&job) {
            cancel.store(true, Ordering::Relaxed);
        }
    }
}

/// Rows a second and seconds left, from the last seconds of work.
#[derive(Debug)]
struct Speed {
    began: Instant,
    last: (Instant, u64),
    rows_per_second: u32,
}

impl Speed {
    fn new(now: Instant) -> Self {
        Self { began: now, last: (now, 0), rows_per_second: 0 }
    }

    fn at(&mut self, now: Instant, at: &Progress) -> (u32, Option<u32>) {
        if at.rows < self.last.1 {
            // Another file has begun.
            self.last = (now, 0);
        }
        let since = now.duration_since(self.last.0).as_secs_f64();
        if since >= 0.5 {
            self.rows_per_second = ((at.rows - self.last.1) as f64 / since) as u32;
            self.last = (now, at.rows);
        }
        let spent = now.duration_since(self.began).as_secs_f64();
        let left = (at.part > 0.02 && spent > 1.0).then(|| (spent / at.part * (1.0 - at.part)).ceil() as u32);
        (self.rows_per_second, left)
    }
}

fn running(job: u32, at: Progress, (rows_per_second, seconds_left): (u32, Option<u32>)) -> JobProgress {
    JobProgress {
        job,
        state: JobState::Running,
        file: at.file,
        part: at.part,
        rows: u32::try_from(at.rows).unwrap_or(u32::MAX),
        rows_per_second,
        seconds_left,
        file_number: u32::try_from(at.file_number).unwrap_or(u32::MAX),
        files: u32::try_from(at.files).unwrap_or(u32::MAX),
        messages: Vec::new(),
        differences: Vec::new(),
        asks: None,
        problem: None,
    }
}

/// A job that is at its end.
fn at_end(job: u32, file: String, state: JobState) -> JobProgress {
    let at = Progress { file, part: 1.0, rows: 0, file_number: 1, files: 1 };
    JobProgress { state, ..running(job, at, (0, None)) }
}

fn failed(job: u32, file: String, error: &EngineError, paths: &[PathBuf]) -> JobProgress {
    let asks = match &error.asks {
        Asks::Nothing => None,
        Asks::Format(formats) => {
            Some(formats.iter().map(|id| Choice { id: (*id).to_owned(), label: format_label(id).to_owned() }).collect())
        }
        Asks::Mapping => Some(Vec::new()),
    };
    let state = match (error.kind, &asks) {
        (ErrorKind::Cancelled, _) => JobState::Cancelled,
        (_, Some(_)) => JobState::Asks,
        _ => JobState::Failed,
    };
    let place = error.place.clone().unwrap_or_default();
    let path =
        paths.iter().map(|path| path.display().to_string()).find(|path| place.starts_with(path)).unwrap_or(place);
    JobProgress {
        asks: asks.map(|formats| Ask { path, formats }),
        problem: Some(error.problem()),
        ..at_end(job, file, state)
    }
}

/// What happened to a file, and what it adds up to.
fn with_totals(batch: &BatchReport) -> String {
    let totals = if batch.already { Vec::new() } else { first_totals(&batch.totals) };
    std::iter::once(batch.headline()).chain(totals).collect::<Vec<_>>().join(" · ")
}

fn ended(job: u32, file: String, report: &ImportReport) -> JobProgress {
    let mut messages: Vec<String> = report.batches.iter().map(with_totals).collect();
    messages.extend(
        report.batches.iter().flat_map(|batch| batch.doubts.iter().map(|doubt| format!("{}: {doubt}", batch.source))),
    );
    messages.extend(report.documents.iter().map(|document| format!("kept {} {}", document.kind, document.name)));
    let rows: u64 = report.batches.iter().map(|batch| batch.rows_read).sum();
    let state = if report.held { JobState::Review } else { JobState::Done };
    let differences = report.batches.iter().filter_map(|batch| {
        let earlier: Vec<String> = batch.replaced.iter().map(|replaced| format!("batch {}", replaced.batch)).collect();
        let title = format!("{}, against {}", batch.source, earlier.join(", "));
        batch.difference.as_ref().map(|difference| difference_view(title, difference))
    });
    let doubtful = report.batches.iter().filter(|batch| report.held && !batch.doubts.is_empty());
    let doubts = doubtful.map(|batch| doubt_view(&batch.source, &batch.doubts));
    JobProgress {
        rows: u32::try_from(rows).unwrap_or(u32::MAX),
        messages,
        differences: differences.chain(doubts).collect(),
        ..at_end(job, file, state)
    }
}
