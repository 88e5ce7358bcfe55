//! `scenario lock` and `scenario unlock`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct LockArgs {
    /// Scenario files: the one to lock first, then those that it changes
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Lock anew what is locked and has changed
    #[arg(long)]
    pub force: bool,
}
