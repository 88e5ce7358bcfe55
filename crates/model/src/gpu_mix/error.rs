//! Why there is no fleet.

use super::Purchase;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MixError {
    /// A figure of the input is out of range.
    #[error("{path} is {found}, expected {expected}")]
    Figure {
        /// Where it stands, such as `buckets[2].rate`.
        path: String,
        /// What it was.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// A bucket of requests cannot be served.
    #[error("bucket {bucket:?} cannot be served: {why}")]
    Unserved {
        /// The bucket.
        bucket: String,
        /// Why.
        why: Why,
    },
    /// The solver gave up without a fleet.
    #[error("no fleet was found in {nodes} steps of the search: join buckets, or allow more steps")]
    Unfinished {
        /// Steps that were allowed.
        nodes: u64,
    },
    /// The solver failed.
    #[error("the solver failed: {what}")]
    Solver {
        /// What it said.
        what: String,
    },
}

/// What stands in the way of a bucket.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Why {
    /// No replica serves requests of this size within the latency target.
    #[error("no replica serves it within the latency target; use a larger group or a wider target")]
    Latency,
    /// The GPUs that serve it are sold nowhere.
    #[error("nothing that serves it is sold anywhere; add an offer of {}", .gpus.join(" or "))]
    NotSold {
        /// GPUs that would serve it.
        gpus: Vec<String>,
    },
    /// The GPUs that serve it are sold only where its requests may not go.
    #[error("what serves it is sold only in {}, where its requests may not go", .regions.join(" and "))]
    Residency {
        /// Regions that sell GPUs that serve it.
        regions: Vec<String>,
    },
    /// Stock runs out.
    #[error("stock lacks GPUs for {:.1} % of its requests", .short * 100.0)]
    Stock {
        /// Share of its requests that stays unserved, 0 to 1.
        short: f64,
    },
    /// What is sold beside spot does not suffice under the cap on spot.
    #[error("the cap on {} leaves {:.1} % of its requests unserved; raise it, or add other offers", Purchase::Spot.word(), .short * 100.0)]
    SpotShare {
        /// Share of its requests that stays unserved, 0 to 1.
        short: f64,
    },
    /// There is stock for the load, but not for spare replicas beside it.
    #[error("spare replicas leave {:.1} % of its requests unserved; keep fewer, or add stock", .short * 100.0)]
    Spares {
        /// Share of its requests that stays unserved, 0 to 1.
        short: f64,
    },
}
