//! Sobol's sequence: points that fill a cube more evenly than random ones.

/// Dimensions that the table below holds.
pub(super) const DIMENSIONS: usize = 64;
const BITS: usize = 32;

/// A primitive polynomial with its leading and last coefficient, as bits, and the first direction numbers, for the
/// second dimension and on.
///
/// Source: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM Journal
/// on Scientific Computing 30 (2008), 2635–2654, file new-joe-kuo-6.21201.
#[rustfmt::skip]
const DIRECTIONS: [(u32, &[u32]); DIMENSIONS - 1] = [
    (3, &[1]),
    (7, &[1, 3]),
    (11, &[1, 3, 1]),
    (13, &[1, 1, 1]),
    (19, &[1, 1, 3, 3]),
    (25, &[1, 3, 5, 13]),
    (37, &[1, 1, 5, 5, 17]),
    (41, &[1, 1, 5, 5, 5]),
    (47, &[1, 1, 7, 11, 19]),
    (55, &[1, 1, 5, 1, 1]),
    (59, &[1, 1, 1, 3, 11]),
    (61, &[1, 3, 5, 5, 31]),
    (67, &[1, 3, 3, 9, 7, 49]),
    (91, &[1, 1, 1, 15, 21, 21]),
    (97, &[1, 3, 1, 13, 27, 49]),
    (103, &[1, 1, 1, 15, 7, 5]),
    (109, &[1, 3, 1, 15, 13, 25]),
    (115, &[1, 1, 5, 5, 19, 61]),
    (131, &[1, 3, 7, 11, 23, 15, 103]),
    (137, &[1, 3, 7, 13, 13, 15, 69]),
    (143, &[1, 1, 3, 13, 7, 35, 63]),
    (145, &[1, 3, 5, 9, 1, 25, 53]),
    (157, &[1, 3, 1, 13, 9, 35, 107]),
    (167, &[1, 3, 1, 5, 27, 61, 31]),
    (171, &[1, 1, 5, 11, 19, 41, 61]),
    (185, &[1, 3, 5, 3, 3, 13, 69]),
    (191, &[1, 1, 7, 13, 1, 19, 1]),
    (193, &[1, 3, 7, 5, 13, 19, 59]),
    (203, &[1, 1, 3, 9, 25, 29, 41]),
    (211, &[1, 3, 5, 13, 23, 1, 55]),
    (213, &[1, 3, 7, 3, 13, 59, 17]),
    (229, &[1, 3, 1, 3, 5, 53, 69]),
    (239, &[1, 1, 5, 5, 23, 33, 13]),
    (241, &[1, 1, 7, 7, 1, 61, 123]),
    (247, &[1, 1, 7, 9, 13, 61, 49]),
    (253, &[1, 3, 3, 5, 3, 55, 33]),
    (285, &[1, 3, 1, 15, 31, 13, 49, 245]),
    (299, &[1, 3, 5, 15, 31, 59, 63, 97]),
    (301, &[1, 3, 1, 11, 11, 11, 77, 249]),
    (333, &[1, 3, 1, 11, 27, 43, 71, 9]),
    (351, &[1, 1, 7, 15, 21, 11, 81, 45]),
    (355, &[1, 3, 7, 3, 25, 31, 65, 79]),
    (357, &[1, 3, 1, 1, 19, 11, 3, 205]),
    (361, &[1, 1, 5, 9, 19, 21, 29, 157]),
    (369, &[1, 3, 7, 11, 1, 33, 89, 185]),
    (391, &[1, 3, 3, 3, 15, 9, 79, 71]),
    (397, &[1, 3, 7, 11, 15, 39, 119, 27]),
    (425, &[1, 1, 3, 1, 11, 31, 97, 225]),
    (451, &[1, 1, 1, 3, 23, 43, 57, 177]),
    (463, &[1, 3, 7, 7, 17, 17, 37, 71]),
    (487, &[1, 3, 1, 5, 27, 63, 123, 213]),
    (501, &[1, 1, 3, 5, 11, 43, 53, 133]),
    (529, &[1, 3, 5, 5, 29, 17, 47, 173, 479]),
    (539, &[1, 3, 3, 11, 3, 1, 109, 9, 69]),
    (545, &[1, 1, 1, 5, 17, 39, 23, 5, 343]),
    (557, &[1, 3, 1, 5, 25, 15, 31, 103, 499]),
    (563, &[1, 1, 1, 11, 11, 17, 63, 105, 183]),
    (601, &[1, 1, 5, 11, 9, 29, 97, 231, 363]),
    (607, &[1, 1, 5, 15, 19, 45, 41, 7, 383]),
    (617, &[1, 3, 7, 7, 31, 19, 83, 137, 221]),
    (623, &[1, 1, 1, 3, 23, 15, 111, 223, 83]),
    (631, &[1, 1, 5, 13, 31, 15, 55, 25, 161]),
    (637, &[1, 1, 3, 13, 25, 47, 39, 87, 257]),
];

