//! Launch arguments of the window: files to import, and where things are.

use std::path::PathBuf;

use clap::Parser;
use marginline_engine::{EngineError, Result};

/// What an AI product's architecture does to its gross margin, in a window.
#[derive(Debug, Clone, Parser)]
#[command(name = "marginline-desktop", version)]
pub struct Launch {
    /// Workspace file [default: in the platform's data folder]
    #[arg(long, value_name = "FILE", env = "MARGINLINE_WORKSPACE")]
    workspace: Option<PathBuf>,
    /// Write exports into this folder without asking
    #[arg(long, value_name = "DIR")]
    pub export_dir: Option<PathBuf>,
    /// Open the sample company, in a workspace of its own
    #[arg(long)]
    sample: bool,
    /// Files to import
    pub files: Vec<PathBuf>,
}

impl Launch {
    /// The workspace file.
    ///
    /// # Errors
    /// When none is named and the system has no data folder.
    pub fn workspace(&self) -> Result<PathBuf> {
        if let Some(path) = &self.workspace {
            return Ok(path.clone());
        }
        let folders = directories::ProjectDirs::from("", "", "marginline").ok_or_else(|| {
            EngineError::failed("this system names no data folder").then("name a workspace with --workspace FILE")
        })?;
        Ok(folders.data_dir().join(if self.sample { "sample.db" } else { "workspace.db" }))
    }

    /// Should the sample company be there when the window opens?
    #[must_use]
    pub fn wants_sample(&self) -> bool {
        self.sample
    }
}
