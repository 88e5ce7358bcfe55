//! What is asked of a fleet, and whether it can be computed with.

use super::MixError;

/// Requests of about one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its name, such as `1k in, 200 out`.
    pub name: String,
    /// Requests per second.
    pub rate: f64,
    /// Regions that its requests may go to (residency); `None` for all.
    pub regions: Option<Vec<String>>,
}

/// GPUs that serve as one: whole GPUs of a type under tensor parallelism.
#[derive(Debug, Clone, PartialEq)]
pub struct Replica {
    /// Type of GPU.
    pub gpu: String,
    /// GPUs in the group.
    pub group: u32,
    /// Requests per second that one carries of each bucket alone, at the latency target; `None` where it cannot.
    pub capacity: Vec<Option<f64>>,
}

/// How GPUs are paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purchase {
    /// By the hour, at any time.
    OnDemand,
    /// For a term.
    Reserved,
    /// By the hour, and taken back at short notice.
    Spot,
}

impl Purchase {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Reserved => "reserved",
            Self::Spot => "spot",
        }
    }
}

/// An offer. What has none is not sold.
#[derive(Debug, Clone, PartialEq)]
pub struct Sale {
    /// Type of GPU.
    pub gpu: String,
    /// Where.
    pub region: String,
    /// How it is paid for.
    pub purchase: Purchase,
    /// USD per GPU and hour.
    pub usd_per_hour: f64,
    /// GPUs that can be had of this offer; `None` for any number.
    pub gpus: Option<u64>,
}

/// GPUs of a type that a region has, over all offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Stock {
    /// Type of GPU.
    pub gpu: String,
    /// Where.
    pub region: String,
    /// How many.
    pub gpus: u64,
}

/// A fleet that is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetProblem {
    /// What must be served.
    pub buckets: Vec<Bucket>,
    /// What can serve it.
    pub replicas: Vec<Replica>,
    /// What is sold.
    pub sales: Vec<Sale>,
    /// Limits over all offers of a type in a region; without one there is none.
    pub stocks: Vec<Stock>,
    /// Largest share of all GPUs that may be spot, 0 to 1.
    pub spot_share: f64,
    /// Replicas beyond the load in every pool (type, group and region) that serves anything: 1 for N+1.
    pub spares: u32,
    /// Steps of the search (nodes of branch and bound): a bound on its time that is the same on every machine.
    pub nodes: u64,
}

/// Steps of the search that take about a second for 64 buckets in a dozen places.
pub const NODES: u64 = 1_000;
/// Buckets × places beyond which the search would take minutes.
const LARGEST: usize = 20_000;
/// Replicas in a place beyond which a load is a slip of units.
pub(super) const MOST_REPLICAS: f64 = 1e6;

/// A place where a bucket can be served: a replica type in a region, and the offers that it can be bought by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pool {
    pub(super) replica: usize,
    pub(super) region: String,
    pub(super) sales: Vec<usize>,
}

impl FleetProblem {
    /// Whether it can be computed with.
    pub(super) fn check(&self) -> Result<(), MixError> {
        let refuse = |path: String, found: String, expected: &str| {
            Err(MixError::Figure { path, found, expected: expected.to_owned() })
        };
        for (path, is_empty) in [
            ("buckets", self.buckets.is_empty()),
            ("replicas", self.replicas.is_empty()),
            ("sales", self.sales.is_empty()),
        ] {
            if is_empty {
                return refuse(path.to_owned(), "an empty list".to_owned(), "at least one");
            }
        }
        for (index, bucket) in self.buckets.iter().enumerate() {
            if !(0.0..=1e12).contains(&bucket.rate) {
                let expected = "requests per second from 0 to 1e12";
                return refuse(format!("buckets[{index}].rate"), bucket.rate.to_string(), expected);
            }
        }
        for (index, replica) in self.replicas.iter().enumerate() {
            let path = |field: &str| format!("replicas[{index}].{field}");
            if replica.group == 0 {
                return refuse(path("group"), "0".to_owned(), "1 GPU or more");
            }
            if replica.capacity.len() != self.buckets.len() {
                let found = format!("{} figures", replica.capacity.len());
                return refuse(path("capacity"), found, "one for each bucket");
            }
            let mut wrong = replica.capacity.iter().flatten().filter(|rate| !(1e-12..=1e12).contains(*rate));
            if let Some(rate) = wrong.next() {
                return refuse(path("capacity"), rate.to_string(), "requests per second from 1e-12 to 1e12, or none");
            }
        }
        for (index, sale) in self.sales.iter().enumerate() {
            if !(0.0..=1e9).contains(&sale.usd_per_hour) {
                let path = format!("sales[{index}].usd_per_hour");
                return refuse(path, sale.usd_per_hour.to_string(), "USD per GPU and hour from 0 to 1e9");
            }
        }
        if !(0.0..=1.0).contains(&self.spot_share) {
            return refuse("spot_share".to_owned(), self.spot_share.to_string(), "a share from 0 to 1");
        }
        if self.buckets.len() * self.pools().len() > LARGEST {
            let found = format!("{} buckets in {} places", self.buckets.len(), self.pools().len());
            return refuse("buckets".to_owned(), found, "at most 20000 pairs of a bucket and a place");
        }
        Ok(())
    }

    /// Where something can be served: every replica type in every region that sells its GPU.
    pub(super) fn pools(&self) -> Vec<Pool> {
        let mut pools = Vec::new();
        for (index, replica) in self.replicas.iter().enumerate() {
            let sold = |sale: &&Sale| sale.gpu == replica.gpu;
            let mut regions: Vec<&str> = self.sales.iter().filter(sold).map(|sale| sale.region.as_str()).collect();
            regions.sort_unstable();
            regions.dedup();
            for region in regions {
                let here = |sale: &Sale| sale.gpu == replica.gpu && sale.region == region;
                let sales = (0..self.sales.len()).filter(|sale| here(&self.sales[*sale])).collect();
                pools.push(Pool { replica: index, region: region.to_owned(), sales });
            }
        }
        pools
    }

    /// Replicas that the whole of a bucket takes in a pool; `None` where it cannot or may not go there.
    pub(super) fn load(&self, bucket: usize, pool: &Pool) -> Option<f64> {
        let asked = &self.buckets[bucket];
        let is_allowed = asked.regions.as_ref().is_none_or(|regions| regions.contains(&pool.region));
        let load = asked.rate / self.replicas[pool.replica].capacity[bucket]?;
        (is_allowed && load <= MOST_REPLICAS).then_some(load)
    }
}
