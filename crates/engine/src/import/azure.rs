//! Azure cost details: the actual and the amortised export of an enterprise agreement (old and new columns), of a
//! Microsoft customer agreement, and of pay-as-you-go version 1; also with translated headers, which keep the
//! column's name in brackets.
//!
//! A file tells one cost a line. It is billed and effective alike: in an actual file what the invoice asks for, in an
//! amortised one what the use costs. Both claim the same account and month, so that the later one replaces the other.

use chrono::NaiveDate;
use marginline_model::{Currency, Exact, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::cost::CostKey;
use marginline_store::import::Rows;

use super::bill::{Bill, Line};
use super::field::{self, FieldError, known, loose_number, loose_number_or_null, month_first_day, number_or_null};
use super::format::{Format, Reader, Shape, Table, Taken};
use super::header::Header;
use super::memo::Memo;
use super::record::Record;

/// Azure cost details, as CSV or Parquet.
pub static AZURE: Format = Format {
    id: "azure",
    label: "Azure cost details",
    role: Role::Bill,
    append_only: false,
    shapes: &[Shape::Table(TABLE)],
};

const COST: &[&str] = &["CostInBillingCurrency", "Cost", "PreTaxCost"];
const CURRENCY: &[&str] = &["BillingCurrency", "BillingCurrencyCode", "Currency"];
const DATE: &[&str] = &["Date", "UsageDateTime", "UsageDate"];

const TABLE: Table = Table {
    required: &[COST, CURRENCY, DATE, &["MeterId", "MeterCategory"]],
    telling: &[
        "MeterId",
        "MeterCategory",
        "MeterSubCategory",
        "MeterName",
        "MeterRegion",
        "ConsumedService",
        "UnitOfMeasure",
        "ResourceLocation",
        "AdditionalInfo",
        "OfferId",
    ],
    open: |header| Box::new(Azure::new(header)),
};

/// Columns that describe a line.
const DESCRIBING: &[&str] = &[
    "BillingAccountId",
    "BillingProfileId",
    "SubscriptionId",
    "SubscriptionGuid",
    "SubscriptionName",
    "PublisherName",
    "PublisherType",
    "ResourceLocation",
    "ServiceFamily",
    "MeterCategory",
    "ServiceName",
    "ConsumedService",
    "MeterId",
    "ResourceId",
    "InstanceId",
    "InstanceName",
    "ResourceType",
    "ChargeType",
    "Frequency",
    "PricingModel",
    "BenefitId",
    "ReservationId",
    "UnitOfMeasure",
    "InvoiceId",
    "Tags",
];

#[derive(Debug, Clone, Copy)]
struct Columns {
    cost: usize,
    currency: usize,
    date: usize,
    period: Option<usize>,
    quantity: Option<usize>,
    retail_price: Option<usize>,
    pricing_currency: Option<usize>,
    unit: Option<usize>,
}

struct Azure {
    columns: Columns,
    describing: Vec<usize>,
    bill: Bill,
    print: Vec<u8>,
    days: Memo<NaiveDate>,
    currencies: Memo<Currency>,
    blocks: Memo<Exact>,
}

impl Azure {
    fn new(header: &Header) -> Self {
        let must = |names: &[&str]| header.find(names).unwrap_or_default();
        let columns = Columns {
            cost: must(COST),
            currency: must(CURRENCY),
            date: must(DATE),
            period: header.find(&["BillingPeriodStartDate"]),
            quantity: header.find(&["Quantity", "UsageQuantity"]),
            retail_price: header.find(&["PayGPrice"]),
            pricing_currency: header.find(&["PricingCurrency"]),
            unit: header.find(&["UnitOfMeasure"]),
        };
        Self {
            columns,
            describing: DESCRIBING.iter().filter_map(|name| header.find(&[name])).collect(),
            bill: Bill::default(),
            print: Vec::new(),
            days: Memo::default(),
            currencies: Memo::default(),
            blocks: Memo::default(),
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

    fn line(&mut self, fields: &[&str]) -> Result<Line, FieldError> {
        let columns = self.columns;
        let text = |index: Option<usize>| index.and_then(|index| known(fields[index]));
        let day = |days: &mut Memo<NaiveDate>, column: &'static str, text: &str| {
            days.read(text, |text| month_first_day(column, text))
        };
        let usage_date = day(&mut self.days, "Date", fields[columns.date].trim())?;
        // Pay-as-you-go has no column for the period, which is the calendar month then.
        let period = match text(columns.period) {
            Some(start) => day(&mut self.days, "BillingPeriodStartDate", start)?,
            None => usage_date,
        };
        let cost = loose_number("Cost", fields[columns.cost])?;
        let code = fields[columns.currency].trim();
        let currency = self.currencies.read(code, |code| field::currency("BillingCurrency", code))?;
        let quantity = number_or_null("Quantity", text(columns.quantity).unwrap_or_default())?;
        let price = loose_number_or_null("PayGPrice", text(columns.retail_price).unwrap_or_default())?;
        let priced_in = text(columns.pricing_currency)
            .map(|code| self.currencies.read(code, |code| field::currency("PricingCurrency", code)))
            .transpose()?;
        // A retail price of 0 is one that Azure did not fill in, and one in another currency is no list cost here.
        let price = price.filter(|price| {
            !price.is_negative() && *price != Exact::ZERO && priced_in.is_none_or(|priced| priced == currency)
        });
        let list =
            match (price, quantity) {
                (Some(price), Some(quantity)) => Some(price.times(quantity).map_err(|error| {
                    FieldError::new("PayGPrice", &format!("{price} × {quantity}"), error.to_string())
                })?),
                _ => None,
            };
        let block =
            self.blocks.read(text(columns.unit).unwrap_or_default(), |unit| Ok::<_, FieldError>(block(unit).0))?;
        Ok(Line {
            billing_month: Month::of(period),
            usage_date,
            covered_on: None,
            currency,
            billed: cost,
            effective: cost,
            contracted: None,
            list,
            consumed: quantity.and_then(|quantity| quantity.times(block).ok()),
        })
    }
}

/// Block size and single unit of a unit of measure: `10K` is 10,000 units, `100 Hours` 100 hours, `1 GB/Month` 1
/// GB/Month. A quantity counts blocks.
fn block(unit: &str) -> (Exact, String) {
    let digits = unit.len() - unit.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = unit.split_at(digits);
    let Ok(number) = Exact::parse(if number.is_empty() { "1" } else { number }) else {
        return (Exact::parse("1").unwrap_or(Exact::ZERO), unit.to_owned());
    };
    let thousands =
        |letter: char| rest.strip_prefix(letter).filter(|rest| rest.is_empty() || rest.starts_with([' ', '/']));
    let (number, rest) = match (digits > 0, thousands('K'), thousands('M')) {
        (true, Some(rest), _) => (number.shifted(3), rest),
        (true, None, Some(rest)) => (number.shifted(6), rest),
        _ => (number, rest),
    };
    let single = match rest.trim() {
        "" if digits > 0 => "Units".to_owned(),
        "Hour" => "Hours".to_owned(),
        "Day" => "Days".to_owned(),
        per if per.starts_with('/') => format!("Units{per}"),
        other => other.to_owned(),
    };
    (number, single)
}

/// FOCUS's view of a charge: category, class, and what it says of a commitment.
fn charge<'a>(kind: &'a str, frequency: &str) -> (&'a str, &'static str, &'static str) {
    match kind {
        // Pay-as-you-go knows only use.
        "" | "Usage" => ("Usage", "", "Used"),
        "UnusedReservation" | "UnusedSavingsPlan" => ("Usage", "", "Unused"),
        "Refund" if frequency.eq_ignore_ascii_case("UsageBased") => ("Usage", "Correction", ""),
        "Refund" => ("Purchase", "Correction", ""),
        "RoundingAdjustment" => ("Adjustment", "", ""),
        // `Purchase` and `Tax` are FOCUS's words too. A type that is new is kept as it is: its money counts as well.
        other => (other, "", ""),
    }
}

fn key(record: &Record<'_>) -> Result<CostKey, FieldError> {
    let word = |names: &[&'static str]| record.word(names).to_owned();
    let kind = record.word(&["ChargeType"]);
    let (category, class, status) = charge(kind, record.word(&["Frequency"]));
    let model = record.word(&["PricingModel"]);
    // Older files leave out the model; their lines name a reservation only where it applies.
    let committed = matches!(model, "" | "Reservation" | "SavingsPlan");
    let commitment = if committed { word(&["BenefitId", "ReservationId"]) } else { String::new() };
    let subscription = record.word(&["SubscriptionId", "SubscriptionGuid"]);
    let resource = word(&["ResourceId", "InstanceId", "InstanceName"]);
    let resource_type = word(&["ResourceType"]).to_lowercase();
    let publisher = match record.word(&["PublisherName"]) {
        "" if matches!(record.word(&["PublisherType"]), "Azure" | "Microsoft") => "Microsoft",
        name => name,
    };
    Ok(CostKey {
        provider: "Microsoft".into(),
        publisher: publisher.to_owned(),
        issuer: "Microsoft".into(),
        billing_account: billing_account(record, subscription),
        account: under("/subscriptions/", subscription),
        account_name: word(&["SubscriptionName"]),
        region: region(record.word(&["ResourceLocation"])),
        category: service_category(record.word(&["ServiceFamily"])).to_owned(),
        service: word(&["MeterCategory", "ServiceName", "ConsumedService"]),
        sku: word(&["MeterId"]),
        resource_type: if resource_type.is_empty() { type_of(&resource) } else { resource_type },
        resource,
        charge_category: category.to_owned(),
        charge_class: class.to_owned(),
        pricing_category: match model {
            "OnDemand" => "Standard",
            "Reservation" | "SavingsPlan" => "Committed",
            "Spot" => "Dynamic",
            "" if !commitment.is_empty() && category == "Usage" => "Committed",
            _ => "",
        }
        .to_owned(),
        commitment_status: if commitment.is_empty() { String::new() } else { status.to_owned() },
        commitment,
        consumed_unit: block(record.word(&["UnitOfMeasure"])).1,
        invoice: word(&["InvoiceId"]),
        tags: super::tags::of_text("Tags", record.word(&["Tags"]))?,
        ..CostKey::default()
    })
}

/// An id as Microsoft's FOCUS export writes it, so that either export of a month replaces the other.
fn under(path: &str, id: &str) -> String {
    if id.is_empty() || id.starts_with('/') { id.to_owned() } else { format!("{path}{id}") }
}

/// Who pays: the billing profile of a customer agreement, the enrolment of an enterprise, or else the subscription.
fn billing_account(record: &Record<'_>, subscription: &str) -> String {
    let (account, profile) = (record.word(&["BillingAccountId"]), record.word(&["BillingProfileId"]));
    if account.is_empty() && profile.is_empty() {
        return under("/subscriptions/", subscription);
    }
    let account = under("/providers/Microsoft.Billing/billingAccounts/", account);
    if profile.is_empty() || account.ends_with(&format!("/{profile}")) || profile.starts_with('/') {
        return if profile.starts_with('/') { profile.to_owned() } else { account };
    }
    format!("{account}/billingProfiles/{profile}")
}

/// `microsoft.compute/virtualmachines` of a resource's path.
fn type_of(resource: &str) -> String {
    let lower = resource.to_lowercase();
    let Some((_, after)) = lower.rsplit_once("/providers/") else { return String::new() };
    let mut parts = after.split('/');
    match (parts.next(), parts.next()) {
        (Some(provider), Some(kind)) if !kind.is_empty() => format!("{provider}/{kind}"),
        _ => String::new(),
    }
}

/// A region as Azure's interfaces spell it: `eastus` of `US East`, `EastUS` and `eastus`.
fn region(location: &str) -> String {
    let plain: String = location.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    // Meters name these regions the other way round.
    let turned = match plain.as_str() {
        "useast" => "eastus",
        "useast2" => "eastus2",
        "uswest" => "westus",
        "uswest2" => "westus2",
        "uswest3" => "westus3",
        "uscentral" => "centralus",
        "usnorthcentral" => "northcentralus",
        "ussouthcentral" => "southcentralus",
        "uswestcentral" => "westcentralus",
        "euwest" => "westeurope",
        "eunorth" => "northeurope",
        "apeast" => "eastasia",
        "apsoutheast" => "southeastasia",
        _ => return plain,
    };
    turned.to_owned()
}

/// FOCUS's service category of a service family; of one it does not have, the family as written.
fn service_category(family: &str) -> &str {
    match family {
        "AI + Machine Learning" | "AI and Machine Learning" => "AI and Machine Learning",
        "Containers" => "Compute",
        "Internet of Things" | "IoT" => "Internet of Things",
        "Microsoft Entra ID" => "Identity",
        other => other,
    }
}

impl Reader for Azure {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = record.fields();
        let line = self.line(fields)?;
        self.describe(fields);
        self.bill.push_known(&self.print, || key(record), &line, record.place)?;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.bill.totals()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_measure_is_a_block_of_single_units() {
        for (unit, size, single) in [
            ("10K", "10000", "Units"),
            ("1M", "1000000", "Units"),
            ("100 Hours", "100", "Hours"),
            ("1 Hour", "1", "Hours"),
            ("1 GB/Month", "1", "GB/Month"),
            ("1 MB", "1", "MB"),
            ("1/Month", "1", "Units/Month"),
            ("10K/Month", "10000", "Units/Month"),
            ("Hours", "1", "Hours"),
            ("", "1", ""),
        ] {
            let (block, found) = block(unit);
            assert_eq!((block.to_string().as_str(), found.as_str()), (size, single), "{unit}");
        }
    }

    #[test]
    fn each_charge_has_its_category_class_and_status() {
        for (kind, frequency, expected) in [
            ("", "", ("Usage", "", "Used")),
            ("Usage", "UsageBased", ("Usage", "", "Used")),
            ("UnusedReservation", "", ("Usage", "", "Unused")),
            ("UnusedSavingsPlan", "", ("Usage", "", "Unused")),
            ("Purchase", "Recurring", ("Purchase", "", "")),
            ("Refund", "OneTime", ("Purchase", "Correction", "")),
            ("Refund", "UsageBased", ("Usage", "Correction", "")),
            ("RoundingAdjustment", "", ("Adjustment", "", "")),
            ("Tax", "", ("Tax", "", "")),
            ("SomethingNew", "", ("SomethingNew", "", "")),
        ] {
            assert_eq!(charge(kind, frequency), expected, "{kind} {frequency}");
        }
    }

    #[test]
    fn who_pays_is_spelt_as_in_microsofts_focus_export() {
        let account = |account: &str, profile: &str| {
            let names = ["BillingAccountId", "BillingProfileId"].map(str::to_owned).to_vec();
            let header = Header::of_names(names);
            let place = marginline_store::import::Place { offset: 0, length: 0 };
            billing_account(&Record::row(&header, &[account, profile], place), "s-1")
        };
        let root = "/providers/Microsoft.Billing/billingAccounts/";
        assert_eq!(account("99", "99"), format!("{root}99"), "an enterprise agreement");
        assert_eq!(account("99", ""), format!("{root}99"));
        assert_eq!(account("a:b", "PRO"), format!("{root}a:b/billingProfiles/PRO"), "a customer agreement");
        let whole = format!("{root}a:b/billingProfiles/PRO");
        assert_eq!(account("a:b", &whole), whole);
        assert_eq!(account("", ""), "/subscriptions/s-1", "pay as you go");
    }

    #[test]
    fn regions_and_types_have_one_spelling() {
        for written in ["US East", "EastUS", "eastus", "East US"] {
            assert_eq!(region(written), "eastus");
        }
        let disk = "/subscriptions/1/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        assert_eq!(type_of(disk), "microsoft.compute/disks");
        assert_eq!(type_of("disk"), "");
    }
}
