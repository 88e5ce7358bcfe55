//! The committed TypeScript bindings are what the commands are. To write them anew after a change:
//! `MARGINLINE_WRITE_BINDINGS=1 cargo test -p marginline-desktop --test bindings`.

use std::path::Path;

use specta_typescript::Typescript;

const HEAD: &str = "// Written by `cargo test -p marginline-desktop --test bindings`; do not edit.\n";

#[test]
fn committed_bindings_are_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("bindings.ts");
    marginline_desktop::bindings().export(Typescript::default().header(HEAD), &fresh).unwrap();
    let fresh = std::fs::read_to_string(fresh).unwrap();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/backend/bindings.ts");
    if std::env::var_os("MARGINLINE_WRITE_BINDINGS").is_some() {
        std::fs::write(&committed, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(committed).unwrap_or_default();
    assert!(kept == fresh, "ui/src/backend/bindings.ts is not what the commands are; write it anew");
}
