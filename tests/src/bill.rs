//! A FOCUS 1.0 bill of our own, small enough to be added up by hand or large enough to take a while.

/// One row: what differs between rows.
pub struct Charge {
    /// Day of October 2026, 1 to 31.
    pub day: u32,
    /// BilledCost, as it stands in the file.
    pub billed: String,
    /// EffectiveCost, as it stands in the file.
    pub effective: String,
}

/// The columns of FOCUS 1.0 in its own order, with the value that every row has; empty is null.
const COLUMNS: [(&str, &str); 43] = [
    ("AvailabilityZone", ""),
    ("BilledCost", "{billed}"),
    ("BillingAccountId", "000123"),
    ("BillingAccountName", "Window test"),
    ("BillingCurrency", "USD"),
    ("BillingPeriodEnd", "2026-11-01T00:00:00Z"),
    ("BillingPeriodStart", "2026-10-01T00:00:00Z"),
    ("ChargeCategory", "Usage"),
    ("ChargeClass", ""),
    ("ChargeDescription", "GPU hours"),
    ("ChargeFrequency", "Usage-Based"),
    ("ChargePeriodEnd", "2026-10-{day}T23:00:00Z"),
    ("ChargePeriodStart", "2026-10-{day}T22:00:00Z"),
    ("CommitmentDiscountCategory", ""),
    ("CommitmentDiscountId", ""),
    ("CommitmentDiscountName", ""),
    ("CommitmentDiscountStatus", ""),
    ("CommitmentDiscountType", ""),
    ("ConsumedQuantity", "1"),
    ("ConsumedUnit", "Hours"),
    ("ContractedCost", "{effective}"),
    ("ContractedUnitPrice", ""),
    ("EffectiveCost", "{effective}"),
    ("InvoiceIssuerName", "Example Cloud"),
    ("ListCost", "{billed}"),
    ("ListUnitPrice", ""),
    ("PricingCategory", "Standard"),
    ("PricingQuantity", "1"),
    ("PricingUnit", "Hours"),
    ("ProviderName", "Example Cloud"),
    ("PublisherName", "Example Cloud"),
    ("RegionId", "eu-1"),
    ("RegionName", "Europe 1"),
    ("ResourceId", "gpu-1"),
    ("ResourceName", ""),
    ("ResourceType", ""),
    ("ServiceCategory", "Compute"),
    ("ServiceName", "GPU cloud"),
    ("SkuId", "sku"),
    ("SkuPriceId", "sku.price"),
    ("SubAccountId", "0042"),
    ("SubAccountName", "Serving"),
    ("Tags", ""),
];

/// The file's text.
pub fn bill(charges: impl IntoIterator<Item = Charge>) -> String {
    let line = |cell: fn(&(&str, &str)) -> String| COLUMNS.iter().map(cell).collect::<Vec<_>>().join(",") + "\n";
    let mut text = line(|(name, _)| (*name).to_owned());
    let row = line(|(_, value)| (*value).to_owned());
    for Charge { day, billed, effective } in charges {
        let day = format!("{day:02}");
        text.push_str(&row.replace("{billed}", &billed).replace("{effective}", &effective).replace("{day}", &day));
    }
    text
}
