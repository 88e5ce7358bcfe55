//! `distribution`, `simulate`, `tornado` and `sobol`.

use marginline_model::uncertainty::{
    self as model, Bounds, Distribution, GENERATOR, Indefinite, Input, Plan, RankCorrelation, Sampler, UncertaintyError,
};
use serde_json::Value;

use super::Refusal;
use super::answer::{Answer, figure, list, maybe, named};
use super::expression::Expression;
use super::field::{Field, Notes};

/// Most draws of a simulation: some seconds of work.
const MOST_DRAWS: f64 = 1_000_000.0;
/// Most inputs.
const MOST_INPUTS: usize = 200;
/// Most runs of an expression by `sobol`.
const MOST_RUNS: f64 = 5_000_000.0;

/// Quantiles and mean of one distribution.
pub(super) fn distribution(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let quantiles = input.get("quantiles");
    let shares = match quantiles.there() {
        Some(shares) => shares.some_items()?,
        None => Vec::new(),
    };
    let found = read(input, &["quantiles"], notes)?;
    let default = [0.1, 0.5, 0.9];
    let mut values = Vec::new();
    for share in &shares {
        values.push(found.quantile(share.number()?).map_err(|_| share.refuse("a share between 0 and 1"))?);
    }
    if shares.is_empty() {
        for share in default {
            values.push(found.quantile(share).map_err(|error| refused(input, &error))?);
        }
    }
    Ok(Answer::of("distribution").put_in("that of the value", "mean", figure(found.mean())).put_in(
        "that of the value; 0.1, 0.5 and 0.9 unless others are asked for",
        "quantiles",
        list(values),
    ))
}

/// A distribution: its figures, and the bounds that it is truncated at.
fn read(field: &Field, others: &[&str], notes: &mut Notes) -> Result<Distribution, Refusal> {
    let kind = field.get("distribution").choice(&KINDS)?;
    let known = [kind.fields(), &["distribution", "at_least", "at_most"], others].concat();
    field.knows(&known, notes)?;
    let number = |name: &str| field.get(name).number();
    let made = match kind {
        Kind::Fixed => Distribution::fixed(number("value")?),
        Kind::Uniform => Distribution::uniform(number("low")?, number("high")?),
        Kind::Triangular => Distribution::triangular(number("low")?, number("mode")?, number("high")?),
        Kind::Pert => Distribution::pert(number("low")?, number("mode")?, number("high")?),
        Kind::Normal => Distribution::normal(number("mean")?, number("sd")?),
        Kind::Lognormal if field.get("p10").there().is_some() || field.get("p90").there().is_some() => {
            if let Some(mean) = field.get("mean").there() {
                return Err(mean.refuse("nothing, since p10 and p90 are given"));
            }
            Distribution::lognormal_between(number("p10")?, number("p90")?)
        }
        Kind::Lognormal => Distribution::lognormal(number("mean")?, number("sd")?),
        Kind::Empirical => Distribution::empirical(&field.get("values").numbers()?),
    };
    let made = made.map_err(|error| refused(field, &error))?;
    let (low, high) = (field.get("at_least"), field.get("at_most"));
    if low.there().is_none() && high.there().is_none() {
        return Ok(made);
    }
    let low = low.there().map(Field::number).transpose()?;
    let high = high.there().map(Field::number).transpose()?;
    let bounds = Bounds::new(low, high).map_err(|error| refused(field, &error))?;
    made.within(bounds).map_err(|error| refused(field, &error))
}

#[derive(Clone, Copy)]
enum Kind {
    Fixed,
    Uniform,
    Triangular,
    Pert,
    Normal,
    Lognormal,
    Empirical,
}

const KINDS: [(&str, Kind); 7] = [
    ("fixed", Kind::Fixed),
    ("uniform", Kind::Uniform),
    ("triangular", Kind::Triangular),
    ("pert", Kind::Pert),
    ("normal", Kind::Normal),
    ("lognormal", Kind::Lognormal),
    ("empirical", Kind::Empirical),
];

impl Kind {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Fixed => &["value"],
            Self::Uniform => &["low", "high"],
            Self::Triangular | Self::Pert => &["low", "mode", "high"],
            Self::Normal => &["mean", "sd"],
            Self::Lognormal => &["mean", "sd", "p10", "p90"],
            Self::Empirical => &["values"],
        }
    }
}

