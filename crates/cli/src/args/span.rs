//! Months that a command is asked for.

use clap::Args;
use marginline_engine::Result;
use marginline_engine::report::Span;

/// One month, one quarter, or the first and the last of several months.
#[derive(Debug, Args)]
pub struct SpanArgs {
    /// One month, such as 2026-10
    #[arg(long, conflicts_with_all = ["from", "to", "quarter"])]
    pub month: Option<String>,
    /// One quarter, such as 2026-Q1
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub quarter: Option<String>,
    /// First month
    #[arg(long)]
    pub from: Option<String>,
    /// Last month, included
    #[arg(long)]
    pub to: Option<String>,
}

impl SpanArgs {
    /// The months.
    pub(crate) fn span(&self) -> Result<Span> {
        let Self { month, quarter, from, to } = self;
        Span::parse(month.as_deref(), quarter.as_deref(), from.as_deref(), to.as_deref())
    }
}

/// One month, or the first and the last of several.
#[derive(Debug, Args)]
pub struct MonthsArgs {
    /// One month, such as 2026-10
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub month: Option<String>,
    /// First month
    #[arg(long)]
    pub from: Option<String>,
    /// Last month, included
    #[arg(long)]
    pub to: Option<String>,
}

impl MonthsArgs {
    /// The months.
    pub(crate) fn span(&self) -> Result<Span> {
        Span::parse(self.month.as_deref(), None, self.from.as_deref(), self.to.as_deref())
    }
}
