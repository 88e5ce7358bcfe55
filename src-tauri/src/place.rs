//! Where an export goes: the folder given at launch, or wherever the save dialog says.

use std::path::PathBuf;

use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt;

use crate::launch::Launch;

/// The file to write; `None` when the dialog was closed without one. Blocks: call it off the main thread.
pub fn file(app: &AppHandle, launch: &Launch, name: &str) -> Option<PathBuf> {
    if let Some(folder) = &launch.export_dir {
        return Some(folder.join(name));
    }
    let kind = name.rsplit('.').next().unwrap_or_default();
    let chosen = app.dialog().file().set_file_name(name).add_filter(kind.to_uppercase(), &[kind]).blocking_save_file();
    chosen.and_then(|path| path.into_path().ok())
}
