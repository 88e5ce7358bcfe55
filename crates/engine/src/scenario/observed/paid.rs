//! What the models of APIs were paid: list prices in the proportion in which the ledger's cost stands to them, or the
//! ledger's own cost of a request where no list price tells anything. What neither tells is unknown, and never 0.

use marginline_model::scenario::{Api, Evidence, TokenPrices};

use super::{Observed, Served};

/// What tells the price of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidBy {
    /// Lines of the ledger that name the model.
    Model,
    /// Lines of the ledger that name its provider and no model, shared out by list prices (by requests where none of the
    /// provider's models has one).
    Provider,
    /// The list price alone.
    List,
}

/// How a model was paid in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paid {
    /// List prices; all 0 where `usd_per_request` stands instead.
    pub list: TokenPrices,
    /// What was paid over the list prices, 1 where they are the same.
    pub level: f64,
    /// USD of one request where no list price tells its cost; else 0.
    pub usd_per_request: f64,
    /// What tells it.
    pub by: PaidBy,
    /// How well it is known.
    pub evidence: Evidence,
}

impl Paid {
    /// Is the cost of a request all that is known of its price?
    #[must_use]
    pub fn is_unlisted(&self) -> bool {
        self.usd_per_request > 0.0
    }

    /// As the month function takes it.
    #[must_use]
    pub fn api(&self) -> Api {
        Api { usd_per_request: self.usd_per_request, price_level: self.level, ..Api::at(self.list) }
    }
}

/// List value of a model's requests, USD of a month; `None` where a class has no price.
pub(super) fn listed(served: &Served) -> Option<f64> {
    served.list.as_ref().ok().map(|list| served.requests * list.usd_per_request(served.tokens))
}

/// How a model was paid; `None` where neither a list price nor the ledger tells it.
///
/// A bill that names no model is shared out over the provider's models in proportion to their list prices, together with
/// the lines that name one of them, so that the shares add up to the bill. A model of the provider without a list price
/// is paid by the lines that name it alone; where none of them has a list price, each request bears the same.
#[must_use]
pub fn paid(observed: &Observed, served: &Served) -> Option<Paid> {
    let own = listed(served).filter(|listed| *listed > 0.0);
    let at_list = |level: f64, by, evidence| {
        let list = served.list.clone().unwrap_or_default();
        Paid { list, level, usd_per_request: 0.0, by, evidence }
    };
    let by_request = |usd_per_request: f64, by, evidence| Paid {
        list: TokenPrices::default(),
        level: 1.0,
        usd_per_request,
        by,
        evidence,
    };
    let named = served.cost_usd.map(|cost| cost / served.requests).filter(|each| *each > 0.0);
    let Some((provider, billed)) = observed.providers.iter().find(|(provider, _)| *provider == served.provider) else {
        return match (own, served.cost_usd) {
            (Some(listed), Some(cost)) => Some(at_list(cost / listed, PaidBy::Model, served.evidence)),
            // Without a list price a cost of nothing tells nothing: an accrual that found no price is 0, too.
            (None, Some(_)) if named.is_some() => named.map(|each| by_request(each, PaidBy::Model, served.evidence)),
            (Some(_), None) => Some(at_list(1.0, PaidBy::List, Evidence::Published)),
            // A price list that asks nothing for it is a price.
            (None, _) => served.list.is_ok().then(|| at_list(1.0, PaidBy::List, Evidence::Published)),
        };
    };
    let mine = || observed.served.iter().filter(|each| each.provider == *provider);
    let (value, with_list) = mine()
        .filter_map(|each| Some((listed(each)?, each.cost_usd.unwrap_or(0.0))))
        .fold((0.0, 0.0), |(value, costs), (listed, cost)| {
            (value + listed, if listed > 0.0 { costs + cost } else { costs })
        });
    if value > 0.0 {
        return match own {
            Some(_) => Some(at_list((billed + with_list) / value, PaidBy::Provider, Evidence::Billed)),
            None if named.is_some() => named.map(|each| by_request(each, PaidBy::Model, served.evidence)),
            None => served.list.is_ok().then(|| at_list(1.0, PaidBy::List, Evidence::Published)),
        };
    }
    let requests: f64 = mine().map(|each| each.requests).sum();
    let each = billed / requests + named.unwrap_or(0.0);
    (each > 0.0).then(|| by_request(each, PaidBy::Provider, Evidence::Billed))
}

