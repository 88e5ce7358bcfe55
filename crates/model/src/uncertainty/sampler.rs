//! Draws of all inputs, a chunk at a time.

use super::correlation::{Factor, factor_of};
use super::distribution::Shape;
use super::normal::{normal_share_below, quantiles};
use super::pert::PertTable;
use super::{CHUNK, Distribution, Indefinite, RankCorrelation, Stream, UncertaintyError};

/// An input and what it can be.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name. Inputs of the same name have the same draws in every scenario with the same seed.
    pub name: String,
    /// What it can be.
    pub distribution: Distribution,
}

/// How a column of draws is made.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    Fixed(f64),
    /// From normal scores.
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Pert {
        low: f64,
        width: f64,
        table: PertTable,
    },
    /// From shares.
    Shares(Distribution),
}

impl Source {
    fn of(distribution: &Distribution) -> Self {
        match (&distribution.shape, &distribution.truncated) {
            (Shape::Fixed(value), _) => Self::Fixed(*value),
            (Shape::Normal { mean, sd }, None) => Self::Normal { mean: *mean, sd: *sd },
            (Shape::Lognormal { mu, sigma }, None) => Self::Lognormal { mu: *mu, sigma: *sigma },
            (Shape::Pert { low, high, beta, .. }, None) => {
                Self::Pert { low: *low, width: high - low, table: PertTable::new(*beta) }
            }
            _ => Self::Shares(distribution.clone()),
        }
    }

    /// Turns normal scores, or shares, into values in place.
    fn value(&self, column: &mut [f64], has_scores: bool) {
        if !has_scores && matches!(self, Self::Normal { .. } | Self::Lognormal { .. } | Self::Pert { .. }) {
            quantiles(column);
        }
        match self {
            Self::Fixed(value) => column.fill(*value),
            Self::Normal { mean, sd } => column.iter_mut().for_each(|z| *z = mean + sd * *z),
            Self::Lognormal { mu, sigma } => column.iter_mut().for_each(|z| *z = libm::exp(mu + sigma * *z)),
            Self::Pert { low, width, table } => column.iter_mut().for_each(|z| *z = low + width * table.at(*z)),
            Self::Shares(distribution) if has_scores => {
                // A score so far out that its share would round to 0 or 1 stays inside.
                let inside = |z: f64| normal_share_below(z).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0);
                column.iter_mut().for_each(|z| *z = distribution.at(inside(*z)));
            }
            Self::Shares(distribution) => column.iter_mut().for_each(|share| *share = distribution.at(*share)),
        }
    }
}

/// Draws inputs. Made once for a set of inputs and used from any number of threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampler {
    names: Vec<String>,
    sources: Vec<Source>,
    /// Positions of correlated inputs, in the order of their names, and the factor that correlates them.
    correlated: Vec<usize>,
    factor: Factor,
    repair: Option<f64>,
}

