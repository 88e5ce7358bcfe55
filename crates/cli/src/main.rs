//! The `marginline` binary: arguments in, exit code out. Everything else is in the library beside it.

use std::process::ExitCode;

/// A report makes some hundred thousand small texts and gives them back at once, which this does in three quarters of
/// the time that the C library takes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let io = marginline_cli::Io {
        out: Box::new(std::io::stdout()),
        err: Box::new(std::io::stderr()),
        now: chrono::Utc::now(),
        terminal: std::io::IsTerminal::is_terminal(&std::io::stderr()),
    };
    ExitCode::from(marginline_cli::run(std::env::args_os(), io))
}
