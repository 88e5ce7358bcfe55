//! The command line, callable in process: the acceptance tests run the very same code as the binary.
//!
//! Exit codes: 0 done; 1 failed, nothing changed; 2 wrong usage; 3 done, but something needs a look.

mod args;
mod commands;
mod show;

use std::ffi::OsString;
use std::io::Write;

use chrono::{DateTime, Utc};
use clap::Parser;
use marginline_engine::{EngineError, ErrorKind};

use crate::args::Cli;

/// Where a run writes, and what time it is.
pub struct Io {
    /// Results.
    pub out: Box<dyn Write + Send>,
    /// Talk and errors.
    pub err: Box<dyn Write + Send>,
    /// Now.
    pub now: DateTime<Utc>,
    /// Is `err` a terminal, so that a progress bar makes sense?
    pub terminal: bool,
}

/// How a command ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Everything is in order.
    Clean,
    /// Done, but something needs a look.
    Look,
    /// Refused, and told in the command's own form.
    Refused,
}

/// Runs one command line and answers its exit code.
pub fn run<I>(arguments: I, mut io: Io) -> u8
where
    I: IntoIterator<Item = OsString>,
{
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let text = error.render().to_string();
            let target = if error.use_stderr() { &mut io.err } else { &mut io.out };
            // A closed pipe is nobody's error.
            let _ = target.write_all(text.as_bytes());
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(io.err, "error: threads cannot be started: {error}");
            return 1;
        }
    };
    let json = cli.json;
    match runtime.block_on(commands::run(cli, &mut io)) {
        Ok(Done::Clean) => 0,
        Ok(Done::Look) => 3,
        Ok(Done::Refused) => 1,
        Err(error) if error.what == BROKEN_PIPE => 0,
        Err(error) => {
            report_error(&error, json, &mut io);
            if error.kind == ErrorKind::Usage { 2 } else { 1 }
        }
    }
}

/// The reader of stdout went away; there is nobody to tell.
pub(crate) const BROKEN_PIPE: &str = "stdout was closed";

fn report_error(error: &EngineError, json: bool, io: &mut Io) {
    let _ = if json {
        let problem = serde_json::json!({"error": error.problem()});
        writeln!(io.err, "{problem}")
    } else {
        writeln!(io.err, "error: {}", show::tame(&error.to_string()))
    };
}
