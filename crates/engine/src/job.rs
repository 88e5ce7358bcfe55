//! Long work: an import that runs beside the window, tells how far it is at most ten times a second, can be
//! cancelled at any moment, and leaves nothing behind when it is.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Engine;
use crate::error::ErrorKind;
use crate::import::{BatchReport, ImportOptions, ImportReport, Progress, Watch};
use crate::view::{JobProgress, JobState};

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
        let watch = Watch { cancel, progress: Arc::new(move |at| told(running(job, at))) };
        let jobs = self.clone();
        tokio::spawn(async move {
            tell(running(job, Progress { file: first.clone().unwrap_or_default(), part: 0.0, rows: 0 }));
            let done = engine.import(&paths, &options, &watch).await;
            jobs.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
            tell(match done {
                Ok(report) => ended(job, first.unwrap_or_default(), &report),
                Err(error) => JobProgress {
                    job,
                    state: if error.kind == ErrorKind::Cancelled { JobState::Cancelled } else { JobState::Failed },
                    file: first.unwrap_or_default(),
                    part: 1.0,
                    rows: 0,
                    messages: Vec::new(),
                    problem: Some(error.problem()),
                },
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

fn running(job: u32, at: Progress) -> JobProgress {
    JobProgress {
        job,
        state: JobState::Running,
        file: at.file,
        part: at.part,
        rows: u32::try_from(at.rows).unwrap_or(u32::MAX),
        messages: Vec::new(),
        problem: None,
    }
}

fn ended(job: u32, file: String, report: &ImportReport) -> JobProgress {
    let mut messages: Vec<String> = report.batches.iter().map(BatchReport::headline).collect();
    messages.extend(report.documents.iter().map(|document| format!("kept {} {}", document.kind, document.name)));
    let rows: u64 = report.batches.iter().map(|batch| batch.rows_read).sum();
    JobProgress {
        job,
        state: JobState::Done,
        file,
        part: 1.0,
        rows: u32::try_from(rows).unwrap_or(u32::MAX),
        messages,
        problem: None,
    }
}
