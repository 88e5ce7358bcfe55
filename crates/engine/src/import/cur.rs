//! AWS Cost and Usage Report, legacy: `lineItem/UnblendedCost` in CSV, `line_item_unblended_cost` where it went
//! through Athena or Parquet. The same lines come in 2.0 ([`super::cur2`]), which keeps tags in maps.
//!
//! Billed is the unblended cost, so that the lines of a month add up to its invoice. Effective is amortised by the
//! type of line, as AWS's own CUDOS dashboards have it.

use chrono::NaiveDate;
use marginline_model::{Currency, Exact, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::bill::{Bill, Line};
use super::cur_key::{key, tag_column};
use super::field::{self, FieldError, civil_day, known, loose_number, loose_number_or_null, month_first_day};
use super::format::{Format, Reader, Shape, Table, Taken};
use super::header::Header;
use super::memo::Memo;
use super::record::Record;

/// The legacy report, as CSV or Parquet.
pub static CUR: Format = Format {
    id: "cur",
    label: "AWS Cost and Usage Report",
    role: Role::Bill,
    append_only: false,
    shapes: &[Shape::Table(TABLE)],
};

/// Columns that either report cannot do without.
pub(super) const REQUIRED: &[&[&str]] = &[
    &["lineItem/UnblendedCost"],
    &["lineItem/LineItemType"],
    &["lineItem/UsageStartDate"],
    &["bill/BillingPeriodStartDate"],
];

const TABLE: Table = Table {
    required: REQUIRED,
    // The first stands twice: what has no mark of 2.0 is the legacy report.
    telling: &[
        "lineItem/UnblendedCost",
        "lineItem/UnblendedCost",
        "lineItem/LineItemType",
        "lineItem/UsageStartDate",
        "lineItem/UsageAccountId",
        "lineItem/ProductCode",
        "bill/BillingPeriodStartDate",
        "bill/PayerAccountId",
    ],
    open,
};

/// A reader for either report.
pub(super) fn open(header: &Header) -> Box<dyn Reader> {
    Box::new(Cur::new(header))
}

/// Columns that describe a line, besides its tags.
const DESCRIBING: &[&str] = &[
    "lineItem/LineItemType",
    "lineItem/ProductCode",
    "lineItem/UsageType",
    "lineItem/UsageAccountId",
    "lineItem/UsageAccountName",
    "lineItem/AvailabilityZone",
    "lineItem/ResourceId",
    "lineItem/LegalEntity",
    "lineItem/TaxType",
    "bill/PayerAccountId",
    "bill/InvoicingEntity",
    "bill/InvoiceId",
    "product",
    "product/ProductName",
    "product/servicename",
    "product/regionCode",
    "product/region",
    "product/sku",
    "product/productFamily",
    "pricing/term",
    "pricing/unit",
    "reservation/ReservationARN",
    "reservation/SubscriptionId",
    "savingsPlan/SavingsPlanARN",
    "resource_tags",
    "tags",
    "cost_category",
];

#[derive(Debug, Clone, Copy)]
struct Columns {
    billed: usize,
    kind: usize,
    period: usize,
    start: usize,
    operation: Option<usize>,
    currency: Option<usize>,
    list: Option<usize>,
    amount: Option<usize>,
    product: Option<usize>,
    plan_effective: Option<usize>,
    plan_total: Option<usize>,
    plan_used: Option<usize>,
    reserved_effective: Option<usize>,
    reserved_upfront: Option<usize>,
    reserved_recurring: Option<usize>,
    reservation: Option<usize>,
}

struct Cur {
    columns: Columns,
    describing: Vec<usize>,
    /// Tag columns and the names of their tags.
    tags: Vec<(usize, String)>,
    /// The only currency of the rows so far; `None` once there are two.
    sole: Option<Option<Currency>>,
    bill: Bill,
    print: Vec<u8>,
    months: Memo<Month>,
    days: Memo<NaiveDate>,
    currencies: Memo<Currency>,
}

impl Cur {
    fn new(header: &Header) -> Self {
        let must = |name: &str| header.find(&[name]).unwrap_or_default();
        let may = |name: &str| header.find(&[name]);
        let columns = Columns {
            billed: must("lineItem/UnblendedCost"),
            kind: must("lineItem/LineItemType"),
            period: must("bill/BillingPeriodStartDate"),
            start: must("lineItem/UsageStartDate"),
            operation: may("lineItem/Operation"),
            currency: may("lineItem/CurrencyCode"),
            list: may("pricing/publicOnDemandCost"),
            amount: may("lineItem/UsageAmount"),
            product: may("lineItem/ProductCode"),
            plan_effective: may("savingsPlan/SavingsPlanEffectiveCost"),
            plan_total: may("savingsPlan/TotalCommitmentToDate"),
            plan_used: may("savingsPlan/UsedCommitment"),
            reserved_effective: may("reservation/EffectiveCost"),
            reserved_upfront: may("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"),
            reserved_recurring: may("reservation/UnusedRecurringFee"),
            reservation: may("reservation/ReservationARN"),
        };
        let tags: Vec<(usize, String)> = header
            .names()
            .iter()
            .enumerate()
            .filter_map(|(index, name)| tag_column(name).map(|tag| (index, tag)))
            .collect();
        let mut describing: Vec<usize> = DESCRIBING.iter().filter_map(|name| header.find(&[name])).collect();
        describing.extend(tags.iter().map(|(index, _)| *index));
        Self {
            columns,
            describing,
            tags,
            sole: None,
            bill: Bill::default(),
            print: Vec::new(),
            months: Memo::default(),
            days: Memo::default(),
            currencies: Memo::default(),
        }
    }

    /// The fields that describe the line, as they stand; no text in UTF-8 holds the byte between them.
    fn describe(&mut self, fields: &[&str]) {
        self.print.clear();
        for index in &self.describing {
            self.print.extend_from_slice(fields[*index].as_bytes());
            self.print.push(0xff);
        }
    }

    /// A line's currency; where it is blank, that of the lines before, as long as they have only one.
    fn currency(&mut self, fields: &[&str]) -> Result<Currency, FieldError> {
        let column = "CurrencyCode";
        match self.columns.currency.and_then(|index| known(fields[index])) {
            Some(code) => {
                let currency = self.currencies.read(code, |code| field::currency(column, code))?;
                self.sole = match self.sole {
                    None => Some(Some(currency)),
                    Some(sole) => Some(sole.filter(|sole| *sole == currency)),
                };
                Ok(currency)
            }
            None => self.sole.flatten().ok_or_else(|| {
                FieldError::new(column, "", "three letters, such as USD; the rows above do not have one currency")
            }),
        }
    }

    fn line(&mut self, fields: &[&str], kind: &str) -> Result<Line, FieldError> {
        let columns = self.columns;
        let usage_date =
            self.days.read(fields[columns.start].trim(), |text| month_first_day("UsageStartDate", text))?;
        let billing_month = self.months.read(fields[columns.period].trim(), month_as_written)?;
        let currency = self.currency(fields)?;
        let billed = loose_number("UnblendedCost", fields[columns.billed])?;
        let list = columns.list.map_or(Ok(None), |index| loose_number_or_null("publicOnDemandCost", fields[index]))?;
        let consumed = columns.amount.map_or(Ok(None), |index| loose_number_or_null("UsageAmount", fields[index]))?;
        Ok(Line {
            billing_month,
            usage_date,
            covered_on: None,
            currency,
            billed,
            effective: amortised(&columns, fields, kind, billed)?,
            contracted: None,
            // The use that a negation offsets has its list cost on its own line.
            list: if kind == "SavingsPlanNegation" { columns.list.map(|_| Exact::ZERO) } else { list },
            consumed,
        })
    }
}

/// The month a period begins in, as AWS writes it.
fn month_as_written(text: &str) -> Result<Month, FieldError> {
    let column = "BillingPeriodStartDate";
    let day = if text.contains('/') { month_first_day(column, text)? } else { civil_day(column, text)? };
    Ok(Month::of(day))
}

/// What a line costs with prepayments spread over use. A fee's own line keeps what of it nobody used.
///
/// Source: aws-samples/aws-cudos-framework-deployment, `summary_view.sql`.
fn amortised(columns: &Columns, fields: &[&str], kind: &str, billed: Exact) -> Result<Exact, FieldError> {
    let text = |index: Option<usize>| index.and_then(|index| known(fields[index]));
    let needed = |name: &str, index: Option<usize>| loose_number(name, text(index).unwrap_or_default());
    let or_zero = |name: &str, index: Option<usize>| {
        loose_number_or_null(name, text(index).unwrap_or_default()).map(|exact| exact.unwrap_or(Exact::ZERO))
    };
    let sum = |name: &str, a: Exact, b: Exact| {
        a.plus(b).map_err(|error| FieldError::new(name, &format!("{a} and {b}"), error.to_string()))
    };
    match kind {
        "SavingsPlanCoveredUsage" => needed("SavingsPlanEffectiveCost", columns.plan_effective),
        "DiscountedUsage" => needed("EffectiveCost", columns.reserved_effective),
        "SavingsPlanRecurringFee" => {
            let used = or_zero("UsedCommitment", columns.plan_used)?;
            sum("UsedCommitment", or_zero("TotalCommitmentToDate", columns.plan_total)?, used.negated())
        }
        "RIFee" => {
            let recurring = or_zero("UnusedRecurringFee", columns.reserved_recurring)?;
            let name = "UnusedAmortizedUpfrontFeeForBillingPeriod";
            sum(name, or_zero(name, columns.reserved_upfront)?, recurring)
        }
        "SavingsPlanNegation" | "SavingsPlanUpfrontFee" => Ok(Exact::ZERO),
        "Fee" if text(columns.reservation).is_some() => Ok(Exact::ZERO),
        "Refund" if text(columns.product) == Some("ComputeSavingsPlans") => Ok(Exact::ZERO),
        _ => Ok(billed),
    }
}

impl Reader for Cur {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = record.fields();
        // Shares of an instance that has a line of its own (split cost allocation): they would count it twice.
        if self.columns.operation.is_some_and(|index| matches!(fields[index].trim(), "EKSPod-EC2" | "ECSTask-EC2")) {
            return Ok(Taken::Skipped);
        }
        let Some(kind) = known(fields[self.columns.kind]) else {
            return Err(FieldError::new("LineItemType", "", "the type of line, such as Usage"));
        };
        let line = self.line(fields, kind)?;
        self.describe(fields);
        let tags = &self.tags;
        self.bill.push_known(&self.print, || key(tags, record, kind), &line, record.place)?;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.bill.totals()
    }
}
