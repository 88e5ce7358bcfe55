//! Errors as people need them: what, where, what now; lower case and without a full stop.

use std::fmt;

use marginline_store::StoreError;

use crate::view::Problem;

/// Who has to act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request itself is wrong: an unknown grouping key, a month that is none.
    Usage,
    /// The work failed and nothing was changed.
    Failed,
    /// Somebody asked to stop and nothing was changed.
    Cancelled,
}

/// What a person has to decide before the work can go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Asks {
    /// Nothing.
    #[default]
    Nothing,
    /// Which of these formats a file is in.
    Format(Vec<&'static str>),
    /// What the columns of an unknown table mean.
    Mapping,
}

/// What happened, where, and what to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineError {
    /// Who has to act.
    pub kind: ErrorKind,
    /// What happened.
    pub what: String,
    /// File, line, column or key.
    pub place: Option<String>,
    /// What to do now.
    pub next: Option<String>,
    /// What only a person can decide.
    pub asks: Asks,
}

impl EngineError {
    /// The work failed.
    pub fn failed(what: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Failed, what: what.into(), place: None, next: None, asks: Asks::Nothing }
    }

    /// The request is wrong.
    pub fn usage(what: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Usage, what: what.into(), place: None, next: None, asks: Asks::Nothing }
    }

    /// Somebody asked to stop.
    #[must_use]
    pub fn cancelled() -> Self {
        Self { kind: ErrorKind::Cancelled, ..Self::failed("cancelled; nothing was imported") }
    }

    /// Adds where.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds what to do now.
    #[must_use]
    pub fn then(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// The formats it could be; somebody has to say.
    #[must_use]
    pub fn candidates(mut self, formats: &[&'static str]) -> Self {
        self.asks = Asks::Format(formats.to_vec());
        self
    }

    /// The columns need a mapping; somebody has to make it.
    #[must_use]
    pub fn unknown_header(mut self) -> Self {
        self.asks = Asks::Mapping;
        self
    }

    /// As the window shows it.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem { what: self.what.clone(), place: self.place.clone(), next: self.next.clone() }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.what)?;
        if let Some(next) = &self.next {
            write!(f, "; {next}")?;
        }
        Ok(())
    }
}

impl std::error::Error for EngineError {}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        let next = match error {
            StoreError::Open { .. } => "choose another place with --workspace FILE, or check the folder's permissions",
            StoreError::Migrate { .. } => "name another file with --workspace, or use the version that made this one",
            StoreError::Overflow => "group by something finer, or split the file",
            StoreError::Source { .. } => "import the original file again",
            StoreError::Database(ref answer) if answer.contains("is full") => {
                "nothing was stored; free some disk space"
            }
            StoreError::Database(_) => "run `marginline check`; if it finds nothing, try once more",
        };
        Self::failed(error.to_string()).then(next)
    }
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, EngineError>;
