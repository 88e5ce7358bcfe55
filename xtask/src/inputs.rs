//! A fingerprint of everything a step reads, so that a step is left out only when nothing it reads has changed.
//!
//! File contents are hashed, never their times: a checkout or a touch changes nothing, an edit always does.
//! The hash guards against forgetting, not against an adversary, so the standard library's is enough.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Made by tools from the rest of the tree, or never read by one.
const NOT_INPUTS: [&str; 6] =
    [".git", "target", "ui/node_modules", "ui/dist", "src-tauri/gen/schemas", "docs/pictures"];

/// Hashes the files below each of `paths` (files or folders, relative to `root`) and every word of `words`.
///
/// A path that does not exist counts as absent, so that its appearing is a change.
pub fn fingerprint(root: &Path, paths: &[&str], words: &[String]) -> Result<String, String> {
    let mut files = Vec::new();
    for path in paths {
        collect(root, &root.join(path), &mut files)?;
    }
    files.sort();
    files.dedup();
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    for file in files {
        let content = fs::read(&file).map_err(|why| format!("cannot read {}: {why}", file.display()))?;
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
        content.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(root: &Path, path: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let database = [".db", ".db-shm", ".db-wal"].iter().any(|end| name.ends_with(end));
    if NOT_INPUTS.contains(&name.as_str()) || database {
        return Ok(());
    }
    if path.is_dir() {
        let told = |why| format!("cannot list {}: {why}", path.display());
        for entry in fs::read_dir(path).map_err(told)? {
            collect(root, &entry.map_err(told)?.path(), files)?;
        }
    } else if path.is_file() {
        files.push(path.to_path_buf());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fingerprint;
    use std::fs;

    #[test]
    fn only_content_names_and_words_count() {
        let root = std::env::temp_dir().join(format!("marginline-inputs-{}", std::process::id()));
        fs::create_dir_all(root.join("ui/dist")).unwrap();
        fs::write(root.join("ui/a.ts"), "1").unwrap();
        let print = |word: &str| fingerprint(&root, &["."], &[word.to_owned()]).unwrap();
        let first = print("x");
        fs::write(root.join("ui/a.ts"), "1").unwrap();
        fs::write(root.join("ui/dist/made.js"), "made").unwrap();
        assert_eq!(first, print("x"), "the same bytes written again, and made files, are no change");
        assert_ne!(first, print("y"), "another command is another step");
        fs::write(root.join("ui/a.ts"), "2").unwrap();
        assert_ne!(first, print("x"), "an edit is a change");
        fs::write(root.join("ui/a.ts"), "1").unwrap();
        fs::write(root.join("ui/b.ts"), "").unwrap();
        assert_ne!(first, print("x"), "a new empty file is a change");
        fs::remove_dir_all(root).unwrap();
    }
}
