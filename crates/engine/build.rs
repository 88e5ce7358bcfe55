//! Packs the sample company into the binary, so that the application opens it anywhere, offline.
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let source = Path::new("../../fixtures/demo");
    println!("cargo:rerun-if-changed=../../fixtures/demo");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?);
    let mut list = String::from(
        "/// Files of the sample company: name and zstd-compressed content.\npub static FILES: &[(&str, &[u8])] = &[\n",
    );
    let mut files: Vec<PathBuf> =
        fs::read_dir(source)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.extend(
        fs::read_dir(source.join("scenarios")).into_iter().flatten().filter_map(|entry| entry.ok().map(|e| e.path())),
    );
    files.sort();
    for file in files.iter().filter(|file| file.is_file()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "truth.json" {
            continue;
        }
        let packed = out.join(format!("{name}.zst"));
        fs::write(&packed, zstd::encode_all(fs::File::open(file)?, 12)?)?;
        list.push_str(&format!("    ({name:?}, include_bytes!({packed:?})),\n"));
    }
    list.push_str("];\n");
    fs::write(out.join("demo_files.rs"), list)
}