/// The directions of one dimension.
fn directions(dimension: usize) -> [u32; BITS] {
    let mut found = [0; BITS];
    let Some((polynomial, first)) = dimension.checked_sub(1).map(|index| DIRECTIONS[index]) else {
        for (bit, direction) in found.iter_mut().enumerate() {
            *direction = 1 << (BITS - 1 - bit);
        }
        return found;
    };
    let degree = first.len();
    for bit in 0..BITS {
        found[bit] = if bit < degree {
            first[bit] << (BITS - 1 - bit)
        } else {
            let start = found[bit - degree] ^ (found[bit - degree] >> degree);
            (1..degree).fold(start, |sum, back| {
                if (polynomial >> (degree - back)) & 1 == 1 { sum ^ found[bit - back] } else { sum }
            })
        };
    }
    found
}

/// The sequence in so many dimensions, moved by a digital shift: every dimension's bits are crossed with those of
/// `shifts`, which keeps the points as even as they are and off the corners of the cube.
#[derive(Debug, Clone)]
pub(super) struct Sequence {
    directions: Vec<[u32; BITS]>,
    shifts: Vec<u32>,
}

impl Sequence {
    /// As many dimensions as there are shifts, [`DIMENSIONS`] at most.
    pub(super) fn new(shifts: Vec<u32>) -> Self {
        Self { directions: (0..shifts.len()).map(directions).collect(), shifts }
    }

    /// The coordinates of a point, each a share between 0 and 1, both excluded.
    pub(super) fn point(&self, index: u32, coordinates: &mut [f64]) {
        for ((directions, shift), coordinate) in self.directions.iter().zip(&self.shifts).zip(coordinates) {
            let bits = directions.iter().enumerate().filter(|(bit, _)| (index >> bit) & 1 == 1);
            let whole = bits.fold(*shift, |sum, (_, direction)| sum ^ direction);
            *coordinate = (f64::from(whole) + 0.5) / 4_294_967_296.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first points of `scipy.stats.qmc.Sobol(d, scramble=False)` (scipy 1.17.1), which come in another order
    /// (Gray code): every block of 2^k points holds the same ones. Dimensions 1, 2, 3 and 64.
    #[test]
    fn blocks_of_points_are_the_published_ones() {
        let sequence = Sequence::new(vec![0; DIMENSIONS]);
        let mut found: Vec<[f64; 4]> = (0..8)
            .map(|index| {
                let mut point = [0.0; DIMENSIONS];
                sequence.point(index, &mut point);
                [point[0], point[1], point[2], point[63]].map(|share| share - 0.5 / 4_294_967_296.0)
            })
            .collect();
        found.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(found, EIGHT);
    }

    const EIGHT: [[f64; 4]; 8] = [
        [0.0, 0.0, 0.0, 0.0],
        [0.125, 0.625, 0.375, 0.375],
        [0.25, 0.75, 0.75, 0.25],
        [0.375, 0.375, 0.625, 0.125],
        [0.5, 0.5, 0.5, 0.5],
        [0.625, 0.125, 0.875, 0.875],
        [0.75, 0.25, 0.25, 0.75],
        [0.875, 0.875, 0.125, 0.625],
    ];
}
