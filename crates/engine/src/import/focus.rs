//! FOCUS Cost and Usage, 1.0, tolerant of 1.1 and 1.2 columns and of the provider's name in 1.3.
//!
//! Spec: FinOps Open Cost and Usage Specification. Rows keep BilledCost, EffectiveCost, ContractedCost and
//! ListCost as written; nothing is netted out and no sign is assumed.

use std::collections::BTreeMap;

use marginline_store::batch::{BatchTotal, Role};
use marginline_store::cost::{CostKey, CostRow};
use marginline_store::import::{Place, Rows};

use super::field::{FieldError, civil_day, currency, day, known, money, number, number_or_null};
use super::format::{Control, Fields, Format, RowReader};
use super::header::Header;

/// FOCUS CSV.
pub static FOCUS: Format = Format {
    id: "focus",
    label: "FOCUS",
    role: Role::Bill,
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
    open: |header| Box::new(Reader::new(header)),
};

const CATEGORIES: [&str; 5] = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"];

#[derive(Debug, Clone, Copy)]
struct Columns {
    billed: usize,
    effective: usize,
    contracted: Option<usize>,
    list: Option<usize>,
    currency: usize,
    billing_start: usize,
    charge_start: usize,
    charge_category: usize,
    consumed: Option<usize>,
    tags: Option<usize>,
    words: [Option<usize>; 16],
}

/// The order of `Columns::words`; the first name is FOCUS's, the others are older or newer spellings.
const WORDS: [&[&str]; 16] = [
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
];

struct Reader {
    columns: Columns,
    unit: Option<usize>,
    rows: Vec<CostRow>,
    totals: BTreeMap<String, [Control; 4]>,
}

impl Reader {
    fn new(header: &Header) -> Self {
        let must = |names: &[&str]| header.find(names).unwrap_or_default();
        let columns = Columns {
            billed: must(&["BilledCost"]),
            effective: must(&["EffectiveCost", "AmortizedCost"]),
            contracted: header.find(&["ContractedCost"]),
            list: header.find(&["ListCost"]),
            currency: must(&["BillingCurrency"]),
            billing_start: must(&["BillingPeriodStart"]),
            charge_start: must(&["ChargePeriodStart"]),
            charge_category: must(&["ChargeCategory", "ChargeType"]),
            consumed: header.find(&["ConsumedQuantity", "UsageQuantity"]),
            tags: header.find(&["Tags"]),
            words: WORDS.map(|names| header.find(names)),
        };
        Self { columns, unit: header.find(&["ConsumedUnit", "UsageUnit"]), rows: Vec::new(), totals: BTreeMap::new() }
    }

    fn key(&self, fields: &Fields<'_>) -> Result<CostKey, FieldError> {
        let optional = |index: Option<usize>| index.and_then(|i| known(fields[i])).unwrap_or_default().to_owned();
        let word = |index: usize| optional(self.columns.words[index]);
        let category = fields[self.columns.charge_category].trim();
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
            consumed_unit: optional(self.unit),
            tags: tags(self.columns.tags.map_or("", |index| fields[index]))?,
        })
    }
}

/// The month a period begins in, as its issuer wrote it: an offset says where the issuer is, not another month.
fn month_as_written(column: &str, text: &str) -> Result<String, FieldError> {
    Ok(civil_day(column, text)?.format("%Y-%m").to_string())
}

/// Tags as a JSON object with sorted keys; of equal keys the last counts, as JSON readers do.
fn tags(text: &str) -> Result<String, FieldError> {
    let Some(value) = known(text) else { return Ok(String::new()) };
    let parsed: Result<BTreeMap<String, serde_json::Value>, _> = serde_json::from_str(value);
    match parsed {
        Ok(tags) if tags.is_empty() => Ok(String::new()),
        Ok(tags) => serde_json::to_string(&tags).map_err(|_| FieldError::new("Tags", value, "a JSON object")),
        Err(_) => Err(FieldError::new("Tags", value, "a JSON object such as {\"team\": \"search\"}")),
    }
}

impl RowReader for Reader {
    fn read(&mut self, fields: &Fields<'_>, place: Place) -> Result<(), FieldError> {
        let columns = self.columns;
        let text = |index: usize| fields[index].trim();
        let billed = number("BilledCost", text(columns.billed))?;
        let effective = number("EffectiveCost", text(columns.effective))?;
        let optional = |name: &str, index: Option<usize>| index.map_or(Ok(None), |i| number_or_null(name, text(i)));
        let contracted = optional("ContractedCost", columns.contracted)?;
        let list = optional("ListCost", columns.list)?;
        let consumed = optional("ConsumedQuantity", columns.consumed)?;
        let money_of = |name: &str, index: Option<usize>, exact: Option<marginline_model::Exact>| {
            exact.map(|exact| money(name, index.map_or("", text), exact)).transpose()
        };
        let row = CostRow {
            key: self.key(fields)?,
            billing_month: month_as_written("BillingPeriodStart", text(columns.billing_start))?,
            usage_date: day("ChargePeriodStart", text(columns.charge_start))?,
            currency: currency("BillingCurrency", text(columns.currency))?,
            billed: money("BilledCost", text(columns.billed), billed)?,
            effective: money("EffectiveCost", text(columns.effective), effective)?,
            contracted: money_of("ContractedCost", columns.contracted, contracted)?,
            list: money_of("ListCost", columns.list, list)?,
            // A quantity beyond the column is unknown to the ledger; the row's money counts all the same.
            consumed_nanos: consumed.and_then(|exact| exact.to_money().ok()).map(|amount| amount.parts().0),
            place,
        };
        let totals = self.totals.entry(row.currency.clone()).or_default();
        totals[0].add(billed, row.billed);
        totals[1].add(effective, row.effective);
        if let (Some(exact), Some(stored)) = (contracted, row.contracted) {
            totals[2].add(exact, stored);
        }
        if let (Some(exact), Some(stored)) = (list, row.list) {
            totals[3].add(exact, stored);
        }
        self.rows.push(row);
        Ok(())
    }

    fn take(&mut self) -> Rows {
        Rows::Cost(std::mem::take(&mut self.rows))
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.totals
            .iter()
            .flat_map(|(currency, totals)| {
                ["billed", "effective", "contracted", "list"]
                    .into_iter()
                    .zip(totals)
                    .filter(|(_, control)| control.seen())
                    .map(|(measure, control)| control.total(currency, measure))
            })
            .collect()
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
