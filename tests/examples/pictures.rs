//! `cargo xtask pictures`: drives the real window through its screens, light and dark, and keeps a picture of each.
#![allow(clippy::print_stdout, reason = "it tells which pictures it wrote")]

#[cfg(target_os = "linux")]
fn main() -> Result<(), marginline_tests::Failure> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), String> {
    Err("pictures are taken on Linux, where WebKitWebDriver and Xvfb exist".to_owned())
}

#[cfg(target_os = "linux")]
mod linux {
    use marginline_tests::Failure;
    use marginline_tests::window::{Machine, Window, story};
    use std::fs;
    use std::path::{Path, PathBuf};

    const THEMES: [&str; 2] = ["light", "dark"];
    /// The sample is imported when the picture is taken; a time of day would make every picture a new one.
    const STILL_CLOCK: &str = r"
        const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (words.nextNode()) {
            const text = words.currentNode;
            const still = text.data.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '2026-11-21 09:00');
            if (still !== text.data) text.data = still;
        }
        for (const day of document.querySelectorAll('td[data-col=imported] span')) day.textContent = '2026-11-21';";
    const SIZE: (u32, u32) = (1280, 800);
    const SCREENS: [&str; 5] = ["margin", "costs", "scenarios", "prices", "imports"];

    pub fn main() -> Result<(), Failure> {
        let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name the folder the pictures go to")?;
        fs::create_dir_all(&folder).map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
        story("pictures", Machine::new()?, &[], async |window| {
            for theme in THEMES {
                picture(window, "margin", theme, "open-sample", &folder.join(format!("first-start-{theme}.png")))
                    .await?;
            }
            window.click("open-sample").await?;
            window.figure("gross_margin").await?;
            for theme in THEMES {
                for screen in SCREENS {
                    let nav = format!("nav-{screen}");
                    picture(window, screen, theme, &nav, &folder.join(format!("{screen}-{theme}.png"))).await?;
                }
            }
            Ok(())
        })
    }

    /// Goes to an address and takes its picture once it is complete and still.
    async fn picture(window: &Window, screen: &str, theme: &str, part: &str, file: &Path) -> Result<(), Failure> {
        window.script(&format!("location.hash = '#/{screen}?theme={theme}'"), Vec::new()).await?;
        let dressed = format!("return document.documentElement.dataset.theme === '{theme}'");
        window.wait(&format!("the {theme} theme"), &dressed).await?;
        window.part(part).await?;
        window.still().await?;
        window.script(STILL_CLOCK, Vec::new()).await?;
        // A picture is asked for at once, then again until two are equal: what moves is over by then.
        let mut before = Vec::new();
        for _ in 0..40 {
            window.settle().await?;
            let now = window.picture().await?;
            if now == before {
                if size(&now) != Some(SIZE) {
                    return Err(format!("the picture of {screen} is {:?}, not {SIZE:?}", size(&now)));
                }
                fs::write(file, now).map_err(|why| format!("cannot write {}: {why}", file.display()))?;
                println!("{}", file.display());
                return Ok(());
            }
            before = now;
        }
        Err(format!("{screen} ({theme}) never stands still"))
    }

    /// Width and height as the PNG's header has them.
    fn size(png: &[u8]) -> Option<(u32, u32)> {
        let number = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
        Some((number(16)?, number(20)?))
    }
}
