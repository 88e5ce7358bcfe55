//! The sums of a month, or of all months: cost of revenue and gross margin, of lines that are explained under their own
//! names, and what is divided from them. They are sums of whole cents, as the run has them.

use marginline_model::Money;
use marginline_model::scenario::{Evidence, EvidenceShares};

use super::ExplainedLine;
use super::expression::{Expression, number, over, value};
use super::steps::{Stated, Steps};
use crate::error::{EngineError, Result};
use crate::scenario::Run;
use crate::scenario::evidence::{FigureEvidence, Known};

/// The name of what requests earn.
pub const REVENUE: &str = "Revenue";
/// The name of the sum of all cost lines.
pub const COST: &str = "Cost of revenue";
/// The name of revenue less all cost lines.
pub const MARGIN: &str = "Gross margin";
/// The name of the same as a share of revenue.
pub const MARGIN_PERCENT: &str = "Gross margin in percent";
/// The name of cost of revenue over millions of tokens.
pub const COST_PER_MTOK: &str = "Cost per M tokens";
/// The name of cost of revenue over requests.
pub const COST_PER_REQUEST: &str = "Cost per request";

/// What one month, or all of them together, come to.
pub(super) struct Sums<'a> {
    /// Where its parts are from.
    source: &'static str,
    revenue: Money,
    cogs: Money,
    /// Label, amount and what it rests on.
    lines: Vec<(&'a str, Money, EvidenceShares)>,
    /// How well they are known.
    known: &'a Known,
    tokens: f64,
    requests: f64,
}

impl<'a> Sums<'a> {
    /// Of one month, 0 the first; of all together where none is named.
    pub(super) fn of(run: &'a Run, month: Option<usize>) -> Self {
        let evidence = run.evidence();
        let months = match month {
            Some(index) => run.months.get(index).map_or(&[][..], std::slice::from_ref),
            None => run.months.as_slice(),
        };
        let known = month.and_then(|index| evidence.months.get(index)).unwrap_or(&evidence.whole);
        let mut lines: Vec<(&str, Money, EvidenceShares)> = Vec::new();
        for month in months {
            for (at, (label, amount)) in month.lines.iter().enumerate() {
                match lines.get_mut(at) {
                    Some((_, sum, _)) => *sum += *amount,
                    None => {
                        let known = known.lines.get(at).map(FigureEvidence::shares).unwrap_or_default();
                        lines.push((label, *amount, known));
                    }
                }
            }
        }
        Self {
            source: match month {
                None => "of all months, in whole cents",
                Some(_) => "a line of this month, in whole cents",
            },
            revenue: months.iter().map(|month| month.revenue).sum(),
            cogs: months.iter().map(|month| month.cogs).sum(),
            lines,
            known,
            tokens: months.iter().map(|month| month.tokens).sum(),
            requests: months.iter().map(|month| month.requests).sum(),
        }
    }
}

/// The sum of this name, if there is one.
///
/// # Errors
/// When it is divided by revenue, tokens or requests of which there are none.
pub(super) fn explained(stated: &Stated, sums: &Sums, label: &str) -> Result<Option<ExplainedLine>> {
    let mut steps = Steps::of(stated);
    let evidence = match label {
        COST => {
            let lines = sums
                .lines
                .iter()
                .map(|(name, amount, known)| steps.sum(name, "USD", amount.to_f64(), (sums.source, *known)));
            let sum = Expression::Sum(lines.map(value).collect());
            steps.last(COST, "USD", sum);
            &sums.known.cogs
        }
        MARGIN | MARGIN_PERCENT => {
            let from = (sums.source, sums.known.revenue.shares());
            let revenue = steps.sum(REVENUE, "USD", sums.revenue.to_f64(), from);
            let cost = steps.sum(COST, "USD", sums.cogs.to_f64(), (sums.source, sums.known.cogs.shares()));
            let rest = Expression::Difference(Box::new(value(revenue)), Box::new(value(cost)));
            let margin = steps.step(MARGIN, "USD", rest);
            if label == MARGIN_PERCENT {
                divides(label, sums.revenue.to_f64(), "revenue")?;
                let share = over(value(margin), value(revenue));
                steps.step(label, "%", Expression::Product(vec![share, number(100.0)]));
            }
            &sums.known.margin
        }
        COST_PER_MTOK | COST_PER_REQUEST => {
            let cost = steps.sum(COST, "USD", sums.cogs.to_f64(), (sums.source, sums.known.cogs.shares()));
            let told = ("as the run has them", Evidence::Modelled);
            if label == COST_PER_MTOK {
                divides(label, sums.tokens, "tokens")?;
                let tokens = steps.given("tokens of all classes", "tokens", sums.tokens.round(), told);
                let each = over(value(cost), value(tokens));
                steps.step(label, "USD/Mtok", Expression::Product(vec![each, number(1e6)]));
            } else {
                divides(label, sums.requests, "requests")?;
                let requests = steps.given("requests", "requests", sums.requests.round(), told);
                steps.step(label, "USD/request", over(value(cost), value(requests)));
            }
            &sums.known.cogs
        }
        _ => return Ok(None),
    };
    Ok(Some(ExplainedLine { label: label.to_owned(), steps: steps.steps, evidence: evidence.clone() }))
}

