//! How long the real window takes: to open, to show a screen, and to follow a slider, from the event to the figures and to
//! the frame that shows them. Run by `cargo xtask bench window`; prints a name and milliseconds a line: the number of
//! times, the median and the 95th percentile.
#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]

#[cfg(target_os = "linux")]
fn main() -> Result<(), marginline_tests::Failure> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), String> {
    Err("the window is measured on Linux, where WebKitWebDriver and Xvfb exist".to_owned())
}

#[cfg(target_os = "linux")]
mod linux {
    use marginline_tests::Failure;
    use marginline_tests::window::{Machine, Window, story};
    use std::fs;
    use std::path::Path;
    use std::time::{SystemTime, UNIX_EPOCH};

    /// Ticks of the processor clock a second, as Linux tells them to programs.
    const TICKS: f64 = 100.0;
    const SCREENS: [&str; 5] = ["costs", "scenarios", "prices", "imports", "margin"];
    const ROUNDS: usize = 5;
    const STEPS: usize = 61;

    /// Numbers whose sliders are moved: of one scenario, and of one that three others stand on.
    const SLIDERS: [(&str, &str); 2] =
        [("hybrid-h100-haiku", "component.own.usd_per_gpu_hour"), ("own-h100", "architecture.usd_per_gpu_hour")];

    /// `window.measure(act, is_done)`: milliseconds from the act until what is awaited stands in the page, and until the
    /// frame after it has begun, which is when it has been painted.
    const STOPWATCH: &str = "
        window.frame = () => new Promise((done) => requestAnimationFrame(done));
        window.measure = async (act, is_done) => {
            const changed = new Promise((done) => {
                const look = () => { if (is_done()) { watch.disconnect(); done(performance.now()); } };
                const watch = new MutationObserver(look);
                watch.observe(document.body,
                    { subtree: true, childList: true, characterData: true, attributes: true });
            });
            await frame();
            const began = performance.now();
            act();
            const there = await changed;
            await frame();
            await frame();
            return [there - began, performance.now() - began];
        };
        window.told = null;
        window.tell = async (work) => { window.told = null; window.told = await work(); };";

    pub fn main() -> Result<(), Failure> {
        let machine = Machine::new()?;
        machine.cli(&["demo"])?;
        story("window-speed", machine, &[], async |window| {
            opened(window).await?;
            window.script(STOPWATCH, Vec::new()).await?;
            screens(window).await?;
            for (scenario, path) in SLIDERS {
                slider(window, scenario, path).await?;
            }
            Ok(())
        })
    }

