//! `marginline scenario compare` and the two-way table of `scenario sensitivity`.

use marginline_engine::scenario::compare::{Asked, Comparison};
use marginline_engine::scenario::simulate::Draws;
use marginline_engine::view::Table;
use marginline_engine::{EngineError, Result, export};

use super::bases::with_bases;
use super::{Context, closed, form_of};
use crate::args::{CompareArgs, Form, OutputArgs, ScenarioArgs, SensitivityArgs};
use crate::{Done, show};

pub(crate) async fn compare(context: &mut Context<'_>, arguments: &CompareArgs) -> Result<Done> {
    let ScenarioArgs { files, output: OutputArgs { format, output } } = &arguments.scenario;
    let texts = with_bases(context, files)?;
    let comparison = Comparison::of(context.engine().await?.run_first(&texts, files.len()).await?.runs);
    comparison.check()?;
    let mut asked = Asked { undo_month: Some(comparison.undo_month(arguments.undo_month)?), chances: None };
    if let Some(draws) = arguments.draws {
        let draws = Draws { draws: draws as usize, seed: arguments.seed, target_percent: arguments.target_percent };
        asked.chances = Some(comparison.chances(draws)?);
    }
    let failed = comparison.runs.iter().any(|run| run.verdicts.iter().any(|verdict| verdict.verdict == "fails"));
    match form(context, arguments) {
        Form::Table => {
            let text = told(&comparison, &asked)?;
            match output {
                None => context.bytes(&text)?,
                Some(file) => context.written(file, &text)?,
            };
        }
        Form::Xlsx => {
            context.workbook(&comparison.workbook(&asked)?, output.as_deref())?;
        }
        Form::Csv | Form::Json => {
            let (table, json) = (comparison.table_of(&asked), comparison.json(&asked)?);
            context.output(&table, &json, *format, output.as_deref())?;
        }
    }
    Ok(if failed && context.strict { Done::Look } else { Done::Clean })
}

/// The form that is asked for, or that the file's name or `--json` asks for.
fn form(context: &Context<'_>, arguments: &CompareArgs) -> Form {
    let OutputArgs { format, output } = &arguments.scenario.output;
    let plain = if context.json { Form::Json } else { Form::Table };
    format.or_else(|| output.as_deref().and_then(form_of)).unwrap_or(plain)
}

/// Who wins, what differs, the figures, and what belongs under them.
fn told(comparison: &Comparison, asked: &Asked) -> Result<Vec<u8>> {
    let mut text = format!("{}\n\n", show::tame(&comparison.ranking_words())).into_bytes();
    let differences = comparison.differences();
    if !differences.rows.is_empty() {
        show::table(&mut text, &differences).map_err(closed)?;
        text.push(b'\n');
    }
    let mut table = comparison.table_of(asked);
    let mut notes: Vec<String> = comparison.break_even().into_iter().map(|each| each.text).collect();
    notes.extend(comparison.undo_words(comparison.undo_month(asked.undo_month)?)?);
    notes.append(&mut table.notes);
    table.notes = notes;
    mark_best(&mut table);
    show::table(&mut text, &table).map_err(closed)?;
    Ok(text)
}

/// A star before the best of each row, which a terminal without colour shows too.
fn mark_best(table: &mut Table) {
    let mut cells = table.rows.iter_mut().flat_map(|row| &mut row.cells).filter(|cell| cell.best).peekable();
    if cells.peek().is_none() {
        return;
    }
    cells.for_each(|cell| cell.shown.insert_str(0, "* "));
    table.notes.insert(0, "* is the best of its row, of the scenarios that may win".to_owned());
}

pub(crate) async fn sensitivity(context: &mut Context<'_>, arguments: &SensitivityArgs) -> Result<Done> {
    let ScenarioArgs { files, output: OutputArgs { format, output } } = &arguments.scenario;
    let texts = with_bases(context, files)?;
    let comparison = context.engine().await?.run_first(&texts, 1).await?;
    let [one] = comparison.runs.as_slice() else {
        return Err(EngineError::usage("no scenario is named").then("name its file"));
    };
    let (table, json) = match arguments.two_way.as_slice() {
        [x, y] => {
            let found = one.two_way(Some(x), Some(y), arguments.steps as usize)?;
            (found.table(), found.json())
        }
        _ => {
            let found = one.sensitivity()?;
            (found.table(), found.json())
        }
    };
    context.output(&table, &json, *format, output.as_deref())
}

impl Context<'_> {
    /// A workbook that computes, into its file.
    pub(crate) fn workbook(&mut self, bytes: &[u8], file: Option<&std::path::Path>) -> Result<Done> {
        let file =
            file.ok_or_else(|| EngineError::usage("a workbook needs a file").then("name it with -o FILE.xlsx"))?;
        self.written(file, bytes)
    }

    fn written(&mut self, file: &std::path::Path, bytes: &[u8]) -> Result<Done> {
        export::write(file, bytes)?;
        self.say(&format!("wrote {}", file.display()));
        Ok(Done::Clean)
    }
}
