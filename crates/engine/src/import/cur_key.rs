//! What describes a line of an AWS report, in FOCUS's words: charge, product, account, commitment, tags.

use std::collections::BTreeMap;

use marginline_store::cost::CostKey;

use super::field::{FieldError, known};
use super::node::Node;
use super::record::Record;

/// FOCUS's view of a type of line.
struct Charge<'a> {
    category: &'a str,
    class: &'static str,
    /// What it says of the commitment it names; `None` where it has nothing to do with one.
    status: Option<&'static str>,
}

fn charge<'a>(kind: &'a str, record: &Record<'_>) -> Charge<'a> {
    let plain = |category: &'a str| Charge { category, class: "", status: None };
    match kind {
        // Reductions of the price of use, told apart from it by AWS alone.
        "Usage" | "EdpDiscount" | "PrivateRateDiscount" | "BundledDiscount" | "SppDiscount" | "Discount" => {
            plain("Usage")
        }
        "DiscountedUsage" | "SavingsPlanCoveredUsage" | "SavingsPlanNegation" => {
            Charge { category: "Usage", class: "", status: Some("Used") }
        }
        // Bought as a whole; effective is the unused part.
        "RIFee" | "SavingsPlanRecurringFee" => Charge { category: "Purchase", class: "", status: Some("Unused") },
        "SavingsPlanUpfrontFee" | "Fee" => Charge { category: "Purchase", class: "", status: Some("") },
        "RiVolumeDiscount" => plain("Purchase"),
        "Refund" => {
            let category = if record.text(&["lineItem/TaxType"]).is_some() {
                "Tax"
            } else if record.text(&["lineItem/ProductCode"]).is_some_and(|code| code.ends_with("SavingsPlans"))
                || record.text(&["reservation/ReservationARN"]).is_some()
            {
                "Purchase"
            } else {
                "Usage"
            };
            Charge { category, class: "Correction", status: Some("") }
        }
        // `Tax` and `Credit` are FOCUS's words too. A type that is new is kept as it is: its money counts all the same.
        other => plain(other),
    }
}

