//! A price: what one unit of something costs, where, how bought, from when to when, and who says so.
//!
//! Prices are absolute for each class (never a multiple of another class's), because sellers do not keep to fixed
//! multiples. [`choice`] chooses between prices, and [`tokens`] says what tokens cost at those chosen.

pub mod choice;
pub mod free;
pub mod tokens;
mod window;

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::scenario::Evidence;
use crate::{Currency, Money};
pub use window::{Weekdays, Window};

/// Texts that stand for the values of a closed list, as the ledger and files write them.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its word.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl FromStr for $name {
            type Err = NoSuchWord;

            fn from_str(text: &str) -> Result<Self, NoSuchWord> {
                Self::ALL.iter().copied().find(|each| each.id() == text).ok_or(NoSuchWord(
                    concat!("one of ", $("`", $word, "` ",)+)
                ))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}

/// A text that no value of the list has; says what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoSuchWord(&'static str);

words! {
    /// What is sold.
    Resource {
        /// Tokens of a model; the item is the model's id.
        Tokens = "tokens",
        /// One GPU for one hour; the item is the GPU's name, as in the GPU table.
        Gpu = "gpu",
        /// An instance for one hour; the item is its type.
        Instance = "instance",
        /// Storage; the item is its class.
        Storage = "storage",
        /// Data that leaves a region; the class says for where.
        Egress = "egress",
        /// A vector store; the item is the service.
        VectorStore = "vector_store",
        /// A fee for each request, search or call; the item is the model or service.
        Request = "request",
        /// A fee for the time a session or container runs.
        Session = "session",
        /// Provisioned throughput; the item is the model.
        Throughput = "throughput",
        /// Percent off a provider's list prices, by contract; the item is a model, or empty for all of them.
        Discount = "discount",
    }
}

words! {
    /// How it is bought.
    Purchase {
        /// By use, at no commitment.
        OnDemand = "on_demand",
        /// Interruptible.
        Spot = "spot",
        /// Reserved or committed for a year.
        Reserved1y = "reserved_1y",
        /// Reserved or committed for three years.
        Reserved3y = "reserved_3y",
        /// A block of capacity for a fixed time.
        CapacityBlock = "capacity_block",
    }
}

words! {
    /// What one amount buys.
    Per {
        /// A million tokens.
        Mtok = "mtok",
        /// One GPU for an hour.
        GpuHour = "gpu_hour",
        /// One hour.
        Hour = "hour",
        /// A gigabyte for a month.
        GbMonth = "gb_month",
        /// A gigabyte.
        Gb = "gb",
        /// One request, search or call.
        Request = "request",
        /// A unit of provisioned throughput for an hour.
        UnitHour = "unit_hour",
        /// A month.
        Month = "month",
        /// One image, minute, character or other thing that is counted; the class names it.
        Item = "item",
        /// Percent, of a discount.
        Percent = "percent",
    }
}

words! {
    /// Classes of tokens that have prices of their own.
    TokenClass {
        /// Uncached input.
        Input = "input",
        /// Read from the prompt cache.
        CacheRead = "cache_read",
        /// Written to the prompt cache for five minutes.
        CacheWrite5m = "cache_write_5m",
        /// Written to the prompt cache for an hour.
        CacheWrite1h = "cache_write_1h",
        /// Output.
        Output = "output",
        /// Output that the model thinks and does not say; billed as output where it has no price of its own.
        Reasoning = "reasoning",
    }
}

/// Region of a price that holds in every region that is named, such as that of all regional endpoints.
pub const ANY_REGION: &str = "*";

/// One price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What is sold.
    pub resource: Resource,
    /// Who sells it: the id that usage and bills have, such as `anthropic`, `aws`, `lambda`.
    pub provider: String,
    /// Model, GPU, instance type, storage class or service.
    pub item: String,
    /// Token class, destination region, or nothing.
    pub class: String,
    /// Region id of the provider; [`ANY_REGION`]: every region that is named and has no price of its own; empty:
    /// wherever no other price names the region.
    pub region: String,
    /// How it is bought.
    pub purchase: Purchase,
    /// Service tier, such as `batch`, `flex`, `priority`; empty: standard.
    pub service_tier: String,
    /// Holds for a whole request whose prompt, cached tokens included, is longer than this; 0: from the first token.
    pub above_tokens: u64,
    /// Hours of the week; `None`: all of them.
    pub window: Option<Window>,
    /// What one amount buys.
    pub per: Per,
    /// Price of one; 0 is free, and says so.
    pub amount: Money,
    /// How many of `per` are free in each calendar month, in nanos, for the whole of a provider and thing; 0: none.
    pub free_per_month_nanos: u64,
    /// Its currency.
    pub currency: Currency,
    /// Name of the contract that it was agreed in; empty: a list price.
    pub contract: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day on which it does not hold any more.
    pub valid_to: Option<NaiveDate>,
    /// Who says so: a price list with its version, a page, a contract.
    pub source: String,
    /// When it was seen there.
    pub observed: NaiveDate,
    /// What kind of knowledge it is.
    pub evidence: Evidence,
}

impl Price {
    /// Does it hold on a day?
    #[must_use]
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|end| date < end)
    }

    /// Does it hold on no day at all? Such a price takes its class off the list from that day on.
    #[must_use]
    pub fn is_withdrawal(&self) -> bool {
        self.valid_to == Some(self.valid_from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_others_are_refused() {
        for class in TokenClass::ALL {
            assert_eq!(class.id().parse(), Ok(*class));
        }
        assert!("reserved_2y".parse::<Purchase>().unwrap_err().to_string().contains("`reserved_1y`"));
    }
}
