//! The furniture around a window under test: a display of its own, a message bus of its own, a driver of its own.
//!
//! Everything started here is ended here, by its own process group, also when a test panics.

use crate::Failure;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often to look whether something has happened.
pub const POLL: Duration = Duration::from_millis(25);
/// How long a program may take to start on a slow machine.
const START: Duration = Duration::from_secs(20);
/// How long a program may take to end when asked.
const END: Duration = Duration::from_secs(3);

/// A value that `xtask` sets, and what to do when it has not.
pub fn told(name: &str) -> Result<PathBuf, Failure> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .ok_or_else(|| format!("{name} is not set: run the tests of the window with `cargo xtask test`"))
}

/// Looks until `found` answers, or says what was waited for.
pub fn until<T>(what: &str, longest: Duration, mut found: impl FnMut() -> Option<T>) -> Result<T, Failure> {
    let deadline = Instant::now() + longest;
    loop {
        if let Some(answer) = found() {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(format!("waited {} s for {what}", longest.as_secs()));
        }
        sleep(POLL);
    }
}

/// A program and all it started; ended together.
pub struct Group {
    child: Child,
}

impl Group {
    /// Starts `command` in a process group of its own.
    ///
    /// Ctrl-C does not reach another group, so setpriv asks the kernel to end the program when its test ends.
    pub fn start(program: &Path, adjust: impl FnOnce(&mut Command) -> &mut Command) -> Result<Self, Failure> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(program).stdin(Stdio::null()).process_group(0);
        let child = adjust(&mut command)
            .spawn()
            .map_err(|why| format!("cannot start {} through setpriv: {why}", program.display()))?;
        Ok(Self { child })
    }

    /// How it ended, if it has.
    fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        let _ = until("a program to end", END, || self.ended());
        // The program may be gone and its children not.
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// A display that nobody looks at.
pub struct Display {
    /// What goes into `DISPLAY`.
    pub name: String,
    _server: Group,
}

impl Display {
    /// Starts an X server on a number that it finds free itself.
    pub fn open(log: &Path) -> Result<Self, Failure> {
        let (reader, writer) = std::io::pipe().map_err(|why| format!("cannot open a pipe: {why}"))?;
        let errors = file(log)?;
        let mut server = Group::start(Path::new("Xvfb"), |command| {
            command
                .args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"])
                .stdout(writer)
                .stderr(errors)
        })?;
        // Ends without a line when the server does.
        let mut number = String::new();
        BufReader::new(reader).read_line(&mut number).map_err(|why| format!("cannot read from Xvfb: {why}"))?;
        match number.trim() {
            "" => {
                let how = server.ended().unwrap_or_else(|| "without a word".to_owned());
                Err(format!("Xvfb ended ({how}) before it had a display; see {}", log.display()))
            }
            number => Ok(Self { name: format!(":{number}"), _server: server }),
        }
    }
}

/// A driver that listens.
pub struct Driver {
    /// Where it listens.
    pub url: String,
    group: Group,
}

impl Driver {
    /// Starts tauri-driver, and through it WebKit's own driver, with this environment and no other session bus.
    pub fn start<K, V>(environment: &[(K, V)], log: &Path) -> Result<Self, Failure>
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        let (program, native) = (told("MARGINLINE_TAURI_DRIVER")?, told("MARGINLINE_NATIVE_DRIVER")?);
        let (port, native_port) = (free_port()?, free_port()?);
        let (out, errors) = (file(log)?, file(log)?);
        let mut group = Group::start(Path::new("dbus-run-session"), |command| {
            command
                .arg("--")
                .args(["setpriv", "--pdeathsig", "TERM", "--"])
                .arg(&program)
                .args(["--port", &port.to_string(), "--native-port", &native_port.to_string()])
                .arg("--native-driver")
                .arg(&native)
                .env_remove("WAYLAND_DISPLAY")
                .env_remove("DBUS_SESSION_BUS_ADDRESS")
                .envs(environment.iter().map(|(name, value)| (name, value)))
                .stdout(out)
                .stderr(errors)
        })?;
        let listens = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
        until("tauri-driver and WebKitWebDriver to listen", START, || match group.ended() {
            Some(how) => Some(Err(format!("tauri-driver ended ({how}); see {}", log.display()))),
            None => (listens(port) && listens(native_port)).then_some(Ok(())),
        })??;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), group })
    }

    /// Whether it is still there.
    pub fn check(&mut self) -> Result<(), Failure> {
        self.group.ended().map_or(Ok(()), |how| Err(format!("tauri-driver ended by itself ({how})")))
    }
}

fn file(path: &Path) -> Result<File, Failure> {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|why| format!("cannot write {}: {why}", path.display()))
}

/// A port that nothing listens on and that no other test here was given.
fn free_port() -> Result<u16, Failure> {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut given = GIVEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let given = given.get_or_insert_default();
    for _ in 0..100 {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|why| format!("cannot find a free port: {why}"))?
            .port();
        if given.insert(port) {
            return Ok(port);
        }
    }
    Err("found no free port in a hundred tries".to_owned())
}