    /// From the start of the process to its first words, and to its first figures. The driver asks for these some
    /// milliseconds late: it is at most so long.
    async fn opened(window: &Window) -> Result<(), Failure> {
        window.figure("gross_margin").await?;
        let figures = since_epoch()?;
        let script = "return [performance.timeOrigin,
            performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null]";
        let told = window.script(script, Vec::new()).await?;
        let started = process_start(&window.machine.path("w.db"))?;
        if let (Some(origin), Some(paint)) = (told[0].as_f64(), told[1].as_f64()) {
            row("process start to first paint", &mut [origin + paint - started]);
        }
        row("process start to figures, at most", &mut [figures - started]);
        Ok(())
    }

    /// From the click in the rail to the rows of the screen.
    async fn screens(window: &Window) -> Result<(), Failure> {
        let mut painted: Vec<(&str, Vec<f64>)> = SCREENS.iter().map(|screen| (*screen, Vec::new())).collect();
        for _ in 0..ROUNDS {
            for (screen, times) in &mut painted {
                let script = format!(
                    "const before = new Set(document.querySelectorAll('table'));
                     tell(() => measure(
                        () => document.querySelector('[data-testid=\"nav-{screen}\"]').click(),
                        () => [...document.querySelectorAll('table:has(tr[data-key])')].some((one) => !before.has(one))
                            && document.querySelector('[data-testid=\"loading\"], [aria-busy=\"true\"]') === null));"
                );
                times.push(answer(window, &script).await?[0]);
            }
        }
        for (screen, mut times) in painted {
            row(&format!("click to figures of {screen}, first"), &mut [times.remove(0)]);
            row(&format!("click to figures of {screen}, then"), &mut times);
        }
        Ok(())
    }

    /// From the input event of a slider to the margins of eight scenarios over 36 months.
    async fn slider(window: &Window, scenario: &str, path: &str) -> Result<(), Failure> {
        window.go("scenarios").await?;
        window.click("tab-months").await?;
        window.table("compare-months").await?;
        let choose = format!(
            "const select = document.querySelector('[data-testid=\"assumptions-of\"]');
             select.value = '{scenario}'; select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        );
        window.script(&choose, Vec::new()).await?;
        window.part(&format!("slider-{scenario}-{path}")).await?;
        let (mut there, mut painted) = (Vec::new(), Vec::new());
        for step in 0..STEPS {
            // Far enough apart that no two follow each other on the same notch of the slider.
            let share = 0.3 + 0.4 * (step * 7 % STEPS) as f64 / STEPS as f64;
            let script = format!(
                "const slider = document.querySelector('[data-testid=\"slider-{scenario}-{path}\"]');
                 const table = document.querySelector('[data-testid=\"table-compare-months\"]');
                 const before = table.textContent;
                 tell(() => measure(() => {{
                     slider.value = String(Number(slider.min) + (Number(slider.max) - Number(slider.min)) * {share});
                     slider.dispatchEvent(new Event('input', {{ bubbles: true }}));
                 }}, () => table.textContent !== before));"
            );
            let times = answer(window, &script).await?;
            there.push(times[0]);
            painted.push(times[1]);
        }
        row(&format!("slider of {scenario}, input to figures"), &mut there);
        row(&format!("slider of {scenario}, input to painted"), &mut painted);
        window.click("undo-change").await.or(Ok(()))
    }

    /// Both times of a measurement.
    async fn answer(window: &Window, script: &str) -> Result<[f64; 2], Failure> {
        window.script(script, Vec::new()).await?;
        let told = window.wait("what was measured", "return window.told").await?;
        match (told[0].as_f64(), told[1].as_f64()) {
            (Some(there), Some(painted)) => Ok([there, painted]),
            _ => Err(format!("what was measured is {told}")),
        }
    }

    fn row(name: &str, times: &mut [f64]) {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        println!("{name}\t{}\t{:.1}\t{:.1}", times.len(), at(0.5), at(0.95));
    }

    fn since_epoch() -> Result<f64, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|why| format!("the clock is wrong: {why}"))?;
        Ok(now.as_secs_f64() * 1e3)
    }

    /// When the process that has this workspace open was started, in milliseconds since 1970.
    fn process_start(workspace: &Path) -> Result<f64, Failure> {
        let told = |why: std::io::Error| format!("cannot read what runs: {why}");
        let name = workspace.to_string_lossy();
        for entry in fs::read_dir("/proc").map_err(told)?.flatten() {
            let Ok(words) = fs::read_to_string(entry.path().join("cmdline")) else { continue };
            if !words.contains(&*name) || !words.split('\0').next().is_some_and(|word| word.ends_with("-desktop")) {
                continue;
            }
            let stat = fs::read_to_string(entry.path().join("stat")).map_err(told)?;
            let uptime = fs::read_to_string("/proc/uptime").map_err(told)?;
            // The 22nd field; the second is a name in brackets and may hold blanks.
            let started = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(19)?.parse::<f64>().ok());
            let up = uptime.split_whitespace().next().and_then(|up| up.parse::<f64>().ok());
            if let (Some(started), Some(up)) = (started, up) {
                return Ok(since_epoch()? - (up - started / TICKS) * 1e3);
            }
        }
        Err("the window's process is not there".to_owned())
    }
}
