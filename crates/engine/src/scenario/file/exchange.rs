//! What other currencies are worth: one rate for all months, or one a month.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Assumption, Series};

/// USD for one unit of a currency.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum RateFile {
    /// In all months.
    Whole(Assumption),
    /// Month by month, the last of them to the end.
    Months(Series),
}

impl<'de> Deserialize<'de> for RateFile {
    /// By its shape, so that what is wrong inside of it is told, and not that it is neither.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = toml::Value::deserialize(from)?;
        let is_series = written.is_array() || written.get("values").is_some();
        let told = |error: toml::de::Error| D::Error::custom(error.message().to_owned());
        match &written {
            _ if is_series => written.try_into().map(Self::Months).map_err(told),
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Table(_) => {
                written.try_into().map(Self::Whole).map_err(told)
            }
            other => Err(D::Error::custom(format!(
                "invalid exchange rate: {}, expected USD for one unit such as 1.08, or one a month such as [1.08, 1.09]",
                other.type_str()
            ))),
        }
    }
}

impl RateFile {
    /// The rate of all months, where there is one.
    #[must_use]
    pub fn whole(&self) -> Option<&Assumption> {
        match self {
            Self::Whole(rate) => Some(rate),
            Self::Months(_) => None,
        }
    }

    /// The rates month by month, where they are stated so.
    #[must_use]
    pub fn months(&self) -> Option<&Series> {
        match self {
            Self::Whole(_) => None,
            Self::Months(rates) => Some(rates),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::scenario::tests::PLAIN;

    fn says(rates: &str, currency: &str) -> String {
        let text = PLAIN.replace(
            "[architecture]",
            &format!("currency = \"{currency}\"\n\n[exchange_rates]\n{rates}\n[architecture]"),
        );
        parse(&text).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn an_exchange_rate_that_cannot_be_says_what_where_and_what_now() {
        assert_eq!(says("EUR = 1.08", "EUR"), "");
        assert_eq!(says("EUR = [1.08, 1.09]", "EUR"), "");
        for (rates, currency, words) in [
            ("EUR = 1.08", "GBP", "revenue.currency is \"GBP\", which has no exchange rate"),
            ("EUR = 1.08", "GBP", "state USD for one unit of it: [exchange_rates] GBP = ..."),
            ("EUR = 1.08", "eur", "revenue.currency: \"eur\" is no currency code; write EUR"),
            (
                "EUR = 1.08",
                "euro",
                "revenue.currency: \"euro\" is no currency code; write a code of three capital letters",
            ),
            ("eur = 1.08", "EUR", "exchange_rates.eur: \"eur\" is no currency code; write EUR"),
            ("USD = 1", "USD", "exchange_rates.USD is 1 by itself; leave it out"),
            ("EUR = []", "EUR", "exchange_rates.EUR: it holds 0 months, expected 1 to 120"),
            ("EUR = [1.08, 0]", "EUR", "exchange_rates.EUR: month 2 is 0, expected 0.000000001 to 1000000"),
            ("EUR = \"1.08\"", "EUR", "invalid exchange rate: string, expected USD for one unit such as 1.08"),
            ("EUR = { valeu = 1.08 }", "EUR", "unknown field `valeu`, expected one of"),
            ("EUR = { values = [1], low = 1 }", "EUR", "unknown field `low`"),
        ] {
            let found = says(rates, currency);
            assert!(found.contains(words), "{rates}: {found}");
        }
    }
}
