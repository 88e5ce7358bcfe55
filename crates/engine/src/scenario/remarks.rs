//! What a file states that may not be what its writer meant: it runs, and the result says so.

use marginline_model::scenario::Evidence;

use super::file::{Assumption, ScenarioFile, Shape, assumptions};
use crate::prices::catalogue;

/// How far the middle of what is drawn may lie from the value, as a share of the range, before it is told.
const NEAR: f64 = 0.02;

/// Remarks on the figures of a file, in its order.
pub(super) fn remarks(file: &ScenarioFile) -> Vec<String> {
    let mut found = Vec::new();
    for (path, assumption) in assumptions(file) {
        found.extend(fraction(&path, &assumption));
        found.extend(off_centre(&path, &assumption));
    }
    let plain = [("limits.headroom_percent", file.limits.headroom_percent)];
    let discount = file.finance.as_ref().and_then(|finance| finance.discount_percent_per_year.as_ref());
    let plain = plain.into_iter().filter_map(|(path, value)| Some((path, Assumption::from(value?))));
    let discount = discount.map(|rate| ("finance.discount_percent_per_year", rate.clone()));
    found.extend(plain.chain(discount).filter_map(|(path, each)| fraction(path, &each)));
    for (path, component) in file.components() {
        let gpu = component.gpu.as_deref().filter(|gpu| !catalogue::is_gpu(gpu));
        found.extend(gpu.map(|gpu| {
            format!("{path}: no GPU named {gpu} is known here, so nothing is known of its memory and who sells it")
        }));
    }
    found
}

/// A percent below 1 may be a share: 0.6 where 60 is meant. What was billed or measured is taken at its word, and so is a
/// range that reaches beyond 1.
fn fraction(path: &str, assumption: &Assumption) -> Option<String> {
    let key = path.rsplit('.').next().unwrap_or_default();
    let value = assumption.value;
    let is_share = key.contains("percent") && value > 0.0 && value < 1.0;
    let is_meant = assumption.evidence <= Evidence::Measured || assumption.range().is_some_and(|(_, high)| high > 1.0);
    (is_share && !is_meant).then(|| {
        let hundred = value * 100.0;
        format!("{path} is {value}, which is {value} of a hundred; where {hundred:.4} % is meant, write {hundred:.4}")
            .replace(".0000", "")
    })
}

/// Half of what is drawn lies on either side of the middle of a normal or lognormal range, whatever the value.
fn off_centre(path: &str, assumption: &Assumption) -> Option<String> {
    let (low, high) = assumption.range()?;
    let middle = match assumption.shape {
        Shape::Normal => f64::midpoint(low, high),
        Shape::Lognormal => (low * high).sqrt(),
        Shape::Pert | Shape::Triangular | Shape::Uniform => return None,
    };
    let value = assumption.value;
    ((middle - value).abs() > NEAR * (high - low)).then(|| {
        format!(
            "{path}: {} draws lie around {}, the middle of {low} and {high}, and not around its value {value}",
            assumption.shape.word(),
            crate::number::rounded(&middle.to_string(), 4)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::file::parse;
    use super::*;

    const TEXT: &str = "[scenario]\nname = \"T\"\nstart = \"2026-11\"\n[demand]\nrequests_per_month = 1\n\
         output_tokens_per_request = 1\ninput_tokens_per_request = 1\nretry_percent = RETRY\n[revenue]\n\
         usd_per_request = 1\n[architecture]\nkind = \"own-gpus\"\ngpu = \"GPU\"\nusd_per_gpu_hour = PRICE\n\
         output_tokens_per_s_per_gpu = 1\n";

    fn told(retry: &str, gpu: &str, price: &str) -> Vec<String> {
        remarks(&parse(&TEXT.replace("RETRY", retry).replace("GPU", gpu).replace("PRICE", price)).unwrap())
    }

    #[test]
    fn a_percent_that_looks_like_a_share_is_told() {
        let found = told("0.2", "H100", "3");
        let expected = "demand.retry_percent is 0.2, which is 0.2 of a hundred; where 20 % is meant, write 20";
        assert_eq!(found, [expected]);
        for meant in
            ["0", "1", "20", "{ value = 0.2, evidence = \"measured\" }", "{ value = 0.2, low = 0.1, high = 3 }"]
        {
            assert!(told(meant, "H100", "3").is_empty(), "{meant}");
        }
    }

    /// The middle of 2 and 6 is 4, of their logarithms 3.4641.
    #[test]
    fn draws_around_something_else_than_the_value_are_told() {
        let price = |shape: &str, value: &str| {
            told("0", "H100", &format!("{{ value = {value}, low = 2, high = 6, shape = \"{shape}\" }}"))
        };
        let text = |shape: &str, middle: &str| {
            vec![format!(
                "architecture.usd_per_gpu_hour: {shape} draws lie around {middle}, the middle of 2 and 6, and not around \
                 its value 3"
            )]
        };
        assert_eq!(price("normal", "3"), text("normal", "4.0000"));
        assert_eq!(price("lognormal", "3"), text("lognormal", "3.4641"));
        assert!(price("normal", "4").is_empty() && price("lognormal", "3.46").is_empty());
        assert!(price("pert", "3").is_empty(), "which is most likely at its value");
    }

    #[test]
    fn a_gpu_that_nobody_knows_is_named() {
        let found = told("0", "H1000", "3");
        assert!(found.len() == 1 && found[0].contains("no GPU named H1000 is known here"), "{found:?}");
    }
}
