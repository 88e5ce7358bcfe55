//! Spoilt files: every parser is given what no export should hold, and must refuse it in words or read it to its end.
//!
//! Each fixture is spoilt so many times, by chance from a seed, so that a run is the same everywhere and every time.
//! `MARGINLINE_FUZZ_ROUNDS=20` spoils each twenty times as often. A failure names the input, which stays behind.

mod chance;
mod hold;
mod mutate;
mod packed;
mod texts;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use marginline_store::document::DocumentKind;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};

use self::chance::Chance;
use super::FORMATS;
use super::mapping::{Mapping, Mappings};
use crate::Engine;

/// An input that takes longer hangs: the slowest takes a thousandth of it.
const HANGS: Duration = Duration::from_secs(300);
/// Failures told at once.
const MOST_FAILURES: usize = 12;

type Spoil = fn(&mut Chance, &[u8], &[Vec<u8>]) -> Vec<u8>;

/// A good file, and how it is spoilt.
#[derive(Clone)]
struct Seed {
    /// The path under `fixtures/`, or what it is.
    name: String,
    /// What the spoilt file is called.
    file: String,
    /// What `--as` names.
    wanted: Option<String>,
    bytes: Vec<u8>,
    spoil: Spoil,
}

fn rounds() -> u64 {
    std::env::var("MARGINLINE_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Files of a folder under `fixtures/`, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(fixtures().join(folder)).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files
}

fn seed(folder: &str, file: &Path) -> Seed {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let bytes = std::fs::read(file).unwrap();
    Seed { name: format!("{folder}/{name}"), file: name, wanted: None, bytes, spoil: mutate::text }
}

/// Spoils every seed `each` times a round, after having tried it as it is, and holds what comes of it.
fn hunt(test: &'static str, each: u64, seeds: Vec<Seed>, hold: impl Fn(&Seed, &Path) + Send + 'static) {
    let (tell, told) = mpsc::channel::<PathBuf>();
    let work = std::thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        let others: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.bytes.clone()).collect();
        let (mut failures, mut slowest, mut tried) = (Vec::new(), (Duration::ZERO, String::new()), 0u64);
        for (seed, number) in seeds.iter().flat_map(|seed| (0..=each * rounds()).map(move |number| (seed, number))) {
            let mut chance = Chance::of(&seed.name, number);
            let bytes = if number == 0 { seed.bytes.clone() } else { (seed.spoil)(&mut chance, &seed.bytes, &others) };
            let path = folder.path().join(&seed.file);
            std::fs::write(&path, &bytes).unwrap();
            tell.send(path.clone()).unwrap();
            let started = Instant::now();
            let held = catch_unwind(AssertUnwindSafe(|| hold(seed, &path)));
            tried += 1;
            slowest = slowest.max((started.elapsed(), format!("{} number {number}", seed.name)));
            if let Err(why) = held {
                failures.push(failure(test, seed, number, &bytes, why.as_ref()));
                if failures.len() == MOST_FAILURES {
                    break;
                }
            }
        }
        println!("{test}: {tried} inputs, the slowest {} in {:?}", slowest.1, slowest.0);
        failures
    });
    let mut last = PathBuf::new();
    loop {
        match told.recv_timeout(HANGS) {
            Ok(path) => last = path,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{test} hangs on {}", last.display()),
        }
    }
    let failures = work.join().unwrap();
    assert!(failures.is_empty(), "{} inputs fail:\n{}", failures.len(), failures.join("\n"));
}

/// Keeps the input and says what it did.
fn failure(test: &str, seed: &Seed, number: u64, bytes: &[u8], why: &(dyn std::any::Any + Send)) -> String {
    let why = why.downcast_ref::<String>().map(String::as_str).or_else(|| why.downcast_ref::<&str>().copied());
    let folder = std::env::temp_dir().join("marginline-fuzz").join(format!("{test}-{number}"));
    std::fs::create_dir_all(&folder).unwrap();
    let kept = folder.join(&seed.file);
    std::fs::write(&kept, bytes).unwrap();
    format!("{} number {number}, kept as {}: {}", seed.name, kept.display(), why.unwrap_or("a panic without words"))
}

/// An engine on an empty workspace, and what runs it.
fn engine() -> (tempfile::TempDir, tokio::runtime::Runtime, Engine) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let engine = runtime.block_on(Engine::open(&folder.path().join("work.db"))).unwrap();
    (folder, runtime, engine)
}

/// The mappings of `fixtures/mapped/`.
fn mappings() -> (Vec<String>, Mappings) {
    let (_folder, runtime, engine) = engine();
    let of = |file: PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        (DocumentKind::Mapping, Mapping::parse(&text).unwrap().name, text)
    };
    let documents: Vec<_> =
        files("mapped").into_iter().filter(|file| file.extension().unwrap() == "toml").map(of).collect();
    let names = documents.iter().map(|(_, name, _)| name.clone()).collect();
    (names, runtime.block_on(engine.mappings(&documents)).unwrap())
}