/// What the model refused, at the field that it means where that is told.
fn refused(field: &Field, error: &UncertaintyError) -> Refusal {
    match error {
        UncertaintyError::Figure { field: name, found, expected } => {
            field.get(name).refuse_as(found.to_string(), *expected)
        }
        UncertaintyError::Indefinite { .. } => {
            Refusal { name: Some("indefinite"), ..field.get("correlations").refuse_as(error.to_string(), "others") }
        }
        UncertaintyError::Pair { .. } => field.get("correlations").refuse_as(error.to_string(), "pairs of inputs"),
        UncertaintyError::Output { .. } => Refusal {
            name: Some("out_of_range"),
            ..field.get("expression").refuse_as(error.to_string(), "an expression that is a number for every draw")
        },
        UncertaintyError::Constant => Refusal {
            name: Some("constant"),
            ..field.get("expression").refuse_as(error.to_string(), "one that varies")
        },
        _ => field.refuse_as(error.to_string(), "figures that can be drawn from"),
    }
}

/// The inputs and an expression of them.
struct Question {
    inputs: Vec<Input>,
    expression: Expression,
}

impl Question {
    fn read(field: &Field, notes: &mut Notes) -> Result<Self, Refusal> {
        let given = field.get("inputs");
        let fields = given.fields()?;
        if fields.is_empty() || fields.len() > MOST_INPUTS {
            return Err(given.refuse(format!("1 to {MOST_INPUTS} inputs, each with a distribution")));
        }
        let mut inputs = Vec::new();
        for (name, each) in &fields {
            // A bare number is a fixed value.
            let distribution = match each.number() {
                Ok(value) => Distribution::fixed(value).map_err(|error| refused(each, &error))?,
                Err(_) if each.fields().is_err() => {
                    return Err(each.refuse("a finite number, or an object with a distribution"));
                }
                Err(_) => read(each, &[], notes)?,
            };
            inputs.push(Input { name: (*name).to_owned(), distribution });
        }
        let expression = parsed(&field.get("expression"), &inputs)?;
        Ok(Self { inputs, expression })
    }
}

fn parsed(field: &Field, inputs: &[Input]) -> Result<Expression, Refusal> {
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let text = field.text()?;
    Expression::parse(text, &names).map_err(|expected| field.refuse(expected))
}

fn seed(field: &Field) -> Result<u64, Refusal> {
    let seed = field.get("seed");
    let Some(seed) = seed.there() else { return Ok(1) };
    let number = seed.amount()?;
    if number.fract() == 0.0 && number < 1e15 {
        Ok(number as u64)
    } else {
        Err(seed.refuse("a whole number below 1e15"))
    }
}

/// Monte Carlo over an expression, and over a second one with the same draws.
pub(super) fn simulate(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = ["inputs", "expression", "against", "correlations", "indefinite", "draws", "seed", "target"];
    input.knows(&known, notes)?;
    let Question { inputs, expression } = Question::read(input, notes)?;
    let against = input.get("against").there().map(|field| parsed(field, &inputs)).transpose()?;
    let sampler = sampler(input, &inputs, notes)?;
    let draws = input.get("draws");
    let count = draws.there().map_or(Ok(10_000.0), Field::whole_number)?;
    if count > MOST_DRAWS {
        return Err(draws.refuse(format!("at most {MOST_DRAWS} draws")));
    }
    let plan = Plan { draws: count as usize, seed: seed(input)?, scenario: None };
    let outputs = if against.is_some() { 2 } else { 1 };
    let outcomes = model::simulate(&sampler, plan, outputs, |values, out| {
        for (expression, out) in std::iter::once(&expression).chain(&against).zip(out) {
            *out = expression.value(&|index| values[index]);
        }
    });
    let outcomes = outcomes.map_err(|error| refused(input, &error))?;
    let summary = model::summarise(&outcomes.outputs[0]).map_err(|error| refused(input, &error))?;
    let mut answer = Answer::of("simulate")
        .put_in("that of the expression", "mean", figure(summary.mean))
        .put_in("that of the expression", "sd", maybe(summary.sd))
        .put_in("Monte Carlo standard error of the mean", "standard_error", maybe(summary.standard_error))
        .put_in("that of the expression", "p10", figure(summary.p10))
        .put_in("that of the expression", "p50", figure(summary.p50))
        .put_in("that of the expression", "p90", figure(summary.p90))
        .put("draws", summary.draws.into())
        .put("seed", plan.seed.into())
        .put("generator", GENERATOR.into());
    if let Some(target) = input.get("target").there() {
        let found = model::chance(&outcomes.outputs[0], target.number()?).map_err(|error| refused(input, &error))?;
        answer = answer.put_in("share of draws at or above the target", "probability", chance(&found));
    }
    if let Some(second) = outcomes.outputs.get(1) {
        let found = model::compare(&outcomes.outputs[0], second).map_err(|error| refused(input, &error))?;
        let fields = [
            ("larger", chance(&found.first_larger)),
            ("equal", figure(found.equal)),
            ("mean_difference", figure(found.mean_difference)),
            ("standard_error", maybe(found.standard_error)),
        ];
        answer = answer.put_in("expression beside the one it is against, draw by draw", "against", named(fields));
    }
    Ok(answer)
}

