//! How many servers a load needs: Erlang's formulas, and staffing by the square root.
//!
//! Everything goes through the recursion of Erlang B, which holds for any load; factorials overflow at 170 servers.

/// Probability that all of `servers` are taken when nobody waits (Erlang B), for an offered load in erlangs.
///
/// `B(0) = 1, B(n) = load × B(n−1) ÷ (n + load × B(n−1))`. The figures for 17 servers and 10 erlangs that the
/// documentation of pyworkforce prints are wrong; the true one is 0.012949.
#[must_use]
pub fn erlang_b(servers: u64, load: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| next_blocked(blocked, n as f64, load))
}

fn next_blocked(blocked: f64, servers: f64, load: f64) -> f64 {
    load * blocked / (servers + load * blocked)
}

/// Probability of waiting (Erlang C): `c × B ÷ (c − load × (1 − B))`; 1 when the servers cannot keep up.
#[must_use]
pub fn erlang_c(servers: u64, load: f64) -> f64 {
    waiting(erlang_b(servers, load), servers as f64, load)
}

fn waiting(blocked: f64, servers: f64, load: f64) -> f64 {
    if load >= servers { 1.0 } else { servers * blocked / (servers - load * (1.0 - blocked)) }
}

/// What is asked of a group of servers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Offered load in erlangs: arrivals × service time.
    pub load: f64,
    /// Time within which to answer, in service times.
    pub answer: f64,
    /// Share to be answered in time, below 1.
    pub service_level: f64,
    /// Highest share of time that a server may be busy.
    pub max_occupancy: f64,
    /// Share of staff or machines that is not there.
    pub shrinkage: f64,
}

/// Servers that meet a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizing {
    /// Servers at work.
    pub raw_positions: u64,
    /// Servers with those that are not there.
    pub positions: u64,
    /// Share answered in time.
    pub service_level: f64,
    /// Share of time that a server is busy.
    pub occupancy: f64,
    /// Share that waits at all.
    pub waiting_probability: f64,
}

/// The smallest number of servers with `1 − C × e^(−(c − load) × answer) ≥ service level` and `load ÷ c ≤ occupancy`;
/// positions are that number over (1 − shrinkage), rounded up (pyworkforce at ca489250, README).
///
/// `None` beyond `most` servers.
#[must_use]
pub fn sizing(target: &Target, most: u64) -> Option<Sizing> {
    let load = target.load;
    let of = |servers: u64, waiting_probability: f64, service_level: f64| Sizing {
        raw_positions: servers,
        // A quotient such as 14 ÷ 0.7 must not be rounded up for its last binary digit.
        positions: (servers as f64 / (1.0 - target.shrinkage) - 1e-9).ceil() as u64,
        service_level,
        occupancy: if servers == 0 { 0.0 } else { load / servers as f64 },
        waiting_probability,
    };
    if load == 0.0 {
        return Some(of(0, 0.0, 1.0));
    }
    let mut blocked = 1.0;
    for servers in 1..=most {
        let count = servers as f64;
        blocked = next_blocked(blocked, count, load);
        if count <= load || load / count > target.max_occupancy * (1.0 + 1e-12) {
            continue;
        }
        let waits = waiting(blocked, count, load);
        let level = 1.0 - waits * libm::exp(-(count - load) * target.answer);
        if level >= target.service_level {
            return Some(of(servers, waits, level));
        }
    }
    None
}

/// The smallest number of servers at which at most a share `delayed` waits; `None` beyond `most`.
#[must_use]
pub fn staffing(load: f64, delayed: f64, most: u64) -> Option<u64> {
    if load == 0.0 {
        return Some(0);
    }
    let mut blocked = 1.0;
    (1..=most).find(|servers| {
        let count = *servers as f64;
        blocked = next_blocked(blocked, count, load);
        count > load && waiting(blocked, count, load) <= delayed
    })
}

/// Servers by the square root rule, `⌈load + k √load⌉`, with `delayed = 1 ÷ (1 + k Φ(k) ÷ φ(k))` (Halfin and Whitt
/// 1981). `delayed` is above 0 and at most 1.
#[must_use]
pub fn staffing_by_square_root(load: f64, delayed: f64) -> f64 {
    (load + square_root_factor(delayed) * load.sqrt() - 1e-9).ceil().max(0.0)
}

/// The factor `k` of the square root rule: 0.50605, 1.06152 and 1.42019 for a half, a fifth and a tenth delayed.
#[must_use]
pub fn square_root_factor(delayed: f64) -> f64 {
    let share = |k: f64| {
        let density = libm::exp(-k * k / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
        let below = 0.5 * libm::erfc(-k / std::f64::consts::SQRT_2);
        density / (density + k * below)
    };
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if share(middle) > delayed { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_figures() {
        for (servers, blocked) in [(16, 0.022_301_872_040_363_657), (17, 0.012_949), (18, 0.007_142)] {
            assert!((erlang_b(servers, 10.0) - blocked).abs() < 1e-6, "{servers} servers, 10 erlangs");
        }
        assert!((erlang_c(2, 0.5 / 0.7) - 0.187_969_924_812_030_1).abs() < 1e-12);
        for (delayed, k) in [(0.5, 0.50605), (0.2, 1.06152), (0.1, 1.42019)] {
            assert!((square_root_factor(delayed) - k).abs() < 1e-5, "{delayed}");
        }
    }

    #[test]
    fn thousands_of_erlangs_are_no_matter() {
        let waits = erlang_c(5_100, 5_000.0);
        assert!(waits > 0.0 && waits < 1.0, "{waits}");
        assert_eq!(staffing(10_000.0, 0.2, 20_000), Some(10_107), "10,000 + 1.06 × 100, rounded up");
    }

    proptest! {
        #[test]
        fn waiting_is_a_probability_that_falls_with_servers_and_rises_with_load(
            servers in 1..300u64, share in 0.01..0.99f64,
        ) {
            let load = share * servers as f64;
            let waits = erlang_c(servers, load);
            prop_assert!((0.0..=1.0).contains(&waits));
            prop_assert!(erlang_c(servers + 1, load) <= waits);
            prop_assert!(erlang_c(servers, load * 0.99) <= waits);
        }

        #[test]
        fn one_server_makes_wait_whoever_finds_it_busy(load in 0.0..0.999f64) {
            prop_assert!((erlang_c(1, load) - load).abs() < 1e-12);
        }

        #[test]
        fn states_of_erlang_b_add_up_to_one(servers in 1..40u64, load in 0.1..30.0f64) {
            // P(n) = P(0) × load^n ÷ n!, and B is the last of them.
            let mut terms = vec![1.0];
            for n in 1..=servers {
                terms.push(terms[terms.len() - 1] * load / n as f64);
            }
            let all: f64 = terms.iter().sum();
            prop_assert!((erlang_b(servers, load) - terms[terms.len() - 1] / all).abs() < 1e-12);
        }

        #[test]
        fn one_server_fewer_would_miss_the_target(load in 0.5..200.0f64, level in 0.1..0.99f64) {
            let target = Target { load, answer: 0.1, service_level: level, max_occupancy: 1.0, shrinkage: 0.0 };
            let found = sizing(&target, 10_000).unwrap();
            prop_assert!(found.service_level >= level);
            let fewer = found.raw_positions - 1;
            let missed = 1.0 - erlang_c(fewer, load) * libm::exp(-(fewer as f64 - load) * 0.1);
            prop_assert!((fewer as f64) <= load || missed < level);
        }
    }
}