/// Every fixture that is no TOML, with the format that its folder is named after.
fn of_rows() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let folder = entry.unwrap();
        let name = folder.file_name().to_string_lossy().into_owned();
        if name == "demo" || !folder.path().is_dir() {
            continue;
        }
        let id = name.replace('_', "-");
        let wanted = FORMATS.iter().find(|format| format.id == id).map(|format| format.id.to_owned());
        let rows = files(&name).into_iter().filter(|file| file.extension().is_some_and(|ending| ending != "toml"));
        seeds.extend(rows.map(|file| Seed { wanted: wanted.clone(), ..seed(&name, &file) }));
    }
    seeds.sort_by(|one, other| one.name.cmp(&other.name));
    seeds
}

#[test]
fn spoilt_files_are_refused_or_read_to_their_end() {
    let mut seeds = of_rows();
    let folders: BTreeSet<&str> = seeds.iter().filter_map(|seed| seed.wanted.as_deref()).collect();
    let lacking: Vec<&str> = FORMATS.iter().map(|format| format.id).filter(|id| !folders.contains(id)).collect();
    assert!(lacking.is_empty(), "no fixture of {lacking:?}");
    let (names, mappings) = mappings();
    for (index, seed) in seeds.iter_mut().filter(|seed| seed.wanted.is_none()).enumerate() {
        seed.wanted = Some(format!("mapped:{}", names[index % names.len()]));
    }
    hunt("rows", 16, seeds, move |seed, path| {
        hold::file(path, None, &mappings);
        hold::file(path, seed.wanted.as_deref(), &mappings);
    });
}

/// The best of each format packed in every way, spoilt before it was packed or after.
#[test]
fn spoilt_packed_files_are_refused_or_read_to_their_end() {
    let good = |name: &str| std::fs::read(fixtures().join(name)).unwrap();
    let (focus, records) = (good("focus/plain.csv"), good("gcp/good.jsonl"));
    let mut seeds = Vec::new();
    let mut add = |file: &str, bytes: Vec<u8>, spoil: Spoil| {
        let inside = if bytes.is_ascii() { "inside" } else { "outside" };
        seeds.push(Seed { name: format!("{file}, {inside}"), file: file.to_owned(), wanted: None, bytes, spoil });
    };
    add("focus.csv.gz", packed::gzip(&focus), mutate::bytes);
    add("two.csv.gz", [packed::gzip(&focus[..900]), packed::gzip(&focus[900..])].concat(), mutate::bytes);
    add("focus.csv.zst", packed::zstd(&focus), mutate::bytes);
    add("records.jsonl.zst", packed::zstd(&records), mutate::bytes);
    add(
        "both.zip",
        packed::zip(&[("a.csv", &focus), ("b/c.jsonl", &records), ("note.txt", b"no data")]),
        mutate::bytes,
    );
    add("focus.csv.gz", focus.clone(), |chance, bytes, others| packed::gzip(&mutate::text(chance, bytes, others)));
    add("focus.csv.zst", focus.clone(), |chance, bytes, others| packed::zstd(&mutate::text(chance, bytes, others)));
    add("focus.zip", focus, |chance, bytes, others| {
        let names = [
            "a.csv",
            "../a.csv",
            "/a.csv",
            "a\\..\\b.csv",
            "a/",
            "",
            "x.xml",
            "._a.csv",
            "a-Manifest.json",
            "ä\u{202e}.csv",
        ];
        let content = mutate::text(chance, bytes, others);
        let (one, other) = (*chance.one(&names), *chance.one(&names));
        if one == other { packed::zip(&[(one, &content)]) } else { packed::zip(&[(one, &content), (other, bytes)]) }
    });
    hunt("packed", 100, seeds, |_, path| {
        hold::file(path, None, &Mappings::default());
    });
}

#[test]
fn spoilt_parquet_is_refused_or_read_to_its_end() {
    let codecs = [
        ("plain", Compression::UNCOMPRESSED),
        ("snappy", Compression::SNAPPY),
        ("gzip", Compression::GZIP(GzipLevel::default())),
        ("zstd", Compression::ZSTD(ZstdLevel::default())),
    ];
    let of = |(name, codec): (&str, Compression)| Seed {
        name: name.to_owned(),
        file: format!("{name}.parquet"),
        wanted: None,
        bytes: packed::parquet(codec),
        spoil: mutate::bytes,
    };
    hunt("parquet", 250, codecs.map(of).to_vec(), |_, path| {
        hold::file(path, None, &Mappings::default());
        hold::file(path, Some("cur2"), &Mappings::default());
    });
}
