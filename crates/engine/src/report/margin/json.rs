//! The margin report as programs read it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{MarginReport, MarginSums, weakest};
use crate::convert::RateUsed;
use crate::error::{EngineError, Result};
use crate::number;
use crate::report::PeriodWords;
use crate::report::gaps;
use crate::report::headline::headline;
use crate::view::{MarginBy, MonthBasis};

#[derive(Serialize)]
struct Json {
    period: PeriodWords,
    month_basis: MonthBasis,
    cost_basis: &'static str,
    currency: String,
    headline: &'static str,
    by: MarginBy,
    rows: Vec<Map<String, Value>>,
    total: Map<String, Value>,
    outside: Vec<Value>,
    corrections: Vec<Value>,
    unconverted: Vec<gaps::Unconverted>,
    priced_share: Option<String>,
    unpriced: Vec<gaps::Unpriced>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claims: Vec<gaps::Claim>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stand_ins: Vec<gaps::StandIn>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    compared: Vec<gaps::Compared>,
    price_source: &'static str,
    fx: Vec<RateUsed>,
}

impl MarginReport {
    /// The JSON document of `report margin`.
    ///
    /// # Errors
    /// Never in practice; serialising plain values cannot fail.
    pub fn json(&self) -> Result<Value> {
        let rows = self.rows.iter().map(|(name, sums)| {
            let mut object = Map::new();
            let key = serde_json::to_value(self.by).unwrap_or(Value::Null);
            let name = name.clone().map_or(Value::Null, Value::from);
            object.insert(key.as_str().unwrap_or("group").to_owned(), name);
            object.extend(self.object(sums));
            object
        });
        let json = Json {
            period: self.period.words(),
            month_basis: self.basis,
            cost_basis: "effective",
            currency: self.currency.clone(),
            headline: headline(&self.with_books),
            by: self.by,
            rows: rows.collect(),
            total: self.object(&self.total),
            outside: self
                .outside
                .iter()
                .map(|(class, amount)| json!({"class": class.label(), "effective": amount.to_string()}))
                .collect(),
            corrections: self
                .corrections
                .iter()
                .map(|((booked, used), amount)| {
                    json!({"billing_month": booked.to_string(), "usage_month": used.to_string(), "effective": amount.to_string()})
                })
                .collect(),
            unconverted: self.gaps.unconverted.clone(),
            priced_share: self.gaps.priced_share.clone(),
            unpriced: self.gaps.unpriced.clone(),
            claims: self.gaps.claims.clone(),
            stand_ins: self.gaps.stand_ins.clone(),
            compared: self.gaps.compared.clone(),
            price_source: crate::prices::SOURCE,
            fx: self.rates.clone(),
        };
        serde_json::to_value(json).map_err(|error| EngineError::failed(error.to_string()))
    }

    fn object(&self, sums: &MarginSums) -> Map<String, Value> {
        let mut object = Map::new();
        let lines: Vec<Value> = sums
            .lines
            .keys()
            .map(|name| {
                json!({
                    "line": name,
                    "amount": sums.line(name).to_string(),
                    "evidence": weakest(&sums.lines[name]).word(),
                })
            })
            .collect();
        object.insert("revenue".into(), Value::from(sums.revenue.to_string()));
        object.insert("cost_of_revenue".into(), Value::from(sums.cost().to_string()));
        object.insert("lines".into(), Value::from(lines));
        object.insert("gross_margin".into(), Value::from(sums.margin().to_string()));
        object.insert("gross_margin_percent".into(), sums.margin_percent().map_or(Value::Null, Value::from));
        object.insert(
            "gross_margin_without_credits".into(),
            Value::from((sums.margin() + sums.line("Credits")).to_string()),
        );
        object.insert("cost_is_lower_bound".into(), Value::from(sums.cost_is_a_bound()));
        let (spread, cost) = (sums.spread(), sums.cost());
        for (name, range) in [
            ("cost_of_revenue", spread.range(cost)),
            ("gross_margin", spread.rest(sums.revenue, cost)),
            ("gross_margin_percent", spread.rest_percent(sums.revenue, cost)),
        ] {
            object.insert(format!("{name}_low"), range.low.map_or(Value::Null, Value::from));
            object.insert(format!("{name}_high"), range.high.map_or(Value::Null, Value::from));
        }
        object.insert("tokens".into(), Value::from(sums.priced.tokens.to_string()));
        sums.priced.put(&mut object);
        object.insert(
            number::named_in("usd_per_mtok", &self.currency),
            number::per_mtok(sums.cost(), sums.priced.tokens).map_or(Value::Null, Value::from),
        );
        object
    }
}