impl Observed {
    /// Puts what has no price at all among what is left out; the others carry what its provider's bill says.
    pub(super) fn leave_unknown_out(&mut self) {
        let known: Vec<bool> = self.served.iter().map(|each| paid(self, each).is_some()).collect();
        let all = std::mem::take(&mut self.served);
        for (each, is_known) in all.into_iter().zip(known) {
            if is_known {
                self.served.push(each);
                continue;
            }
            let months = self.months();
            let requests = crate::number::count((each.requests * months).round() as u64);
            let reason = each.list.err().unwrap_or_else(|| "nothing tells its price".to_owned());
            self.left_out.push(format!("{requests} requests of {}: {reason}", each.model));
            self.unpriced.push(each.model);
        }
    }
}

#[cfg(test)]
mod tests {
    use marginline_model::Month;
    use marginline_model::scenario::TokensPerRequest;

    use super::super::Sources;
    use super::*;
    use crate::report::Period;

    /// 1,000 requests a month of 1,000 tokens in: at 2 USD a million tokens they cost 2 USD.
    fn model(provider: &str, model: &str, list: Option<f64>, cost_usd: Option<f64>) -> Served {
        let list = list.map(|usd| TokenPrices { input_usd_per_mtok: usd, ..TokenPrices::default() });
        Served {
            provider: provider.into(),
            model: model.into(),
            tier: String::new(),
            requests: 1_000.0,
            tokens: TokensPerRequest { input: 1_000.0, ..TokensPerRequest::default() },
            list: list.ok_or_else(|| "unpriced: no list knows it".to_owned()),
            cost_usd,
            evidence: Evidence::Billed,
        }
    }

    fn observed(served: Vec<Served>, providers: &[(&str, f64)]) -> Observed {
        let month: Month = "2026-10".parse().unwrap();
        Observed {
            period: Period { from: month, to: month },
            product: None,
            served,
            providers: providers.iter().map(|(name, usd)| ((*name).to_owned(), *usd)).collect(),
            fleets: Vec::new(),
            kept: Vec::new(),
            below_zero: Vec::new(),
            revenue_usd: 0.0,
            cost_usd: 0.0,
            unpriced: Vec::new(),
            left_out: Vec::new(),
            sources: Sources::default(),
        }
    }

    fn usd(found: &Observed, at: usize) -> Option<f64> {
        let served = &found.served[at];
        paid(found, served).map(|paid| served.requests * paid.api().usd_per_request(served.tokens, 0))
    }

