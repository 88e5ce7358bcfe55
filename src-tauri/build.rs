//! Tauri's own build step: capabilities and configuration.
fn main() {
    tauri_build::build();
}
