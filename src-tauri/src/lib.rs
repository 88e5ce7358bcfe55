//! The window: thin commands over the engine. Nothing is decided here.

mod commands;
mod launch;
mod place;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use marginline_engine::Engine;
use marginline_engine::job::Jobs;
use marginline_engine::view::{JobProgress, OptimiseProgress};
use tauri::Wry;
use tauri_specta::{Builder, Casing, ErrorHandlingMode, collect_commands};

use crate::launch::Launch;

/// What every command works on.
pub(crate) struct State {
    pub engine: Engine,
    pub jobs: Jobs,
    pub launch: Launch,
    /// The window has asked for its start before: a sample that was undone since stays undone.
    pub started: AtomicBool,
}

/// The commands of the window, and the types that cross the seam.
#[must_use]
pub fn bindings() -> Builder<Wry> {
    Builder::<Wry>::new()
        .commands(collect_commands![
            commands::start,
            commands::open_sample,
            commands::margin,
            commands::costs,
            commands::scenarios,
            commands::compare,
            commands::bridge,
            commands::sensitivity,
            commands::risk,
            commands::capacity,
            commands::start_optimise,
            commands::keep_best,
            commands::save_scenario,
            commands::copy_scenario,
            commands::rename_scenario,
            commands::delete_scenario,
            commands::lock_scenario,
            commands::unlock_scenario,
            commands::write_scenarios,
            commands::new_choices,
            commands::preview_new,
            commands::keep_new,
            commands::explain_scenario,
            commands::plan_info,
            commands::plan,
            commands::adopt_plan,
            commands::undo_plan,
            commands::redo_plan,
            commands::calibrate,
            commands::prices,
            commands::price_effect,
            commands::set_price,
            commands::chart,
            commands::imports,
            commands::quarantine,
            commands::dismiss,
            commands::readmit,
            commands::difference,
            commands::choose_files,
            commands::start_import,
            commands::preview_mapping,
            commands::save_mapping,
            commands::cancel_job,
            commands::undo,
            commands::redo,
            commands::export_table,
            commands::export_chart,
        ])
        .typ::<JobProgress>()
        .typ::<OptimiseProgress>()
        .error_handling(ErrorHandlingMode::Throw)
        .function_casing(Casing::SnakeCase)
        .disable_serde_phases()
}

/// Opens the workspace and the window, and answers the exit code when it is closed.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let launch = match Launch::try_parse_from(arguments) {
        Ok(launch) => launch,
        Err(error) => return told(&error.to_string(), u8::try_from(error.exit_code()).unwrap_or(2)),
    };
    let opened = launch.workspace().and_then(|path| tauri::async_runtime::block_on(Engine::open(&path)));
    let engine = match opened {
        Ok(engine) => engine,
        Err(error) => return told(&format!("error: {error}\n"), 1),
    };
    let seam = bindings();
    let ran = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(State { engine, jobs: Jobs::default(), launch, started: AtomicBool::new(false) })
        .invoke_handler(seam.invoke_handler())
        .run(tauri::generate_context!());
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(&format!("error: the window cannot be opened: {error}\n"), 1),
    }
}

/// Says why there is no window, where the person who started it looks.
fn told(text: &str, code: u8) -> ExitCode {
    // Without a terminal nobody reads this, and there is nobody else to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::from(code)
}