    #[test]
    fn a_named_cost_is_told_against_the_list_price() {
        let found = observed(vec![model("a", "big", Some(2.0), Some(1.5))], &[]);
        let paid = paid(&found, &found.served[0]).unwrap();
        assert_eq!((paid.level, paid.by, paid.is_unlisted()), (0.75, PaidBy::Model, false));
        assert!((usd(&found, 0).unwrap() - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_model_without_a_list_price_has_its_own_cost_of_a_request() {
        let found = observed(vec![model("a", "new", None, Some(3.0)), model("a", "big", Some(2.0), Some(2.0))], &[]);
        assert_eq!(paid(&found, &found.served[0]).unwrap().usd_per_request, 0.003);
        assert!((usd(&found, 0).unwrap() - 3.0).abs() < 1e-12);
        assert!((usd(&found, 1).unwrap() - 2.0).abs() < 1e-12, "the other one is as it was");
    }

    #[test]
    fn a_model_without_either_is_unknown_and_named() {
        for cost in [None, Some(0.0)] {
            let mut found = observed(vec![model("a", "new", None, cost), model("b", "big", Some(2.0), None)], &[]);
            assert_eq!(paid(&found, &found.served[0]), None, "{cost:?}");
            found.leave_unknown_out();
            assert_eq!(found.served.len(), 1);
            assert_eq!(found.left_out, ["1,000 requests of new: unpriced: no list knows it"]);
            assert_eq!(found.unpriced, ["new"]);
        }
    }

    #[test]
    fn a_bill_without_models_is_shared_by_list_prices_and_adds_up() {
        // 9 USD without a model and 1 USD with one, over 2 + 6 USD of list prices: each at 10 ÷ 8 of its list price.
        let two = vec![model("a", "big", Some(6.0), None), model("a", "small", Some(2.0), Some(1.0))];
        let found = observed(two, &[("a", 9.0)]);
        assert!((usd(&found, 0).unwrap() - 7.5).abs() < 1e-12 && (usd(&found, 1).unwrap() - 2.5).abs() < 1e-12);
    }

    #[test]
    fn a_model_without_a_list_price_takes_no_part_of_a_bill_that_others_have_a_measure_for() {
        let two = vec![model("a", "big", Some(6.0), None), model("a", "new", None, Some(4.0))];
        let mut found = observed(two, &[("a", 9.0)]);
        assert!((usd(&found, 0).unwrap() - 9.0).abs() < 1e-12 && (usd(&found, 1).unwrap() - 4.0).abs() < 1e-12);
        found.served[1].cost_usd = None;
        assert!((usd(&found, 0).unwrap() - 9.0).abs() < 1e-12 && usd(&found, 1).is_none());
    }

    #[test]
    fn a_bill_over_models_that_no_list_knows_is_shared_by_requests() {
        let mut two = vec![model("a", "new", None, None), model("a", "newer", None, Some(2.0))];
        two[1].requests = 3_000.0;
        let found = observed(two, &[("a", 8.0)]);
        assert!((usd(&found, 0).unwrap() - 2.0).abs() < 1e-12 && (usd(&found, 1).unwrap() - 8.0).abs() < 1e-12);
    }

    #[test]
    fn a_list_price_of_nothing_is_a_price() {
        let found = observed(vec![model("a", "free", Some(0.0), None)], &[]);
        assert_eq!(usd(&found, 0), Some(0.0));
        let charged = observed(vec![model("a", "free", Some(0.0), Some(5.0))], &[]);
        assert!((usd(&charged, 0).unwrap() - 5.0).abs() < 1e-12, "what the ledger says goes before it");
    }

    proptest::proptest! {
        /// Shares of the ledger's cost add up to it, and none is below zero, whatever has a list price.
        #[test]
        fn shares_add_up(
            models in proptest::collection::vec((proptest::option::of(0.0..9.0f64), proptest::option::of(0.0..99.0f64), 1.0..1e6f64), 1..6),
            bill in proptest::option::of(0.01..1e6f64),
        ) {
            let served = models.into_iter().enumerate().map(|(at, (list, cost, requests))| {
                Served { requests, ..model("a", &format!("m{at}"), list, cost) }
            });
            let bills: Vec<(&str, f64)> = bill.into_iter().map(|usd| ("a", usd)).collect();
            let mut found = observed(served.collect(), &bills);
            let named: f64 = found.served.iter().filter_map(|each| each.cost_usd).sum();
            found.leave_unknown_out();
            let mut told = 0.0;
            for (at, each) in found.served.iter().enumerate() {
                let usd = usd(&found, at).unwrap();
                proptest::prop_assert!(usd.is_finite() && usd >= 0.0);
                told += if paid(&found, each).unwrap().by == PaidBy::List { 0.0 } else { usd };
            }
            let due = named + bill.unwrap_or(0.0);
            proptest::prop_assert!((told - due).abs() <= 1e-9 * due.max(1.0), "{} of {}", told, due);
        }
    }
}
