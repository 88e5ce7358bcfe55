//! The bridge view: why one scenario earns another margin than another.

use marginline_model::Money;

use super::info_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::bridge::Bridge;
use crate::view::{BridgeQuery, BridgeView, Kpi, Sentence, Tone};

impl Engine {
    /// The bridge between two scenarios of the workspace.
    ///
    /// # Errors
    /// When one is not there or cannot be run, they are the same, or run different months.
    pub async fn bridge(&self, query: &BridgeQuery) -> Result<Bridge> {
        if query.from == query.to {
            return Err(EngineError::usage("a bridge stands between two scenarios").then("choose another one"));
        }
        let ids = [query.from.clone(), query.to.clone()];
        let comparison = self.workbench().await?.comparison(&ids, &query.overrides)?;
        comparison.bridge()
    }

    /// The same as the window shows it.
    ///
    /// # Errors
    /// As [`Engine::bridge`].
    pub async fn bridge_view(&self, query: &BridgeQuery) -> Result<BridgeView> {
        let found = self.bridge(query).await?;
        let workbench = self.workbench().await?;
        let (mut from, mut to) = (info_of(&workbench, &query.from)?, info_of(&workbench, &query.to)?);
        from.name.clone_from(&found.from.resolved.name);
        to.name.clone_from(&found.to.resolved.name);
        let amount = |id: &str, label: &str, value: Money, note: String, tone: Tone| Kpi {
            id: id.into(),
            label: label.into(),
            value: Some(value.to_string()),
            shown: number::money(value, "USD"),
            note,
            tone,
        };
        let moved = found.bridge.to - found.bridge.from;
        let months = format!("{} months", found.from.months.len());
        let kpis = vec![
            amount("from", &from.name, found.bridge.from, months.clone(), Tone::Neutral),
            amount("moved", "Difference", moved, "sum of the drivers, exact".into(), tone_of(moved)),
            amount("to", &to.name, found.bridge.to, months, Tone::Neutral),
        ];
        let words = found.bridge.effects.iter().map(|each| Sentence {
            text: each.sentence.clone(),
            shown: number::signed(&each.effect.to_string(), 0),
            tone: tone_of(each.effect),
        });
        Ok(BridgeView { words: words.collect(), table: found.table(), from, to, kpis })
    }
}

fn tone_of(effect: Money) -> Tone {
    match effect.cmp(&Money::ZERO) {
        std::cmp::Ordering::Greater => Tone::Good,
        std::cmp::Ordering::Less => Tone::Bad,
        std::cmp::Ordering::Equal => Tone::Neutral,
    }
}