/// What a figure is divided by must be there. Less than one token, or one request, is none.
fn divides(label: &str, by: f64, what: &str) -> Result<()> {
    let least = if what == "revenue" { f64::MIN_POSITIVE } else { 1.0 };
    if by >= least {
        return Ok(());
    }
    Err(EngineError::failed(format!("{label} is not known: there is no {what} to divide by"))
        .then("choose another month or figure"))
}

#[cfg(test)]
mod tests {
    use super::{COST, COST_PER_MTOK, COST_PER_REQUEST, MARGIN, MARGIN_PERCENT};
    use crate::Engine;
    use crate::scenario::tests::PLAIN;

    /// A GPU of 500 tokens a second at 2 USD, and support.
    fn two_lines() -> String {
        let gpus = PLAIN.replace("per_gpu = 10", "per_gpu = 500").replace("gpu_hour = 0", "gpu_hour = 2");
        format!("{gpus}\n[[cost]]\nlabel = \"Support\"\nusd_per_month = 560\n")
    }

    #[tokio::test]
    async fn sums_are_explained_by_the_lines_that_they_are_of() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&folder.path().join("w.db")).await.unwrap();
        let runs = engine.run_scenarios(&[("two".to_owned(), two_lines())]).await.unwrap();
        let run = &runs.runs[0];
        // 1 M × 100 ÷ 720 h is 38.6 tokens/s: one GPU, 720 h × 2 USD = 1,440, and 560 of support.
        let cost = run.explain(None, Some(COST)).unwrap();
        assert_eq!(cost.lines[0].value(), 2_000.0);
        let names: Vec<&str> = cost.lines[0].steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names[1..], ["Support", COST]);
        let margin = run.explain(None, Some(MARGIN)).unwrap();
        assert_eq!(margin.lines[0].value(), 8_000.0, "10,000 of revenue less 2,000");
        assert!(run.explain(None, None).unwrap().lines.iter().all(|line| line.label != COST), "lines alone");
        let error = run.explain(None, Some("GPU")).unwrap_err().to_string();
        assert!(error.contains("Support, Cost of revenue, Gross margin, Gross margin in percent"), "{error}");
        let text = cost.text();
        assert!(text.contains("2,000.00 USD = "), "{text}");
        assert!(text.contains("Support: 560 USD"), "{text}");
    }

    #[tokio::test]
    async fn what_is_divided_from_the_sums_and_all_months_together_are_explained_too() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&folder.path().join("w.db")).await.unwrap();
        let texts = |text: &str| vec![("two".to_owned(), text.to_owned())];
        let runs = engine.run_scenarios(&texts(&two_lines())).await.unwrap();
        let told = |month: &str, line: &str| {
            let found = runs.runs[0].explain_of(Some(month), Some(line)).unwrap();
            let line = &found.lines[0];
            (line.amount(), line.unit(), found.text())
        };
        // A month earns 8,000 of 10,000; 1 M requests of 1,100 tokens are 1,100 M tokens for 2,000 USD.
        assert_eq!(told("2026-11", MARGIN_PERCENT).0, "80.000000");
        assert_eq!(told("2026-11", COST_PER_MTOK).0, "1.818182");
        let (amount, unit, text) = told("2026-11", COST_PER_REQUEST);
        assert_eq!((amount.as_str(), unit), ("0.002000", "USD/request"));
        assert!(text.contains("0.002000 USD/request = Cost of revenue ÷ requests"), "{text}");
        // November has 30 days and December 31: one GPU is 1,440 and 1,488, with 560 of support 4,048 of 20,000.
        assert_eq!(told("all", COST).0, "4048.00");
        assert_eq!(told("all", MARGIN).0, "15952.00");
        assert_eq!(told("all", MARGIN_PERCENT).0, "79.760000");
        assert_eq!(told("all", "Support").0, "1120.00");
        let (amount, _, text) = told("all", "Revenue");
        assert_eq!(amount, "20000.00");
        assert!(text.contains("Revenue · November 2026 – December 2026 · Plain"), "{text}");
        assert!(text.contains("= 2026-11 + 2026-12\n    = 10,000 + 10,000"), "{text}");

        let free = two_lines().replace("usd_per_request = 0.01", "usd_per_request = 0");
        let runs = engine.run_scenarios(&texts(&free)).await.unwrap();
        let error = runs.runs[0].explain(None, Some(MARGIN_PERCENT)).unwrap_err().to_string();
        assert!(error.contains("there is no revenue to divide by"), "{error}");
    }
}
