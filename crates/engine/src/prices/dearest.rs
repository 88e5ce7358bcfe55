//! The dearest prices that the ledger holds, kept beside it: what has no price costs at most these. To find them every
//! price has to be read, which an import does once, and not each report.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::Resource;
use marginline_store::prices::DearestPrice;
use serde::{Deserialize, Serialize};

use crate::Engine;
use crate::error::Result;

/// Name of the fact in the workspace.
const FACT: &str = "dearest prices";

/// The dearest prices of the ledger by class and days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dearest(Vec<DearestPrice>);

/// The text that the workspace keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Version of the ledger that it was made from: with any change of the ledger it is asked anew.
    version: i64,
    prices: Vec<KeptPrice>,
}

/// Resource, class, first day, first day after, amount.
type KeptPrice = (String, String, NaiveDate, Option<NaiveDate>, String);

impl Dearest {
    /// The dearest price of a class on a day, whoever sells it, in USD.
    pub(super) fn on(&self, resource: Resource, class: &str, day: NaiveDate) -> Option<Money> {
        let is = |price: &&DearestPrice| price.resource == resource && price.class == class;
        let holds = |price: &&DearestPrice| price.valid_from <= day && price.valid_to.is_none_or(|end| day < end);
        self.0.iter().filter(is).filter(holds).map(|price| price.amount).max()
    }

    /// `None` where the text is of another version of the ledger, or damaged.
    fn recalled(text: &str, version: i64) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok().filter(|kept: &Kept| kept.version == version)?;
        let price = |(resource, class, valid_from, valid_to, amount): KeptPrice| {
            let (resource, amount) = (resource.parse().ok()?, Money::parse(&amount).ok()?);
            Some(DearestPrice { resource, class, valid_from, valid_to, amount })
        };
        Some(Self(kept.prices.into_iter().map(price).collect::<Option<_>>()?))
    }

    fn to_text(&self, version: i64) -> serde_json::Result<String> {
        let price = |price: &DearestPrice| {
            let DearestPrice { resource, class, valid_from, valid_to, amount } = price;
            (resource.id().to_owned(), class.clone(), *valid_from, *valid_to, amount.to_string())
        };
        serde_json::to_string(&Kept { version, prices: self.0.iter().map(price).collect() })
    }
}

impl Engine {
    /// The dearest prices of the ledger: as kept, or asked where it has changed since.
    pub(super) async fn dearest_prices(&self) -> Result<Dearest> {
        let version = self.ledger().version().await?;
        let kept = self.ledger().fact(FACT).await?;
        match kept.and_then(|text| Dearest::recalled(&text, version)) {
            Some(dearest) => Ok(dearest),
            None => Ok(Dearest(self.ledger().dearest_prices().await?)),
        }
    }

    /// Keeps the dearest prices of a ledger that has prices.
    pub(super) async fn keep_dearest_prices(&self) -> Result<()> {
        if !self.ledger().has_prices().await? {
            return Ok(());
        }
        let version = self.ledger().version().await?;
        let dearest = Dearest(self.ledger().dearest_prices().await?);
        match dearest.to_text(version) {
            Ok(text) => Ok(self.ledger().set_fact(FACT, &text).await?),
            // A report asks for what could not be kept.
            Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_kept_comes_back_for_that_version_only() {
        let price = |class: &str, to: Option<&str>, amount: &str| DearestPrice {
            resource: Resource::Tokens,
            class: class.into(),
            valid_from: day("2026-01-01"),
            valid_to: to.map(day),
            amount: Money::parse(amount).unwrap(),
        };
        let dearest = Dearest(vec![price("input", Some("2026-02-01"), "9.5"), price("input", None, "2"), {
            price("output", None, "0.000000000000000001")
        }]);
        let text = dearest.to_text(7).unwrap();
        assert_eq!(Dearest::recalled(&text, 7), Some(dearest.clone()));
        assert_eq!(Dearest::recalled(&text, 8), None, "the ledger has changed");
        assert_eq!(Dearest::recalled(&text.replace("9.5", "nine"), 7), None);
        let input = |on: &str| dearest.on(Resource::Tokens, "input", day(on)).map(|amount| amount.to_string());
        assert_eq!(input("2025-12-31"), None);
        assert_eq!(input("2026-01-31").as_deref(), Some("9.5"));
        assert_eq!(input("2026-02-01").as_deref(), Some("2"), "the end is excluded");
        assert_eq!(dearest.on(Resource::Gpu, "", day("2026-01-01")), None);
    }
}