fn chance(found: &model::Chance) -> Value {
    named([
        ("share", figure(found.share)),
        ("standard_error", figure(found.standard_error)),
        ("low", figure(found.low)),
        ("high", figure(found.high)),
    ])
}

fn sampler(input: &Field, inputs: &[Input], notes: &mut Notes) -> Result<Sampler, Refusal> {
    let mut correlations = Vec::new();
    if let Some(given) = input.get("correlations").there() {
        for pair in given.items()? {
            pair.knows(&["first", "second", "rank"], notes)?;
            let (first, second) = (pair.get("first").text()?.to_owned(), pair.get("second").text()?.to_owned());
            let rank = pair.get("rank").number()?;
            if rank.abs() > 1.0 {
                return Err(pair.get("rank").refuse("a rank correlation from -1 to 1"));
            }
            correlations.push(RankCorrelation { first, second, rank });
        }
    }
    let indefinite = input.get("indefinite");
    let indefinite = indefinite.there().map_or(Ok(Indefinite::Refuse), |field| {
        field.choice(&[("refuse", Indefinite::Refuse), ("repair", Indefinite::Repair)])
    })?;
    let sampler = Sampler::new(inputs, &correlations, indefinite).map_err(|error| refused(input, &error))?;
    if let Some(moved) = sampler.repair() {
        notes.tell(format!(
            "the correlations contradicted one another and were replaced by near ones: the largest change is {moved:.4}"
        ));
    }
    Ok(sampler)
}

/// One input at a time.
pub(super) fn tornado(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["inputs", "expression"], notes)?;
    let Question { inputs, expression } = Question::read(input, notes)?;
    let found = model::tornado(&inputs, |values| expression.value(&|index| values[index]));
    let found = found.map_err(|error| refused(input, &error))?;
    let bar = |bar: &model::Bar| {
        named([
            ("input", bar.name.as_str().into()),
            ("input_p10", figure(bar.input.0)),
            ("input_p90", figure(bar.input.1)),
            ("at_p10", figure(bar.output.0)),
            ("at_p90", figure(bar.output.1)),
            ("swing", figure(bar.swing)),
        ])
    };
    Ok(Answer::of("tornado")
        .put_in("that of the expression, all inputs at their medians", "base", figure(found.base))
        .put_in("that of the expression, by falling swing", "bars", found.bars.iter().map(bar).collect()))
}

/// Where the variance comes from.
pub(super) fn sobol(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["inputs", "expression", "samples", "seed"], notes)?;
    let Question { inputs, expression } = Question::read(input, notes)?;
    let samples = input.get("samples");
    let count = samples.there().map_or(Ok(4_096.0), Field::whole_number)?;
    if count * (inputs.len() + 2) as f64 > MOST_RUNS {
        return Err(samples.refuse(format!("samples × (inputs + 2) of at most {MOST_RUNS}")));
    }
    let found = model::sobol(&inputs, count as usize, seed(input)?, |values| expression.value(&|index| values[index]));
    let found = found.map_err(|error| match error {
        UncertaintyError::Figure { field: "inputs that vary", .. } => {
            input.get("inputs").refuse("1 to 32 inputs that vary")
        }
        error => refused(input, &error),
    })?;
    let by_name =
        |of: fn(&model::Sensitivity) -> f64| named(found.iter().map(|each| (each.name.clone(), figure(of(each)))));
    Ok(Answer::of("sobol")
        .put_in("share of the variance", "first", by_name(|each| each.first))
        .put_in("share of the variance", "total", by_name(|each| each.total))
        .put("samples", Value::from(count as u64)))
}
