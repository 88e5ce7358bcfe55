//! Replicas with slots, sized for a waiting time.
//!
//! A replica runs so many requests at once (its slots: the batch), each for as long as a request takes at a full batch.
//! Servers of the queue are therefore replicas × slots. Waiting is what the target for the first token leaves after the
//! prompt's own time.

use super::error::{amount, counted, positive, share_below_1, some_share};
use super::waiting::{MOST_SERVERS, Queue, erlang_c};
use super::{CapacityError, Latency, Lengths};
use crate::serving::Answer;

/// How arrivals find a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// One queue for all replicas: whoever is first takes the first free slot.
    Pooled,
    /// A queue in front of each replica and arrivals sent at random: the pessimistic case. Each replica then sees a
    /// stream that varies as much as the whole, and never less than a random one.
    Apart,
}

/// What one replica does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Service {
    /// Mean seconds that a request holds its slot, at a full batch.
    pub service_s: f64,
    /// Requests that a replica runs at once.
    pub slots: u32,
    /// Squared coefficient of variation of the times between arrivals; 1 is a random stream.
    pub arrival_scv: f64,
    /// Squared coefficient of variation of the time in the slot; 1 is exponential.
    pub service_scv: f64,
    /// How arrivals find a slot.
    pub routing: Routing,
}

impl Service {
    /// Time in a slot from a prompt and an answer, `prefill + (output − 1) × tpot`, and its squared coefficient of
    /// variation when answers differ in length and prompts do not: `(tpot × mean output)² × scv ÷ mean time²`.
    ///
    /// # Errors
    /// A figure that is negative or no number, or answers of less than a token on average.
    pub fn time(prefill_s: f64, tpot_s: f64, output: Lengths) -> Result<Lengths, CapacityError> {
        amount("prefill_s", prefill_s)?;
        positive("tpot_s", tpot_s)?;
        let scv = amount("output_scv", output.scv)?;
        if !(1.0..=1e12).contains(&output.mean) {
            let expected = "a number of tokens of 1 or more";
            return Err(CapacityError::Figure { field: "output_tokens", found: output.mean.to_string(), expected });
        }
        let mean = positive("service_s", prefill_s + (output.mean - 1.0) * tpot_s)?;
        let varying = tpot_s * output.mean / mean;
        Ok(Lengths { mean, scv: varying * varying * scv })
    }

    /// A replica as the serving model answers for a full batch: its slots are the requests that run at once, each as
    /// long as it takes from end to end. The answer's range of time to first token is the prefill of [`Pool::latency`].
    ///
    /// # Errors
    /// An answer of less than a slot, or more than can be counted.
    pub fn at_full_batch(
        answer: &Answer,
        (arrival_scv, service_scv): (f64, f64),
        routing: Routing,
    ) -> Result<Self, CapacityError> {
        if !(1.0..=f64::from(u32::MAX)).contains(&answer.batch) {
            let expected = "a batch of 1 or more";
            return Err(CapacityError::Figure { field: "batch", found: answer.batch.to_string(), expected });
        }
        Ok(Self { service_s: answer.end_to_end_s.value, slots: answer.batch as u32, arrival_scv, service_scv, routing })
    }
}

/// What is asked of the pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Longest wait for a slot in seconds: the target for the first token less the prompt's own time.
    pub wait_s: f64,
    /// Share of requests that must wait no longer, from 0 to below 1.
    pub percentile: f64,
    /// Largest share of slots that may be busy on average, above 0 and at most 1.
    pub max_occupancy: f64,
}

/// A service and a target, held to be sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pool {
    service: Service,
    target: Target,
}

/// What a number of replicas gives under a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// Mean load ÷ slots; 1 or more does not hold.
    pub occupancy: f64,
    /// Share of requests that waits at all.
    pub waiting_probability: f64,
    /// Mean seconds of waiting over all requests; `None` when the slots cannot keep up.
    pub mean_wait_s: Option<f64>,
    /// Seconds of waiting at the target's percentile; `None` when the slots cannot keep up.
    pub wait_at_percentile_s: Option<f64>,
    /// Share of requests that waits no longer than the target.
    pub share_in_time: f64,
}

