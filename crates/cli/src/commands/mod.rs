//! One file a word of the command line.

mod allocate;
mod bases;
mod batches;
mod calc;
mod chart;
mod check;
mod compare;
mod demo;
mod explain;
mod fx;
mod import;
mod lock;
mod map;
mod optimise;
mod plan;
mod prices;
mod quarantine;
mod report;
mod scenario;
mod scenario_new;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use marginline_engine::view::Table;
use marginline_engine::{Engine, EngineError, Result, export};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::args::{Cli, Command, Form};
use crate::{BROKEN_PIPE, Done, Io, show};

/// What every command needs.
pub(crate) struct Context<'a> {
    pub io: &'a mut Io,
    pub json: bool,
    pub quiet: bool,
    pub strict: bool,
    workspace: PathBuf,
    /// The workspace, once it was opened.
    engine: OnceCell<Engine>,
}

pub(crate) async fn run(cli: Cli, io: &mut Io) -> Result<Done> {
    let workspace = match &cli.command {
        Command::Completions { .. } | Command::Calc { .. } => PathBuf::new(),
        _ => place(cli.workspace.as_deref(), matches!(cli.command, Command::Demo { .. }))?,
    };
    let mut context =
        Context { io, json: cli.json, quiet: cli.quiet, strict: cli.strict, workspace, engine: OnceCell::new() };
    let done = answer(&mut context, cli.command).await;
    // The write-ahead log is folded into the one file before the process ends.
    if let Some(engine) = context.engine.take() {
        engine.ledger().close().await;
    }
    done
}

async fn answer(context: &mut Context<'_>, command: Command) -> Result<Done> {
    match command {
        Command::Demo { out } => demo::run(context, out.as_deref()).await,
        Command::Import { paths, format, dry_run, currency, observed, provider, no_keep } => {
            let options = import::options(context, format, dry_run, currency.as_deref(), no_keep)?
                .of_list(observed.as_deref(), provider)?;
            import::run(context, &paths, &options).await
        }
        Command::Batches => batches::list(context).await,
        Command::Undo { batch } => batches::undo(context, batch).await,
        Command::Redo => batches::redo(context).await,
        Command::Difference { batch } => batches::difference(context, batch).await,
        Command::Quarantine { batch, write, readmit, dismiss, restore } => match (write, readmit) {
            (Some(file), _) => quarantine::write(context, batch, &file).await,
            (_, Some(file)) => quarantine::readmit(context, batch, &file).await,
            _ if !dismiss.is_empty() => quarantine::dismiss(context, batch, &dismiss, true).await,
            _ if !restore.is_empty() => quarantine::dismiss(context, batch, &restore, false).await,
            _ => quarantine::list(context, batch).await,
        },
        Command::Fx { from, to, date, month } => fx::run(context, &from, &to, date.as_deref(), month.as_deref()).await,
        Command::Map { file, with, write } => {
            map::run(context, file.as_deref(), with.as_deref(), write.as_deref()).await
        }
        Command::Allocate(arguments) => allocate::run(context, &arguments).await,
        Command::Report(report) => report::run(context, &report).await,
        Command::Scenario(scenario) => scenario::run(context, &scenario).await,
        Command::Prices(asked) => prices::run(context, asked).await,
        Command::Chart(arguments) => chart::run(context, &arguments).await,
        Command::Calc { name, file } => calc::run(context, &name, file.as_deref()),
        Command::Check => check::run(context).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "marginline", &mut script);
            context.bytes(&script)
        }
    }
}

/// The workspace file: as named, else in the platform's data folder; the sample company has its own.
fn place(named: Option<&Path>, sample: bool) -> Result<PathBuf> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let folders = directories::ProjectDirs::from("", "", "marginline").ok_or_else(|| {
        EngineError::failed("this system names no data folder").then("name a workspace with --workspace FILE")
    })?;
    Ok(folders.data_dir().join(if sample { "sample.db" } else { "workspace.db" }))
}

fn closed(_: std::io::Error) -> EngineError {
    EngineError::failed(BROKEN_PIPE)
}

impl Context<'_> {
    /// The workspace; opened once.
    pub(crate) async fn engine(&self) -> Result<Engine> {
        self.engine.get_or_try_init(|| Engine::open(&self.workspace)).await.cloned()
    }

    /// Talk, unless it is unwanted.
    pub(crate) fn say(&mut self, text: &str) {
        if !self.quiet {
            // Talk that nobody hears is no failure.
            let _ = writeln!(self.io.err, "{}", show::tame(text));
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<Done> {
        self.io.out.write_all(bytes).and_then(|()| self.io.out.flush()).map_err(closed)?;
        Ok(Done::Clean)
    }

    pub(crate) fn line(&mut self, text: &str) -> Result<Done> {
        self.bytes(format!("{}\n", show::tame(text)).as_bytes())
    }

    pub(crate) fn json(&mut self, value: &Value) -> Result<Done> {
        let text = serde_json::to_string_pretty(value).map_err(|error| EngineError::failed(error.to_string()))?;
        self.line(&text)
    }

    pub(crate) fn table(&mut self, table: &Table) -> Result<Done> {
        show::table(&mut self.io.out, table).map_err(closed)?;
        Ok(Done::Clean)
    }

    /// A result in the form asked for, to stdout or a file.
    pub(crate) fn output(
        &mut self,
        table: &Table,
        json: &Value,
        form: Option<Form>,
        file: Option<&Path>,
    ) -> Result<Done> {
        let form = form.or_else(|| file.and_then(form_of)).unwrap_or(if self.json { Form::Json } else { Form::Table });
        let bytes = match form {
            Form::Table => {
                let mut text = Vec::new();
                show::table(&mut text, table).map_err(closed)?;
                text
            }
            Form::Csv => export::csv(table)?,
            Form::Json => {
                let text =
                    serde_json::to_string_pretty(json).map_err(|error| EngineError::failed(error.to_string()))?;
                format!("{text}\n").into_bytes()
            }
            Form::Xlsx if file.is_none() => {
                return Err(EngineError::usage("a workbook needs a file").then("name it with -o FILE.xlsx"));
            }
            Form::Xlsx => export::xlsx(table)?,
        };
        match file {
            None => self.bytes(&bytes),
            Some(file) => {
                export::write(file, &bytes)?;
                self.say(&format!("wrote {}", file.display()));
                Ok(Done::Clean)
            }
        }
    }
}

fn form_of(file: &Path) -> Option<Form> {
    match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(Form::Csv),
        "json" => Some(Form::Json),
        "xlsx" => Some(Form::Xlsx),
        _ => None,
    }
}
