//! What a person does in the window and reads from it, by the names that the interface gives its parts.

use crate::Failure;
use crate::desk::{POLL, until};
use crate::window::Window;
use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The longest to wait for anything to be shown.
const SHOWN: Duration = Duration::from_secs(60);

/// The exact cells of a row by column; `None` is unknown.
pub type Cells = BTreeMap<String, Option<String>>;

impl Window {
    /// The part with this name, once it is there.
    pub async fn part(&self, name: &str) -> Result<Element, Failure> {
        self.find(&format!("[data-testid=\"{name}\"]")).await
    }

    /// The first element that a selector finds, once there is one.
    pub async fn find(&self, selector: &str) -> Result<Element, Failure> {
        let wait = self.client.wait().at_most(SHOWN).every(POLL);
        wait.for_element(Locator::Css(selector)).await.map_err(|why| match why {
            CmdError::WaitTimeout => format!("the window shows no {selector} within {} s", SHOWN.as_secs()),
            why => format!("cannot look for {selector}: {why}"),
        })
    }

    /// Clicks the part with this name.
    pub async fn click(&self, name: &str) -> Result<(), Failure> {
        self.click_first(&format!("[data-testid=\"{name}\"]")).await
    }

    /// Clicks the first element that a selector finds. One that is redrawn at that moment is looked up again.
    pub async fn click_first(&self, selector: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + SHOWN;
        loop {
            let part = self.find(selector).await?;
            self.stands_still(selector, deadline).await?;
            match part.click().await {
                Ok(()) => return Ok(()),
                Err(why) if Instant::now() > deadline => return Err(format!("cannot click {selector}: {why}")),
                Err(_) => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Waits until the first element that a selector finds stands where it stood a moment ago: what arrives above it moves
    /// it away from under the pointer.
    async fn stands_still(&self, selector: &str, deadline: Instant) -> Result<(), Failure> {
        let script = "const place = document.querySelector(arguments[0])?.getBoundingClientRect();
            return place ? [place.x, place.y, place.width, place.height] : null";
        let mut before = Value::Null;
        loop {
            let now = self.script(script, vec![selector.into()]).await?;
            if (now == before && !now.is_null()) || Instant::now() > deadline {
                return Ok(());
            }
            before = now;
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until an import has ended like this: `done`, `review`, `asks`, `failed` or `cancelled`.
    pub async fn import_ended(&self, state: &str) -> Result<(), Failure> {
        self.find(&format!("[data-testid=\"job\"][data-state=\"{state}\"]")).await.map(|_| ())
    }

    /// Goes to a screen through the rail.
    pub async fn go(&self, screen: &str) -> Result<(), Failure> {
        self.click(&format!("nav-{screen}")).await?;
        let there = format!("return location.hash.startsWith('#/{screen}')");
        self.wait(&format!("the address to be #/{screen}"), &there).await.map(|_| ())
    }

    /// Runs a script in the page.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value, Failure> {
        let answer = self.client.execute(script, arguments).await;
        answer.map_err(|why| format!("the page refused a script: {why}"))
    }

    /// Runs a script until it answers with something other than null, false or empty.
    pub async fn wait(&self, what: &str, script: &str) -> Result<Value, Failure> {
        let deadline = Instant::now() + SHOWN;
        loop {
            let answer = self.script(script, Vec::new()).await?;
            if !matches!(&answer, Value::Null | Value::Bool(false)) && answer != json!("") {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                return Err(format!("waited {} s for {what}", SHOWN.as_secs()));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The exact value of a headline figure, once it is shown.
    pub async fn figure(&self, id: &str) -> Result<String, Failure> {
        let script = format!("return document.querySelector('[data-testid=\"kpi-{id}-value\"]')?.dataset.value");
        let value = self.wait(&format!("a value of kpi-{id}-value"), &script).await?;
        value.as_str().map(str::to_owned).ok_or_else(|| format!("kpi-{id}-value is no text: {value}"))
    }

    /// The words of the part with this name, once there are some.
    pub async fn words(&self, name: &str) -> Result<String, Failure> {
        let script = format!("return document.querySelector('[data-testid=\"{name}\"]')?.innerText?.trim()");
        let words = self.wait(&format!("words in {name}"), &script).await?;
        Ok(words.as_str().unwrap_or_default().to_owned())
    }

    /// The exact cells of a table, by row key in the order shown, once it has a row.
    pub async fn table(&self, id: &str) -> Result<Vec<(String, Cells)>, Failure> {
        let script = format!(
            "const rows = [...document.querySelectorAll('[data-testid=\"table-{id}\"] tr[data-key]')];
             return rows.length === 0 ? null : rows.map(row => [row.dataset.key, Object.fromEntries(
                 [...row.querySelectorAll('[data-col]')].flatMap(({{ dataset }}) => [[dataset.col, dataset.value || null],
                     ...('low' in dataset ? [[`${{dataset.col}}_low`, dataset.low || null],
                         [`${{dataset.col}}_high`, dataset.high || null]] : [])])) ]);"
        );
        let rows = self.wait(&format!("rows of table-{id}"), &script).await?;
        serde_json::from_value(rows).map_err(|why| format!("table-{id} is not a table of words: {why}"))
    }

    /// Presses a key on the element that a selector finds.
    pub async fn press(&self, selector: &str, key: Key) -> Result<(), Failure> {
        let part = self.find(selector).await?;
        let text = char::from(key).to_string();
        part.send_keys(&text).await.map_err(|why| format!("cannot press a key on {selector}: {why}"))
    }

    /// Types into a field, in place of what stands there.
    pub async fn fill(&self, name: &str, text: &str) -> Result<(), Failure> {
        let part = self.part(name).await?;
        let held = part.prop("value").await.ok().flatten().unwrap_or_default();
        let back = char::from(Key::Backspace).to_string().repeat(held.chars().count());
        part.send_keys(&format!("{back}{text}")).await.map_err(|why| format!("cannot type into {name}: {why}"))
    }

    /// Exports: opens a menu of formats and takes one. The file goes to the export folder, without a dialog.
    pub async fn export(&self, menu: &str, format: &str) -> Result<(), Failure> {
        self.click(menu).await?;
        self.click(format).await
    }

    /// Waits until nothing is being loaded or drawn, so that a picture is of the whole screen.
    pub async fn settle(&self) -> Result<(), Failure> {
        let script = "return document.fonts.status === 'loaded'
            && document.querySelector('[data-testid=\"loading\"], [aria-busy=\"true\"]') === null
            && [...document.images].every(image => image.complete && image.naturalWidth > 0)";
        self.wait("the screen to be complete", script).await.map(|_| ())
    }

    /// Lets nothing have the focus and closes passing messages, which no picture of the guide should show.
    pub async fn still(&self) -> Result<(), Failure> {
        let script = "document.activeElement?.blur();
            document.querySelectorAll('[data-testid=\"toast\"] [aria-label=\"Close message\"]').forEach(x => x.click());";
        self.script(script, Vec::new()).await.map(|_| ())
    }

    /// The only file with this ending in the export folder, once it is there and whole.
    pub fn exported(&self, ending: &str) -> Result<PathBuf, Failure> {
        let folder = self.machine.path("exports");
        let mut before = None;
        until(&format!("a file *.{ending} in the export folder"), SHOWN, || {
            let files: Vec<PathBuf> =
                fs::read_dir(&folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
            let mut found = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == ending));
            let (first, second) = (found.next()?, found.next());
            let now = fs::metadata(&first).ok()?.len();
            // Whole: as long as at the look before.
            let whole = second.is_none() && now > 0 && before == Some(now);
            before = Some(now);
            whole.then_some(first)
        })
    }
}
