//! Streams of random numbers that depend on what is drawn and on nothing else.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Draws of an input that share a stream.
pub const CHUNK: usize = 256;

/// The generator and how its streams are made; told with results, because the same seed gives the same draws only with
/// the same generator.
pub const GENERATOR: &str = "xoshiro256++ (rand_xoshiro 0.8.1), streams 1";

/// One stream: xoshiro256++ whose four words of state are successive outputs of splitmix64, started at the mixed seed,
/// label and chunk.
///
/// Source: D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM Transactions on
/// Mathematical Software 47 (2021); splitmix64: G. L. Steele, D. Lea and C. H. Flood, OOPSLA 2014.
#[derive(Debug, Clone)]
pub struct Stream(Xoshiro256PlusPlus);

/// One step of splitmix64: its state grows by the golden ratio, and the output is the state mixed.
fn mixed(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The label of a name: FNV-1a of its bytes, 64 bits.
fn label(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Stream {
    /// The stream of a chunk of an input. `scenario` is `None` where scenarios share their draws, which makes their
    /// differences paired; a number gives a scenario draws of its own.
    #[must_use]
    pub fn new(seed: u64, scenario: Option<u64>, name: &str, chunk: u64) -> Self {
        let of_seed = mixed(seed);
        let of_scenario = scenario.map_or(of_seed, |number| mixed(of_seed ^ mixed(number)));
        let start = mixed(mixed(of_scenario ^ label(name)) ^ chunk);
        let mut bytes = [0_u8; 32];
        let mut state = start;
        for word in bytes.chunks_exact_mut(8) {
            word.copy_from_slice(&mixed(state).to_le_bytes());
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        }
        Self(Xoshiro256PlusPlus::from_seed(bytes))
    }

    /// The next share: 52 random bits and a half, so that it is never 0 or 1, and as likely as its complement.
    pub fn share(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / 4_503_599_627_370_496.0;
        ((self.0.next_u64() >> 12) as f64 + 0.5) * UNIT
    }

    /// Fills a slice with shares.
    pub fn fill(&mut self, shares: &mut [f64]) {
        shares.iter_mut().for_each(|share| *share = self.share());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with a Python program of its own that has splitmix64, FNV-1a and xoshiro256++ as their papers give them.
    #[test]
    fn a_stream_is_what_its_definition_says() {
        let first = |scenario, name, chunk| Stream::new(7, scenario, name, chunk).share();
        assert_eq!(first(None, "price", 0), PRICE_0);
        assert_eq!(first(None, "price", 3), PRICE_3);
        assert_eq!(first(Some(2), "price", 0), PRICE_OF_2);
    }

    #[test]
    fn streams_of_other_seeds_names_chunks_and_scenarios_differ() {
        let first = |seed, scenario, name, chunk| Stream::new(seed, scenario, name, chunk).share().to_bits();
        let mut all = vec![first(1, None, "a", 0), first(2, None, "a", 0), first(1, None, "b", 0)];
        all.extend([first(1, None, "a", 1), first(1, Some(0), "a", 0), first(1, Some(1), "a", 0)]);
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    const PRICE_0: f64 = 0.3115159778375981;
    const PRICE_3: f64 = 0.3157059064253228;
    const PRICE_OF_2: f64 = 0.5770613551461302;
}