impl Sampler {
    /// A sampler of inputs whose ranks are correlated as stated, and otherwise independent.
    ///
    /// Correlated draws are mixed in the order of the inputs' names, so that the order in which inputs are listed
    /// changes nothing. An input with few distinct values reaches a little less than its rank correlation, because of
    /// ties.
    ///
    /// # Errors
    /// No input, a name given twice, a correlation that cannot be used, or correlations that contradict one another.
    pub fn new(
        inputs: &[Input],
        correlations: &[RankCorrelation],
        indefinite: Indefinite,
    ) -> Result<Self, UncertaintyError> {
        check_names(inputs)?;
        let names: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
        let mut correlated: Vec<usize> = Vec::new();
        for correlation in correlations {
            check_pair(inputs, correlation)?;
            for name in [&correlation.first, &correlation.second] {
                correlated.extend(names.iter().position(|each| each == name));
            }
        }
        correlated.sort_by(|a, b| names[*a].cmp(&names[*b]));
        correlated.dedup();
        let place = |name: &str| correlated.iter().position(|index| names[*index] == name).unwrap_or(0);
        let mut ranks: Vec<Vec<f64>> = (0..correlated.len())
            .map(|i| (0..correlated.len()).map(|j| f64::from(u8::from(i == j))).collect())
            .collect();
        let mut given: Vec<(usize, usize)> = Vec::new();
        for RankCorrelation { first, second, rank } in correlations {
            let (i, j) = (place(first), place(second));
            if given.contains(&(i, j)) || given.contains(&(j, i)) {
                let (first, second) = (first.clone(), second.clone());
                return Err(UncertaintyError::Pair { first, second, why: "the pair is given twice" });
            }
            given.push((i, j));
            (ranks[i][j], ranks[j][i]) = (*rank, *rank);
        }
        let (factor, repair) = factor_of(&ranks, indefinite)?;
        let sources = inputs.iter().map(|input| Source::of(&input.distribution)).collect();
        Ok(Self { names, sources, correlated, factor, repair })
    }

    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.names.len()
    }

    /// Where the stated correlations contradicted one another and were repaired: by how much the rank correlation that
    /// moved farthest moved.
    #[must_use]
    pub fn repair(&self) -> Option<f64> {
        self.repair
    }

    /// The draws of a chunk: [`CHUNK`] values of the first input, then those of the second, and so on.
    ///
    /// # Panics
    /// When `columns` does not have room for exactly that.
    pub fn fill(&self, seed: u64, scenario: Option<u64>, chunk: u64, columns: &mut [f64]) {
        assert_eq!(columns.len(), self.inputs() * CHUNK, "a column of {CHUNK} for each input");
        for ((name, source), column) in self.names.iter().zip(&self.sources).zip(columns.chunks_exact_mut(CHUNK)) {
            if !matches!(source, Source::Fixed(_)) {
                Stream::new(seed, scenario, name, chunk).fill(column);
            }
        }
        self.correlate(columns);
        for (index, (source, column)) in self.sources.iter().zip(columns.chunks_exact_mut(CHUNK)).enumerate() {
            source.value(column, self.correlated.contains(&index));
        }
    }

    /// Turns the shares of correlated inputs into normal scores that are correlated.
    fn correlate(&self, columns: &mut [f64]) {
        for index in &self.correlated {
            quantiles(&mut columns[index * CHUNK..(index + 1) * CHUNK]);
        }
        // From the last to the first: each needs only itself and those before it.
        for (row, index) in self.factor.iter().zip(&self.correlated).rev() {
            for draw in 0..CHUNK {
                let terms =
                    row.iter().zip(&self.correlated).map(|(weight, from)| weight * columns[from * CHUNK + draw]);
                columns[index * CHUNK + draw] = terms.sum();
            }
        }
    }
}

/// Names that are there, and there once.
pub(super) fn check_names(inputs: &[Input]) -> Result<(), UncertaintyError> {
    if inputs.is_empty() {
        return Err(UncertaintyError::Empty);
    }
    let mut names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    twice.map_or(Ok(()), |pair| Err(UncertaintyError::Twice { name: pair[0].to_owned() }))
}

fn check_pair(inputs: &[Input], correlation: &RankCorrelation) -> Result<(), UncertaintyError> {
    let RankCorrelation { first, second, rank } = correlation;
    let refuse = |why| Err(UncertaintyError::Pair { first: first.clone(), second: second.clone(), why });
    if !(-1.0..=1.0).contains(rank) {
        return Err(UncertaintyError::Figure { field: "rank", found: *rank, expected: "a number from -1 to 1" });
    }
    if first == second {
        return refuse("it is one input");
    }
    for name in [first, second] {
        match inputs.iter().find(|input| input.name == *name) {
            None => return refuse("there is no such input"),
            Some(input) if input.distribution.is_fixed() => return refuse("a fixed value varies with nothing"),
            Some(_) => {}
        }
    }
    Ok(())
}
