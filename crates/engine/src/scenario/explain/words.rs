//! An explanation as plain text, to be pasted into a mail or a ticket.

use std::fmt::Write;

use super::{Explained, ExplainedLine, shown};
use crate::number;

impl ExplainedLine {
    /// The line's own formula in words, and with its numbers put in; `None` where it has no steps.
    #[must_use]
    pub fn last_formula(&self) -> Option<(String, String)> {
        let (words, numbers, _) = self.formula(self.steps.last()?)?;
        Some((words, numbers))
    }
}

impl Explained {
    /// Every line as text: its figure, the formula with names and with numbers, the steps, and where each input is from.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let hash = self.hash.get(..12).unwrap_or(&self.hash);
        for line in &self.lines {
            let _ = writeln!(text, "{} · {} · {} · projected · hash {hash}", line.label, self.period(), self.name);
            let (figure, unit) =
                (number::rounded(&line.amount(), if line.unit() == "USD" { 2 } else { 6 }), line.unit());
            if let Some((words, numbers)) = line.last_formula() {
                let _ = writeln!(text, "{figure} {unit} = {words}\n    = {numbers}");
            } else if let Some(step) = line.steps.last() {
                let _ = writeln!(text, "{figure} {unit}: {}", step.source);
            }
            if line.evidence.word().is_some() {
                let _ = writeln!(text, "  evidence: {}", line.evidence.words());
            }
            let last = line.steps.len().saturating_sub(1);
            for step in line.steps.iter().take(last) {
                let unit = if step.unit.is_empty() { String::new() } else { format!(" {}", step.unit) };
                let from = match line.formula(step) {
                    Some((words, numbers, _)) => format!("= {words} = {numbers}"),
                    None => match step.evidence {
                        Some(evidence) => format!("({}; {})", step.source, evidence.word()),
                        None => format!("({})", step.source),
                    },
                };
                let _ = writeln!(text, "  {}: {}{unit} {from}", step.name, shown(step.value));
            }
            text.push('\n');
        }
        for latency in &self.latencies {
            let _ = writeln!(text, "{latency}");
        }
        text
    }
}
