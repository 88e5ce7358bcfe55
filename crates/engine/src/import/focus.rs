//! FOCUS Cost and Usage, 1.0, tolerant of 1.1 and 1.2 columns and of the provider's name in 1.3.
//!
//! Spec: FinOps Open Cost and Usage Specification. Rows keep BilledCost, EffectiveCost, ContractedCost and
//! ListCost as written; nothing is netted out and no sign is assumed. LiteLLM writes its own figures in FOCUS
//! columns; such rows are claims and no bill.

use chrono::NaiveDate;
use marginline_model::{Currency, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::cost::{CostKey, Origin};
use marginline_store::import::Rows;

use super::bill::{Bill, Line};
use super::field::{self, FieldError, civil_day, known, loose_number, loose_number_or_null, month_first_day};
use super::format::{BILLING_CURRENCY, Format, Reader, Shape, Table, Taken};
use super::header::Header;
use super::memo::Memo;
use super::record::Record;
use super::tags;

/// FOCUS, as CSV or Parquet.
pub static FOCUS: Format =
    Format { id: "focus", label: "FOCUS", role: Role::Bill, append_only: false, shapes: &[Shape::Table(TABLE)] };

const TABLE: Table = Table {
    required: &[
        &["BilledCost"],
        &["EffectiveCost", "AmortizedCost"],
        &["BillingCurrency"],
        &["BillingPeriodStart"],
        &["ChargePeriodStart"],
        &["ChargeCategory", "ChargeType"],
    ],
    telling: &[
        "BilledCost",
        "EffectiveCost",
        "BillingPeriodStart",
        "ChargePeriodStart",
        "ChargeCategory",
        "BillingAccountId",
        "ListCost",
        "InvoiceIssuerName",
        "ChargeFrequency",
        "PricingQuantity",
    ],
    open: |header| Box::new(Focus::new(header)),
};

const CATEGORIES: [&str; 5] = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"];

#[derive(Debug, Clone, Copy)]
struct Columns {
    billed: usize,
    effective: usize,
    contracted: Option<usize>,
    list: Option<usize>,
    currency: Option<usize>,
    ends: [Option<usize>; 2],
    billing_start: usize,
    charge_start: usize,
    charge_category: usize,
    consumed: Option<usize>,
    tags: Option<usize>,
    words: [Option<usize>; 17],
}

/// The order of `Columns::words`; the first name is FOCUS's, the others are older or newer spellings.
const WORDS: [&[&str]; 17] = [
    &["ProviderName", "ServiceProviderName", "Provider"],
    &["PublisherName", "Publisher"],
    &["InvoiceIssuerName", "InvoiceIssuer"],
    &["BillingAccountId"],
    &["SubAccountId"],
    &["SubAccountName"],
    &["RegionId", "Region"],
    &["ServiceCategory"],
    &["ServiceName"],
    &["SkuId"],
    &["ResourceId"],
    &["ResourceType"],
    &["ChargeClass"],
    &["PricingCategory"],
    &["CommitmentDiscountId"],
    &["CommitmentDiscountStatus"],
    &["InvoiceId"],
];

struct Focus {
    columns: Columns,
    unit: Option<usize>,
    gateway: Option<GatewayColumns>,
    bill: Bill,
    print: Vec<u8>,
    months: Memo<Month>,
    days: Memo<NaiveDate>,
    currencies: Memo<Currency>,
    /// What a person told where no column does.
    given_currency: Option<Currency>,
}

impl Focus {
    fn new(header: &Header) -> Self {
        let must = |names: &[&str]| header.find(names).unwrap_or_default();
        let columns = Columns {
            billed: must(&["BilledCost"]),
            effective: must(&["EffectiveCost", "AmortizedCost"]),
            contracted: header.find(&["ContractedCost"]),
            list: header.find(&["ListCost"]),
            currency: header.find(&[BILLING_CURRENCY]),
            ends: [header.find(&["ChargePeriodEnd"]), header.find(&["BillingPeriodEnd"])],
            billing_start: must(&["BillingPeriodStart"]),
            charge_start: must(&["ChargePeriodStart"]),
            charge_category: must(&["ChargeCategory", "ChargeType"]),
            consumed: header.find(&["ConsumedQuantity", "UsageQuantity"]),
            tags: header.find(&["Tags"]),
            words: WORDS.map(|names| header.find(names)),
        };
        Self {
            columns,
            unit: header.find(&["ConsumedUnit", "UsageUnit"]),
            gateway: GatewayColumns::of(header),
            bill: Bill::default(),
            print: Vec::new(),
            months: Memo::default(),
            days: Memo::default(),
            currencies: Memo::default(),
            given_currency: header.given_currency,
        }
    }

    /// The fields that describe the line, as they stand; no text in UTF-8 holds the byte between them.
    fn describe(&mut self, fields: &[&str]) {
        self.print.clear();
        let more = [Some(self.columns.charge_category), self.unit, self.columns.tags];
        for index in self.columns.words.iter().chain(&more).flatten() {
            self.print.extend_from_slice(fields[*index].as_bytes());
            self.print.push(0xff);
        }
    }
}

/// Columns by which a row of LiteLLM's FOCUS export is told from a row of a bill. Its header is that of any FOCUS 1.2
/// file, but it counts in requests, and each of its days is a billing period of its own, which no issuer's is.
#[derive(Debug, Clone, Copy)]
struct GatewayColumns {
    units: [usize; 2],
    starts: [usize; 2],
    ends: [usize; 2],
}

impl GatewayColumns {
    fn of(header: &Header) -> Option<Self> {
        let find = |name: &str| header.find(&[name]);
        header.find(&["ServiceSubcategory"])?;
        Some(Self {
            units: [find("ConsumedUnit")?, find("PricingUnit")?],
            starts: [find("BillingPeriodStart")?, find("ChargePeriodStart")?],
            ends: [find("BillingPeriodEnd")?, find("ChargePeriodEnd")?],
        })
    }

    /// Is it a gateway's row? Most rows of a bill answer by their unit.
    fn has(&self, fields: &[&str]) -> bool {
        let equal = |pair: [usize; 2]| fields[pair[0]] == fields[pair[1]];
        if fields[self.units[0]] != "Requests" || !equal(self.units) || !equal(self.starts) || !equal(self.ends) {
            return false;
        }
        let day = |index: usize| field::moment("BillingPeriodStart", fields[index]).ok();
        let length = day(self.starts[0]).zip(day(self.ends[0])).map(|(start, end)| end - start);
        length == Some(chrono::TimeDelta::days(1))
    }
}

fn key(columns: &Columns, unit: Option<usize>, fields: &[&str]) -> Result<CostKey, FieldError> {
    let optional = |index: Option<usize>| index.and_then(|i| known(fields[i])).unwrap_or_default().to_owned();
    let word = |index: usize| optional(columns.words[index]);
    let category = fields[columns.charge_category].trim();
    let Some(category) = known(category) else {
        return Err(FieldError::new("ChargeCategory", category, "Usage, Purchase, Tax, Credit or Adjustment"));
    };
    // A category that FOCUS does not know yet is kept as it is: its money counts all the same.
    let charge_category = CATEGORIES.iter().find(|name| name.eq_ignore_ascii_case(category)).unwrap_or(&category);
    let (provider, issuer) = (word(0), word(2));
    Ok(CostKey {
        provider: if provider.is_empty() { issuer.clone() } else { provider },
        publisher: word(1),
        issuer,
        billing_account: word(3),
        account: word(4),
        account_name: word(5),
        region: word(6),
        category: word(7),
        service: word(8),
        sku: word(9),
        resource: word(10),
        resource_type: word(11),
        charge_category: (*charge_category).to_owned(),
        charge_class: word(12),
        pricing_category: word(13),
        commitment: word(14),
        commitment_status: word(15),
        consumed_unit: optional(unit),
        invoice: word(16),
        tags: tags::of_text("Tags", columns.tags.map_or("", |index| fields[index]))?,
        ..CostKey::default()
    })
}

/// A gateway's row: a claim, under the provider's own name, with the model where FOCUS readers look for it.
fn claim_of(key: CostKey) -> CostKey {
    let provider = super::provider_name::provider_id(&key.provider);
    let (publisher, resource_type) = (provider.clone(), "Model".to_owned());
    CostKey { origin: Origin::Claim, issuer: "LiteLLM".to_owned(), provider, publisher, resource_type, ..key }
}

/// The month a period begins in, as its issuer wrote it: an offset says where the issuer is, not another month.
fn month_as_written(text: &str) -> Result<Month, FieldError> {
    let column = "BillingPeriodStart";
    let day = if text.contains('/') { month_first_day(column, text)? } else { civil_day(column, text)? };
    Ok(Month::of(day))
}

impl Reader for Focus {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = record.fields();
        let columns = self.columns;
        let text = |index: usize| fields[index].trim();
        let optional =
            |name: &str, index: Option<usize>| index.map_or(Ok(None), |i| loose_number_or_null(name, text(i)));
        let line = Line {
            billed: loose_number("BilledCost", text(columns.billed))?,
            effective: loose_number("EffectiveCost", text(columns.effective))?,
            contracted: optional("ContractedCost", columns.contracted)?,
            list: optional("ListCost", columns.list)?,
            consumed: optional("ConsumedQuantity", columns.consumed)?,
            billing_month: self.months.read(text(columns.billing_start), month_as_written)?,
            usage_date: self
                .days
                .read(text(columns.charge_start), |text| month_first_day("ChargePeriodStart", text))?,
            covered_on: None,
            currency: match (columns.currency.map(text), self.given_currency) {
                (None, Some(given)) => given,
                (told, _) => {
                    self.currencies.read(told.unwrap_or_default(), |text| field::currency(BILLING_CURRENCY, text))?
                }
            },
        };
        // A period that ends at a time that does not exist is a mistake in the row, whatever its start says.
        for (name, index) in ["ChargePeriodEnd", "BillingPeriodEnd"].into_iter().zip(columns.ends) {
            if let Some(end) = index.and_then(|index| known(text(index))) {
                self.days.read(end, |end| month_first_day(name, end))?;
            }
        }
        self.describe(fields);
        let unit = self.unit;
        if self.gateway.is_some_and(|gateway| gateway.has(fields)) {
            self.print.push(0xfe);
            let claim = || Ok(claim_of(key(&columns, unit, fields)?));
            self.bill.push_claim(&self.print, claim, &line, record.place)?;
            return Ok(Taken::Kept);
        }
        self.bill.push_known(&self.print, || key(&columns, unit, fields), &line, record.place)?;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.bill.totals()
    }
}

/// Which version's columns a header has, for people.
#[must_use]
pub fn version(header: &Header) -> &'static str {
    if header.has("ServiceProviderName") {
        "FOCUS 1.3"
    } else if ["InvoiceId", "BillingAccountType", "SubAccountType", "PricingCurrency"]
        .iter()
        .any(|name| header.has(name))
    {
        "FOCUS 1.2"
    } else if ["SkuMeter", "CapacityReservationId", "ServiceSubcategory"].iter().any(|name| header.has(name)) {
        "FOCUS 1.1"
    } else {
        "FOCUS 1.0"
    }
}
