//! A program's wall-clock time and the most memory that it held.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What running a program told.
pub struct Ran {
    pub seconds: f64,
    /// Bytes; where the system does not tell, none.
    pub peak: Option<u64>,
    /// Seconds of all its threads, which the work of others moves less.
    pub cpu: Option<f64>,
    pub out: String,
}

/// Runs `command` to its end. What it prints goes to files in `folder`, so that no pipe makes it wait.
pub fn measured(folder: &Path, command: &mut Command) -> Result<Ran, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (out, talk) = (folder.join("out.txt"), folder.join("talk.txt"));
    let file = |path: &Path| File::create(path).map_err(|why| format!("cannot write {}: {why}", path.display()));
    command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&talk)?);
    let ended = AtomicBool::new(false);
    let start = Instant::now();
    let mut child = command.spawn().map_err(|why| format!("cannot start {name}: {why}"))?;
    let process = format!("/proc/{}", child.id());
    let (seconds, code, (peak, cpu)) = thread::scope(|scope| {
        let watch = scope.spawn(|| watched(&process, &ended));
        let code = child.wait();
        let seconds = start.elapsed().as_secs_f64();
        ended.store(true, Ordering::Relaxed);
        (seconds, code, watch.join().unwrap_or_default())
    });
    if code.is_ok_and(|code| code.success()) {
        return Ok(Ran { seconds, peak, cpu, out: fs::read_to_string(&out).unwrap_or_default() });
    }
    let talk = fs::read_to_string(&talk).unwrap_or_default();
    Err(format!("{name} failed: {}", talk.lines().last().unwrap_or("it does not say why")))
}

/// The last high-water mark of memory and the last processor time seen. A program is looked at every millisecond
/// while young, so that a short one is seen too.
fn watched(process: &str, ended: &AtomicBool) -> (Option<u64>, Option<f64>) {
    let (mut peak, mut cpu) = (None, None);
    for round in 0.. {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let text = fs::read_to_string(format!("{process}/status")).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        peak = kib.map(|kib| kib * 1024).or(peak);
        let text = fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
        // The name, in brackets, may hold blanks; user and system time are the 12th and 13th word behind it.
        let words = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: Vec<u64> = words.skip(11).take(2).filter_map(|word| word.parse().ok()).collect();
        // A program that has ended, and is not fetched yet, still tells its time.
        cpu = (ticks.len() == 2).then(|| ticks.iter().sum::<u64>() as f64 / 100.0).or(cpu);
        thread::sleep(Duration::from_millis(if round < 50 { 1 } else { 10 }));
    }
    (peak, cpu)
}

/// The least and the middle of some times.
pub fn least_and_middle(times: &[f64]) -> Option<(f64, f64)> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let upper = times.get(times.len() / 2)?;
    let lower = times.get((times.len() - 1) / 2)?;
    Some((*times.first()?, f64::midpoint(*lower, *upper)))
}
