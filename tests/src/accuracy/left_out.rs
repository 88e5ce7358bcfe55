//! The constants of every fit: of all models, and with each model left out.

use std::fmt::Write as _;

use marginline_model::serving::{Class, Constants, Model};

use crate::Failure;

/// What `cargo xtask accuracy FILE --fit` wrote last.
const TABLE: &str = include_str!("left_out.csv");
const HEADER: &str = "class,left_out,compute_share,compute_fp8,compute_fp4,memory_share,memory_fp8,memory_fp4,\
                      memory_int4,layer_s,layer_trtllm,layer_sglang,reduce_s,link_share,sequence_s";

/// One fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Kind of models.
    pub class: Class,
    /// The model that it has not seen; empty when it has seen all.
    pub left_out: String,
    /// What came out.
    pub constants: Constants,
}

/// The fits of the table.
///
/// # Errors
/// When the table is no such table.
pub fn fits() -> Result<Vec<Fit>, Failure> {
    let mut lines = TABLE.lines();
    if lines.next() != Some(HEADER) {
        return Err("left_out.csv has another header: run `cargo xtask accuracy FILE --fit`".to_owned());
    }
    lines.map(line).collect()
}

fn line(line: &str) -> Result<Fit, Failure> {
    let fields: Vec<&str> = line.split(',').collect();
    let [class, left_out, numbers @ ..] = fields.as_slice() else {
        return Err(format!("left_out.csv: {line:?} is no fit"));
    };
    let class = if *class == "dense" { Class::Dense } else { Class::Experts };
    let numbers: Result<Vec<f64>, _> = numbers.iter().map(|number| number.parse()).collect();
    let numbers = numbers.map_err(|why| format!("left_out.csv: {line:?}: {why}"))?;
    let numbers = <[f64; 13]>::try_from(numbers).map_err(|_| format!("left_out.csv: {line:?} is no fit"))?;
    Ok(Fit { class, left_out: (*left_out).to_owned(), constants: constants(numbers) })
}

/// The table of these fits, figures to four digits.
#[must_use]
pub fn written(fits: &[Fit]) -> String {
    let mut text = format!("{HEADER}\n");
    for fit in fits {
        let class = word(fit.class);
        let numbers: Vec<String> = numbers(&fit.constants).iter().map(|number| four_digits(*number)).collect();
        let _ = writeln!(text, "{class},{},{}", fit.left_out, numbers.join(","));
    }
    text
}

/// The class's word in tables.
#[must_use]
pub fn word(class: Class) -> &'static str {
    match class {
        Class::Dense => "dense",
        Class::Experts => "experts",
    }
}

/// The constants that have not seen a model: those of the fit without it, and the shipped ones for a model that no fit
/// knows.
#[must_use]
pub fn unseen(fits: &[Fit], model: &Model) -> Constants {
    let of = fits.iter().find(|fit| fit.left_out == model.name);
    of.map_or_else(|| Constants::of(model.class()), |fit| fit.constants)
}

/// Four digits, so that the table can be read and equals what it was computed with.
fn four_digits(number: f64) -> String {
    let written = format!("{number:.3e}");
    written.parse::<f64>().map_or(written.clone(), |value| {
        if (1e-3..1e3).contains(&value) || value == 0.0 { value.to_string() } else { written }
    })
}

/// In the order of the header.
#[must_use]
pub fn numbers(c: &Constants) -> [f64; 13] {
    [
        c.compute_share,
        c.compute_fp8,
        c.compute_fp4,
        c.memory_share,
        c.memory_fp8,
        c.memory_fp4,
        c.memory_int4,
        c.layer_s,
        c.layer_trtllm,
        c.layer_sglang,
        c.reduce_s,
        c.link_share,
        c.sequence_s,
    ]
}

/// From the order of the header.
#[must_use]
pub fn constants(numbers: [f64; 13]) -> Constants {
    let [
        compute_share,
        compute_fp8,
        compute_fp4,
        memory_share,
        memory_fp8,
        memory_fp4,
        memory_int4,
        layer_s,
        layer_trtllm,
        layer_sglang,
        reduce_s,
        link_share,
        sequence_s,
    ] = numbers;
    Constants {
        compute_share,
        compute_fp8,
        compute_fp4,
        memory_share,
        memory_fp8,
        memory_fp4,
        memory_int4,
        layer_s,
        layer_trtllm,
        layer_sglang,
        reduce_s,
        link_share,
        sequence_s,
    }
}
