//! The `marginline` binary: arguments in, exit code out. Everything else is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let io = marginline_cli::Io {
        out: Box::new(std::io::stdout()),
        err: Box::new(std::io::stderr()),
        now: chrono::Utc::now(),
        terminal: std::io::IsTerminal::is_terminal(&std::io::stderr()),
    };
    ExitCode::from(marginline_cli::run(std::env::args_os(), io))
}
