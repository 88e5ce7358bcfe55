//! The sums of a month: cost of revenue and gross margin, of lines that are explained under their own names. They are sums
//! of whole cents, as the run has them.

use super::ExplainedLine;
use super::expression::{Expression, value};
use super::steps::Steps;
use crate::scenario::Run;

/// The name of what requests earn.
pub const REVENUE: &str = "Revenue";
/// The name of the sum of all cost lines.
pub const COST: &str = "Cost of revenue";
/// The name of revenue less all cost lines.
pub const MARGIN: &str = "Gross margin";

/// The sum of this name in the `index`th month, if there is one.
pub(super) fn explained(run: &Run, index: u32, label: &str) -> Option<ExplainedLine> {
    let month = run.months.get(index as usize)?;
    let mut steps = Steps::of(run);
    let mut line = |name: &str, usd: f64, evidence| {
        steps.given(name, "USD", usd, ("a line of this month, in whole cents", evidence))
    };
    match label {
        COST => {
            let lines = month.lines.iter().map(|(name, amount, evidence)| line(name, amount.to_f64(), *evidence));
            let sum = Expression::Sum(lines.map(value).collect());
            steps.step(COST, "USD", sum);
        }
        MARGIN => {
            // Revenue is as well known as its price and its requests: its own explanation tells.
            let revenue = line(REVENUE, month.revenue.to_f64(), "modelled");
            let cost = line(COST, month.cogs.to_f64(), "modelled");
            let rest = Expression::Difference(Box::new(value(revenue)), Box::new(value(cost)));
            steps.step(MARGIN, "USD", rest);
        }
        _ => return None,
    }
    Some(ExplainedLine { label: label.to_owned(), steps: steps.steps })
}

#[cfg(test)]
mod tests {
    use super::{COST, MARGIN};
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
        assert_eq!(cost.lines[0].usd(), 2_000.0);
        let names: Vec<&str> = cost.lines[0].steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names[1..], ["Support", COST]);
        let margin = run.explain(None, Some(MARGIN)).unwrap();
        assert_eq!(margin.lines[0].usd(), 8_000.0, "10,000 of revenue less 2,000");
        assert!(run.explain(None, None).unwrap().lines.iter().all(|line| line.label != COST), "lines alone");
        let error = run.explain(None, Some("GPU")).unwrap_err().to_string();
        assert!(error.contains("Support, Cost of revenue, Gross margin"), "{error}");
        let text = cost.text();
        assert!(text.contains("2,000.00 USD = "), "{text}");
        assert!(text.contains("Support: 560 USD"), "{text}");
    }
}