impl Pool {
    /// A pool.
    ///
    /// # Errors
    /// The first figure out of its range.
    pub fn new(service: Service, target: Target) -> Result<Self, CapacityError> {
        positive("service_s", service.service_s)?;
        counted("slots", service.slots)?;
        amount("arrival_scv", service.arrival_scv)?;
        amount("service_scv", service.service_scv)?;
        amount("wait_s", target.wait_s)?;
        share_below_1("percentile", target.percentile)?;
        some_share("max_occupancy", target.max_occupancy)?;
        Ok(Self { service, target })
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The same pool with another way for arrivals to find a slot.
    #[must_use]
    pub fn routed(self, routing: Routing) -> Self {
        Self { service: Service { routing, ..self.service }, ..self }
    }

    /// Most replicas that are looked at.
    #[must_use]
    pub fn most_replicas(&self) -> u32 {
        u32::try_from(MOST_SERVERS / u64::from(self.service.slots)).unwrap_or(u32::MAX).max(1)
    }

    /// Most arrivals per second that so many replicas carry inside the target; 0 for none, and where even a single
    /// request at a time could wait too long.
    ///
    /// Found by false position on `ln P(wait > target) − ln(1 − percentile)`, which rises with the load; the answer is
    /// the end of the bracket that meets the target, within 10⁻¹² of the one that misses it.
    #[must_use]
    pub fn most_arrivals_per_s(&self, replicas: u32) -> f64 {
        if replicas == 0 {
            return 0.0;
        }
        let slots = u64::from(self.service.slots);
        let per_s = |load: f64| load / self.service.service_s;
        match self.service.routing {
            Routing::Pooled => per_s(self.most_load(u64::from(replicas) * slots, self.service.arrival_scv)),
            Routing::Apart => f64::from(replicas) * per_s(self.most_load(slots, self.service.arrival_scv.max(1.0))),
        }
    }

    /// Most erlangs that one queue of servers carries.
    fn most_load(&self, servers: u64, arrival_scv: f64) -> f64 {
        let count = servers as f64;
        let variability = f64::midpoint(arrival_scv, self.service.service_scv);
        // Waits are counted in mean waits of a pool with one server to spare.
        let wait = self.target.wait_s / self.service.service_s;
        let allowed = libm::log(1.0 - self.target.percentile);
        let over = |load: f64| {
            let fade = if variability > 0.0 { (count - load) * wait / variability } else { 0.0 };
            libm::log(erlang_c(servers, load).max(1e-300)) - fade - allowed
        };
        let most = count * self.target.max_occupancy;
        // Constant gaps and constant service never wait below full load; and at full load nobody is sure of anything.
        if variability == 0.0 || (most < count && over(most) <= 0.0) {
            return most.min(count * (1.0 - 1e-12));
        }
        falling_back(over, most, count.sqrt())
    }

    /// Fewest replicas that carry the arrivals inside the target; `None` above [`Self::most_replicas`], and for
    /// arrivals that are no number of 0 or more.
    ///
    /// The smallest `n` with arrivals ≤ [`Self::most_arrivals_per_s`]`(n)`: what a table of those figures gives.
    #[must_use]
    pub fn replicas_needed(&self, arrivals_per_s: f64) -> Option<u32> {
        super::staircase::fewest(arrivals_per_s, self.most_replicas(), |units| self.most_arrivals_per_s(units))
    }

    /// What so many replicas give under so many arrivals per second.
    ///
    /// # Errors
    /// No replica, too many of them, or arrivals that are no number of 0 or more.
    pub fn predict(&self, replicas: u32, arrivals_per_s: f64) -> Result<Predicted, CapacityError> {
        let Service { service_s, slots, arrival_scv, service_scv, routing } = self.service;
        counted("replicas", replicas)?;
        let queue = match routing {
            Routing::Pooled => {
                let servers = u64::from(replicas) * u64::from(slots);
                Queue::new(servers, arrivals_per_s, service_s, (arrival_scv, service_scv))
            }
            Routing::Apart => {
                let own = arrivals_per_s / f64::from(replicas);
                Queue::new(u64::from(slots), own, service_s, (arrival_scv.max(1.0), service_scv))
            }
        }?;
        Ok(Predicted {
            occupancy: queue.occupancy(),
            waiting_probability: queue.waiting_probability(),
            mean_wait_s: queue.mean_wait_s(),
            wait_at_percentile_s: queue.wait_at_s(self.target.percentile),
            share_in_time: queue.share_within(self.target.wait_s),
        })
    }

    /// The range of seconds to the first token at the target's percentile: the lower end has the faster prompt and one
    /// queue for all, the upper end the slower prompt and a queue for each replica. `None` when either cannot keep up.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn latency(
        &self,
        replicas: u32,
        arrivals_per_s: f64,
        prefill_s: (f64, f64),
    ) -> Result<Option<Latency>, CapacityError> {
        amount("prefill_s", prefill_s.0)?;
        amount("prefill_s", prefill_s.1)?;
        let waits = |routing| {
            let predicted = self.routed(routing).predict(replicas, arrivals_per_s)?;
            Ok(predicted.wait_at_percentile_s)
        };
        let (pooled, apart) = (waits(Routing::Pooled)?, waits(Routing::Apart)?);
        Ok(pooled.zip(apart).map(|(pooled, apart)| {
            let low_s = prefill_s.0.min(prefill_s.1) + pooled.min(apart);
            let high_s = prefill_s.0.max(prefill_s.1) + pooled.max(apart);
            Latency { low_s, high_s }
        }))
    }
}