fn pricing_category(kind: &str, record: &Record<'_>) -> &'static str {
    let spot = record.word(&["lineItem/UsageType"]).contains("SpotUsage");
    match (kind, record.word(&["pricing/term"])) {
        ("DiscountedUsage" | "SavingsPlanCoveredUsage" | "SavingsPlanNegation", _) | ("Usage", "Reserved") => {
            "Committed"
        }
        ("Usage", "Spot") => "Dynamic",
        ("Usage", _) if spot => "Dynamic",
        ("Usage", "OnDemand") => "Standard",
        _ => "",
    }
}

/// The description of a line.
///
/// # Errors
/// When a map of it is no JSON object.
pub(super) fn key(tags: &[(usize, String)], record: &Record<'_>, kind: &str) -> Result<CostKey, FieldError> {
    let product = map_of(record, &["product"])?;
    let word = |names: &[&'static str]| record.word(names).to_owned();
    let in_product = |names: &[&'static str], inner: &[&str]| {
        let told = record.text(names).or_else(|| inner.iter().find_map(|name| known(product.get(*name)?)));
        told.unwrap_or_default().to_owned()
    };
    let charge = charge(kind, record);
    let commitment = match kind {
        // Older reports name a reservation by its subscription only; on other lines that number is no commitment.
        "DiscountedUsage" | "RIFee" => word(&["reservation/ReservationARN", "reservation/SubscriptionId"]),
        _ => word(&["savingsPlan/SavingsPlanARN", "reservation/ReservationARN"]),
    };
    let code = record.word(&["lineItem/ProductCode"]);
    let service = in_product(&["product/ProductName", "product/servicename"], &["product_name", "servicename"]);
    let family = in_product(&["product/productFamily"], &["product_family"]);
    let region = in_product(&["product/regionCode", "product/region"], &["region_code", "region"]);
    Ok(CostKey {
        provider: "AWS".into(),
        publisher: word(&["lineItem/LegalEntity"]),
        issuer: word(&["bill/InvoicingEntity"]),
        billing_account: word(&["bill/PayerAccountId"]),
        account: word(&["lineItem/UsageAccountId"]),
        account_name: word(&["lineItem/UsageAccountName"]),
        region: if region.is_empty() { region_of_zone(record.word(&["lineItem/AvailabilityZone"])) } else { region },
        category: category(code, &family).to_owned(),
        service: if service.is_empty() { code.to_owned() } else { service },
        sku: in_product(&["product/sku"], &["sku"]),
        resource: word(&["lineItem/ResourceId"]),
        resource_type: family,
        charge_category: charge.category.to_owned(),
        charge_class: charge.class.to_owned(),
        pricing_category: pricing_category(kind, record).to_owned(),
        commitment_status: charge.status.filter(|_| !commitment.is_empty()).unwrap_or_default().to_owned(),
        commitment: if charge.status.is_some() { commitment } else { String::new() },
        consumed_unit: word(&["pricing/unit"]),
        invoice: word(&["bill/InvoiceId"]),
        tags: tags_of(tags, record)?,
        ..CostKey::default()
    })
}

/// `us-east-1` of the zone `us-east-1a`.
fn region_of_zone(zone: &str) -> String {
    let region = zone.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let zoned = region.len() + 1 == zone.len() && region.ends_with(|c: char| c.is_ascii_digit());
    if zoned { region.to_owned() } else { String::new() }
}

/// FOCUS's service category of what AWS sells most of; of anything else it is unknown.
fn category(code: &str, family: &str) -> &'static str {
    match (code, family) {
        (_, "Data Transfer") => "Networking",
        (_, "Storage" | "Storage Snapshot") => "Storage",
        ("AmazonEC2" | "AWSLambda" | "AmazonECS" | "AmazonEKS" | "ComputeSavingsPlans" | "AmazonLightsail", _) => {
            "Compute"
        }
        ("AmazonS3" | "AmazonEFS" | "AmazonFSx" | "AmazonGlacier" | "AWSBackup" | "AmazonECR", _) => "Storage",
        ("AmazonRDS" | "AmazonDynamoDB" | "AmazonElastiCache" | "AmazonDocDB" | "AmazonNeptune", _) => "Databases",
        ("AmazonRedshift" | "AmazonAthena" | "AWSGlue" | "ElasticMapReduce" | "AmazonKinesis" | "AmazonES", _) => {
            "Analytics"
        }
        ("AmazonBedrock" | "AmazonSageMaker" | "AmazonTextract" | "AmazonRekognition" | "AmazonPolly", _) => {
            "AI and Machine Learning"
        }
        ("AmazonVPC" | "AmazonCloudFront" | "AWSELB" | "AWSDataTransfer" | "AmazonRoute53" | "AmazonApiGateway", _) => {
            "Networking"
        }
        ("AmazonCloudWatch" | "AWSCloudTrail" | "AWSConfig" | "AWSSystemsManager", _) => "Management and Governance",
        ("awskms" | "AWSSecretsManager" | "AmazonGuardDuty" | "awswaf" | "AmazonInspectorV2", _) => "Security",
        ("AmazonSNS" | "AWSQueueService" | "AWSEvents" | "AmazonMQ" | "AmazonStates", _) => "Integration",
        _ => "",
    }
}

/// The tag that a column holds: `resourceTags/user:team`, `resource_tags_user_team`, `costCategory/Project`.
pub(super) fn tag_column(name: &str) -> Option<String> {
    let after = |prefix: &str| name.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    if let Some(tag) = after("resourceTags/").or_else(|| after("resource_tags_")) {
        return Some(tag_name(tag));
    }
    after("costCategory/").or_else(|| after("cost_category_")).map(cost_category)
}

/// A tag without the prefix that says it is the user's; AWS's own keep theirs, spelt `aws:`.
fn tag_name(name: &str) -> String {
    let name = name.strip_prefix("resourceTags/").unwrap_or(name);
    match name.strip_prefix("user:").or_else(|| name.strip_prefix("user_")) {
        Some(tag) => tag.to_owned(),
        None => name.strip_prefix("aws_").map_or_else(|| name.to_owned(), |tag| format!("aws:{tag}")),
    }
}

fn cost_category(name: &str) -> String {
    format!("cost_category:{name}")
}

/// A map of texts: JSON in CSV, a map in Parquet. Null is an empty one.
fn map_of(record: &Record<'_>, names: &[&'static str]) -> Result<BTreeMap<String, String>, FieldError> {
    let Some(text) = record.text(names) else { return Ok(BTreeMap::new()) };
    let Ok(Node::Object(fields)) = Node::parse(text) else {
        return Err(FieldError::new(names[0], text, "a JSON object such as {\"user_team\": \"search\"}"));
    };
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name, value.text()?.to_owned()))).collect())
}

