//! Rank correlations of inputs through a Gaussian copula.

use super::UncertaintyError;

/// Spearman's rank correlation of two inputs, by their names.
#[derive(Debug, Clone, PartialEq)]
pub struct RankCorrelation {
    /// One input.
    pub first: String,
    /// The other.
    pub second: String,
    /// −1 to 1. Pairs that are not stated have 0.
    pub rank: f64,
}

/// What to do with correlations that contradict one another, such as a with b and b with c at 0.9 but a with c at −0.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indefinite {
    /// Say so, and draw nothing.
    #[default]
    Refuse,
    /// Draw with correlations nearby that inputs can have, and say how far they moved.
    Repair,
}

/// The lower triangle of a factor: row by row, `row[j]` for j up to the diagonal.
pub(super) type Factor = Vec<Vec<f64>>;

/// Pearson's correlation of normal scores that gives a rank correlation: 2 sin(π ρ ÷ 6).
///
/// Source: K. Pearson, "On Further Methods of Determining Correlation", Drapers' Company Research Memoirs IV (1907).
pub(super) fn score_correlation(rank: f64) -> f64 {
    2.0 * libm::sin(std::f64::consts::PI * rank / 6.0)
}

fn rank_correlation(score: f64) -> f64 {
    6.0 / std::f64::consts::PI * libm::asin(score / 2.0)
}

/// The Cholesky factor of a matrix of correlations of normal scores; rows whose input follows from earlier ones have 0
/// on the diagonal. `None` when the matrix has a negative eigenvalue.
fn factor(matrix: &[Vec<f64>]) -> Option<Factor> {
    const NOTHING: f64 = 1e-9;
    let mut rows: Factor = Vec::with_capacity(matrix.len());
    for (i, given) in matrix.iter().enumerate() {
        let mut row: Vec<f64> = Vec::with_capacity(i + 1);
        for j in 0..=i {
            let other = if i == j { &row } else { &rows[j] };
            let left = given[j] - row.iter().zip(other).take(j).map(|(a, b)| a * b).sum::<f64>();
            if i == j {
                if left < -NOTHING {
                    return None;
                }
                row.push(if left > NOTHING { libm::sqrt(left) } else { 0.0 });
            } else if rows[j][j] > 0.0 {
                row.push(left / rows[j][j]);
            } else if left.abs() > 1e-6 {
                return None;
            } else {
                row.push(0.0);
            }
        }
        rows.push(row);
    }
    Some(rows)
}

/// Eigenvalues and eigenvectors (as columns) of a symmetric matrix, by Jacobi's rotations.
fn eigen(mut a: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = a.len();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for _ in 0..60 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if off < 1e-28 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q].abs() < 1e-300 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let tangent = theta.signum() / (theta.abs() + libm::sqrt(theta * theta + 1.0));
                let cosine = 1.0 / libm::sqrt(tangent * tangent + 1.0);
                rotate(&mut a, &mut vectors, (p, q), (cosine, tangent * cosine));
            }
        }
    }
    ((0..n).map(|i| a[i][i]).collect(), vectors)
}

fn rotate(a: &mut [Vec<f64>], vectors: &mut [Vec<f64>], (p, q): (usize, usize), (cosine, sine): (f64, f64)) {
    for row in a.iter_mut().chain(vectors.iter_mut()) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
    let (above, below) = a.split_at_mut(q);
    for (first, second) in above[p].iter_mut().zip(&mut below[0]) {
        (*first, *second) = (cosine * *first - sine * *second, sine * *first + cosine * *second);
    }
}