/// The largest place below `most` at which a rising function is not above 0; 0 where there is none.
fn falling_back(over: impl Fn(f64) -> f64, most: f64, step: f64) -> f64 {
    let (mut high, mut high_over) = (most, over(most));
    let mut step = step * 0.25;
    let (mut low, mut low_over) = loop {
        let at = (high - step).max(0.0);
        let here = over(at);
        if here <= 0.0 {
            break (at, here);
        }
        if at <= most * 1e-12 {
            return 0.0;
        }
        (high, high_over) = (at, here);
        step *= 2.0;
    };
    // The Illinois rule: an end that stays twice counts half, so that both ends move in.
    let mut stayed = 0i8;
    for _ in 0..200 {
        let width = high - low;
        if width <= high * 1e-12 {
            break;
        }
        let edge = high * 0.4e-12;
        let at = (low + width * (-low_over / (high_over - low_over))).clamp(low + edge, high - edge);
        let here = over(at);
        if here <= 0.0 {
            (low, low_over) = (at, here);
            if stayed == 1 {
                high_over *= 0.5;
            }
            stayed = 1;
        } else {
            (high, high_over) = (at, here);
            if stayed == -1 {
                low_over *= 0.5;
            }
            stayed = -1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pool(slots: u32, wait_s: f64, percentile: f64, max_occupancy: f64) -> Pool {
        let service = Service { service_s: 10.0, slots, arrival_scv: 1.0, service_scv: 1.0, routing: Routing::Pooled };
        Pool::new(service, Target { wait_s, percentile, max_occupancy }).unwrap()
    }

    #[test]
    fn the_call_centre_of_the_books() {
        // 100 calls in 1,800 s of 180 s each, 80 % within 20 s, at most 85 % busy: 14 people answer 0.88835 in time
        // (pyworkforce at ca489250, README), 13 would not.
        let service =
            Service { service_s: 180.0, slots: 1, arrival_scv: 1.0, service_scv: 1.0, routing: Routing::Pooled };
        let pool = Pool::new(service, Target { wait_s: 20.0, percentile: 0.8, max_occupancy: 0.85 }).unwrap();
        let arrivals = 100.0 / 1_800.0;
        assert_eq!(pool.replicas_needed(arrivals), Some(14));
        let predicted = pool.predict(14, arrivals).unwrap();
        assert!((predicted.share_in_time - 0.888_350_019_179_466_9).abs() < 1e-12);
        assert!((predicted.waiting_probability - 0.174_131_933_595_049_8).abs() < 1e-12);
        assert!((predicted.occupancy - 10.0 / 14.0).abs() < 1e-12);
    }

    #[test]
    fn one_slot_at_half_load() {
        // One server, P(no wait) = 1 − load: 80 % without waiting is a load of 0.2, 0.02 per second of 10 s each.
        let pool = pool(1, 0.0, 0.8, 1.0);
        assert!((pool.most_arrivals_per_s(1) - 0.02).abs() < 1e-12);
        assert_eq!(
            (pool.replicas_needed(0.0), pool.replicas_needed(0.019), pool.replicas_needed(0.021)),
            (Some(0), Some(1), Some(2))
        );
    }

    #[test]
    fn the_occupancy_limit_binds_large_pools() {
        // Ten replicas of 64 slots at 80 %: 512 of 640 slots busy, 51.2 requests a second of 10 s each.
        let pool = pool(64, 1.0, 0.95, 0.8);
        assert!((pool.most_arrivals_per_s(10) - 51.2).abs() < 1e-9);
        assert_eq!(pool.replicas_needed(51.2), Some(10));
    }

    #[test]
    fn ten_thousand_servers_are_no_matter() {
        let pool = pool(1, 0.0, 0.8, 1.0);
        // 10,000 erlangs at one fifth delayed: 10,107 servers by the long recursion (queueing's own test).
        assert_eq!(pool.replicas_needed(1_000.0), Some(10_107));
    }

    #[test]
    fn queues_apart_need_more() {
        let pooled = pool(4, 1.0, 0.95, 0.95);
        let apart = pooled.routed(Routing::Apart);
        let (few, many) = (pooled.replicas_needed(5.0).unwrap(), apart.replicas_needed(5.0).unwrap());
        assert!(many > few, "{many} > {few}");
        let latency = pooled.latency(many, 5.0, (0.2, 0.5)).unwrap().unwrap();
        assert!(latency.low_s >= 0.2 && latency.high_s > latency.low_s && latency.high_s <= 0.5 + 1.0 + 1e-9);
    }

    #[test]
    fn answers_make_the_time_in_a_slot() {
        // 0.5 s of prompt and 101 tokens, 20 ms apart: 2.5 s. An answer twice as long in one case of four and shorter
        // in the others (scv 0.25) moves 2.02 s of it: (2.02 ÷ 2.5)² × 0.25.
        let time = Service::time(0.5, 0.02, Lengths { mean: 101.0, scv: 0.25 }).unwrap();
        assert!((time.mean - 2.5).abs() < 1e-12 && (time.scv - 0.808 * 0.808 * 0.25).abs() < 1e-12);
        assert!(Service::time(0.5, 0.02, Lengths { mean: 0.0, scv: 0.0 }).is_err());
        assert!(Service::time(f64::NAN, 0.02, Lengths { mean: 9.0, scv: 0.0 }).is_err());
    }

    #[test]
    fn a_replica_of_the_serving_model() {
        use crate::serving::{Backend, CachePrecision, Deployment, Load, Precision, Question, answer, gpu, model};
        let deployment = Deployment {
            tensor_parallel: 2,
            data_parallel: 1,
            expert_parallel: 1,
            weights: Precision::Bf16,
            cache: CachePrecision::Bf16,
            backend: Backend::Vllm,
        };
        let load = Load { input_tokens: 1_024.0, output_tokens: 128.0, concurrency: 32.0, prefix_hit_share: 0.0 };
        let (model, gpu) = (model("Qwen3-32B").unwrap(), gpu("h100_sxm").unwrap());
        let found = answer(&Question { model: &model, gpu: &gpu, deployment, load }, &[]).unwrap();
        let service = Service::at_full_batch(&found, (1.0, 1.0), Routing::Pooled).unwrap();
        assert_eq!(service.slots, 32);
        let pool = Pool::new(service, Target { wait_s: 1.0, percentile: 0.95, max_occupancy: 0.8 }).unwrap();
        // Little: 80 % of 32 requests at a time leave as fast as they come.
        assert!(pool.most_arrivals_per_s(1) * found.end_to_end_s.value <= 0.8 * 32.0 + 1e-9);
    }

    #[test]
    fn constant_gaps_and_constant_service_never_wait() {
        let still = Service { service_s: 1.0, slots: 1, arrival_scv: 0.0, service_scv: 0.0, routing: Routing::Pooled };
        let pool = Pool::new(still, Target { wait_s: 0.0, percentile: 0.99, max_occupancy: 1.0 }).unwrap();
        assert_eq!(pool.replicas_needed(9.5), Some(10));
    }

    #[test]
    fn a_target_that_is_none_is_refused() {
        let service =
            Service { service_s: 1.0, slots: 1, arrival_scv: 1.0, service_scv: 1.0, routing: Routing::Pooled };
        for target in [
            Target { wait_s: -1.0, percentile: 0.9, max_occupancy: 1.0 },
            Target { wait_s: f64::NAN, percentile: 0.9, max_occupancy: 1.0 },
            Target { wait_s: 1.0, percentile: 1.0, max_occupancy: 1.0 },
            Target { wait_s: 1.0, percentile: 0.9, max_occupancy: 0.0 },
        ] {
            assert!(Pool::new(service, target).is_err(), "{target:?}");
        }
        assert_eq!(pool(1, 1.0, 0.9, 1.0).replicas_needed(f64::NAN), None);
        assert_eq!(pool(1, 1.0, 0.9, 1.0).replicas_needed(1e12), None);
    }

    prop_compose! {
        fn any_pool()(
            service_s in 0.01..100.0f64, slots in 1..2_000u32, ca in 0.0..4.0f64, cs in 0.0..4.0f64,
            apart: bool, wait in 0.0..20.0f64, nines in 0.0..8.0f64, max_occupancy in 0.3..1.0f64,
        ) -> Pool {
            let routing = if apart { Routing::Apart } else { Routing::Pooled };
            let percentile = 1.0 - libm::pow(10.0, -nines);
            let service = Service { service_s, slots, arrival_scv: ca, service_scv: cs, routing };
            Pool::new(service, Target { wait_s: wait, percentile, max_occupancy }).unwrap()
        }
    }

    proptest! {
        #[test]
        fn one_replica_fewer_would_miss_the_target(pool in any_pool(), share in 0.05..30.0f64) {
            let arrivals = share * f64::from(pool.service.slots) / pool.service.service_s;
            let needed = pool.replicas_needed(arrivals).unwrap();
            let met = |replicas: u32, arrivals: f64| {
                let predicted = pool.predict(replicas, arrivals).unwrap();
                predicted.share_in_time >= pool.target.percentile && predicted.occupancy <= pool.target.max_occupancy
            };
            prop_assert!(met(needed, arrivals * (1.0 - 1e-9)), "{needed} replicas do not do");
            prop_assert!(needed == 1 || !met(needed - 1, arrivals * (1.0 + 1e-9)), "{} would do", needed - 1);
        }

        #[test]
        fn more_replicas_carry_more(pool in any_pool(), replicas in 1..60u32) {
            let (fewer, more) = (pool.most_arrivals_per_s(replicas), pool.most_arrivals_per_s(replicas + 1));
            prop_assert!(fewer.is_finite() && fewer >= 0.0 && more >= fewer);
        }
    }
}