/// Tags from their columns and from the maps, as a JSON object.
fn tags_of(columns: &[(usize, String)], record: &Record<'_>) -> Result<String, FieldError> {
    let fields = record.fields();
    let mut tags: BTreeMap<String, String> =
        columns.iter().filter_map(|(index, name)| Some((name.clone(), known(fields[*index])?.to_owned()))).collect();
    for (name, value) in map_of(record, &["resource_tags", "tags"])? {
        tags.insert(tag_name(&name), value);
    }
    for (name, value) in map_of(record, &["cost_category"])? {
        tags.insert(cost_category(&name), value);
    }
    tags.retain(|_, value| !value.is_empty());
    Ok(super::tags::dictionary(tags))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that unwraps fails with the line it stands on")]
mod tests {
    use super::*;
    use crate::import::header::Header;

    #[test]
    fn tags_lose_the_prefix_that_says_whose_they_are() {
        for (column, tag) in [
            ("resourceTags/user:team", "team"),
            ("resource_tags_user_team", "team"),
            ("resourceTags/aws:createdBy", "aws:createdBy"),
            ("resource_tags_aws_created_by", "aws:created_by"),
            ("costCategory/Project", "cost_category:Project"),
        ] {
            assert_eq!(tag_column(column).as_deref(), Some(tag));
        }
        assert_eq!(tag_column("resource_tags"), None);
    }

    /// The description that a line of this type gets, with a savings plan or a reservation on it.
    fn key_of(kind: &str, arn: &str, code: &str) -> CostKey {
        let names = ["lineItem/LineItemType", "savingsPlan/SavingsPlanARN", "reservation/ReservationARN"];
        let more = ["lineItem/ProductCode", "lineItem/UsageType", "pricing/term"];
        let header = Header::of_names(names.iter().chain(&more).map(|name| (*name).to_owned()).collect());
        let (plan, reservation) = if arn == "plan" { (arn, "") } else { ("", arn) };
        let fields = [kind, plan, reservation, code, "BoxUsage", "OnDemand"];
        let place = marginline_store::import::Place { offset: 0, length: 0 };
        key(&[], &Record::row(&header, &fields, place), kind).unwrap()
    }

    #[test]
    fn each_type_of_line_has_its_charge_and_commitment() {
        let cases = [
            ("Usage", "reservation", "Usage", "", "", "", "Standard"),
            ("DiscountedUsage", "reservation", "Usage", "", "reservation", "Used", "Committed"),
            ("SavingsPlanCoveredUsage", "plan", "Usage", "", "plan", "Used", "Committed"),
            ("SavingsPlanNegation", "plan", "Usage", "", "plan", "Used", "Committed"),
            ("RIFee", "reservation", "Purchase", "", "reservation", "Unused", ""),
            ("SavingsPlanRecurringFee", "plan", "Purchase", "", "plan", "Unused", ""),
            ("SavingsPlanUpfrontFee", "plan", "Purchase", "", "plan", "", ""),
            ("Fee", "reservation", "Purchase", "", "reservation", "", ""),
            ("Fee", "", "Purchase", "", "", "", ""),
            ("Tax", "", "Tax", "", "", "", ""),
            ("Credit", "", "Credit", "", "", "", ""),
            ("Refund", "", "Usage", "Correction", "", "", ""),
            ("Refund", "reservation", "Purchase", "Correction", "reservation", "", ""),
            ("EdpDiscount", "", "Usage", "", "", "", ""),
            ("PrivateRateDiscount", "", "Usage", "", "", "", ""),
            ("RiVolumeDiscount", "", "Purchase", "", "", "", ""),
            ("SomethingNew", "plan", "SomethingNew", "", "", "", ""),
        ];
        for (kind, arn, category, class, commitment, status, pricing) in cases {
            let key = key_of(kind, arn, "AmazonEC2");
            assert_eq!((key.charge_category.as_str(), key.charge_class.as_str()), (category, class), "{kind}");
            assert_eq!((key.commitment.as_str(), key.commitment_status.as_str()), (commitment, status), "{kind}");
            assert_eq!(key.pricing_category, pricing, "{kind}");
            assert_eq!((key.category.as_str(), key.service.as_str()), ("Compute", "AmazonEC2"), "{kind}");
        }
        assert_eq!(key_of("Refund", "", "ComputeSavingsPlans").charge_category, "Purchase");
    }

    #[test]
    fn a_zone_lies_in_a_region() {
        assert_eq!(region_of_zone("us-east-1a"), "us-east-1");
        for none in ["", "us-east-1", "us-west-2-lax-1a-x", "a"] {
            assert_eq!(region_of_zone(none), "", "{none}");
        }
    }
}