/// The matrix with its negative eigenvalues raised to next to nothing and its diagonal brought back to 1.
///
/// Source: R. Rebonato and P. Jäckel, "The most general methodology to create a valid correlation matrix for risk
/// management and option pricing purposes", Journal of Risk 2 (1999), 17–27 (spectral decomposition).
fn repaired(matrix: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {
    const LEAST: f64 = 1e-6;
    let n = matrix.len();
    let (values, vectors) = eigen(matrix.to_vec());
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let entry = |i: usize, j: usize| (0..n).map(|k| vectors[i][k] * vectors[j][k] * values[k].max(LEAST)).sum::<f64>();
    let scale: Vec<f64> = (0..n).map(|i| libm::sqrt(entry(i, i))).collect();
    let row = |i: usize| {
        (0..n).map(|j| if i == j { 1.0 } else { (entry(i, j) / (scale[i] * scale[j])).clamp(-1.0, 1.0) }).collect()
    };
    (least, (0..n).map(row).collect())
}

/// The factor of a matrix of rank correlations, and by how much the largest change of one of them had to be where it
/// was repaired.
pub(super) fn factor_of(ranks: &[Vec<f64>], indefinite: Indefinite) -> Result<(Factor, Option<f64>), UncertaintyError> {
    let scores: Vec<Vec<f64>> = ranks
        .iter()
        .enumerate()
        .map(|(i, row)| row.iter().enumerate().map(|(j, r)| if i == j { 1.0 } else { score_correlation(*r) }).collect())
        .collect();
    if let Some(found) = factor(&scores) {
        return Ok((found, None));
    }
    let (least, nearest) = repaired(&scores);
    if indefinite == Indefinite::Refuse {
        return Err(UncertaintyError::Indefinite { eigenvalue: least });
    }
    let moved = |i: usize, j: usize| if i == j { 0.0 } else { (rank_correlation(nearest[i][j]) - ranks[i][j]).abs() };
    let most = (0..ranks.len()).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| moved(i, j)).fold(0.0, f64::max);
    let found = factor(&nearest).ok_or(UncertaintyError::Indefinite { eigenvalue: least })?;
    Ok((found, Some(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(ab: f64, ac: f64, bc: f64) -> Vec<Vec<f64>> {
        vec![vec![1.0, ab, ac], vec![ab, 1.0, bc], vec![ac, bc, 1.0]]
    }

    #[test]
    fn a_rank_correlation_becomes_one_of_scores_and_back() {
        assert!((score_correlation(0.5) - 0.517_638_090_205_041_5).abs() < 1e-15, "2 sin 15°");
        assert_eq!(score_correlation(0.0), 0.0);
        assert!((score_correlation(-1.0) + 1.0).abs() < 1e-15);
        assert!((rank_correlation(score_correlation(0.3)) - 0.3).abs() < 1e-15);
    }

    #[test]
    fn correlations_that_contradict_one_another_are_refused_or_repaired() {
        let wrong = matrix(0.9, -0.9, 0.9);
        assert!(
            matches!(factor_of(&wrong, Indefinite::Refuse), Err(UncertaintyError::Indefinite { eigenvalue }) if eigenvalue < -0.7)
        );
        let (rows, moved) = factor_of(&wrong, Indefinite::Repair).unwrap();
        // By symmetry the nearest is 1/2, -1/2, 1/2 of scores: a rank correlation of 6/π asin 1/4 = 0.4826.
        assert!((moved.unwrap() - (0.9 - 0.482_583_683_6)).abs() < 1e-4, "{moved:?}");
        let back: f64 = rows[2].iter().zip(&rows[1]).map(|(a, b)| a * b).sum();
        assert!((back - 0.5).abs() < 1e-4, "{back}");
    }

    #[test]
    fn inputs_that_move_as_one_are_no_contradiction() {
        let (rows, moved) = factor_of(&matrix(1.0, -1.0, -1.0), Indefinite::Refuse).unwrap();
        assert_eq!(moved, None);
        assert!((rows[1][0] - 1.0).abs() < 1e-12 && (rows[2][0] + 1.0).abs() < 1e-12 && rows[2][2] == 0.0);
        assert!(factor_of(&matrix(1.0, 1.0, -1.0), Indefinite::Refuse).is_err());
    }
}
