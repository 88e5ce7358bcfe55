//! OpenCost and Kubecost: shares of a cluster's cost by workload, and what they read of cloud bills. Both are
//! somebody else's computed cost: claims, compared with bills and never added to them.

use std::collections::BTreeMap;

use marginline_model::{Currency, Month};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::cost::{CostKey, Origin};
use marginline_store::import::Rows;

use super::bill::{Bill, Line};
use super::field::{FieldError, day, loose_number};
use super::format::{Format, Json, Reader, Shape, Table, Taken};
use super::node::Node;
use super::record::Record;

/// OpenCost's allocation, as CSV and JSON, and its cloud costs.
pub static OPENCOST: Format = Format {
    id: "opencost",
    label: "OpenCost",
    role: Role::Claim,
    append_only: false,
    shapes: &[
        Shape::Table(Table {
            required: &[&["Date"], &["Namespace"], &["CPUCost"], &["TotalCost"]],
            telling: &["Date", "Namespace", "ControllerKind", "Pod", "CPUCost", "RAMCost", "TotalCost"],
            open: |_| Box::new(OpenCost::default()),
        }),
        Shape::Json(Json { likeness, records, open: || Box::new(OpenCost::default()) }),
    ],
};

/// Allocations by name in a list of steps, or sets of cloud costs by name.
fn likeness(first: &Node) -> usize {
    let Some(data) = first.get("data") else { return 0 };
    if data.at("sets").is_some_and(|sets| sets.items().iter().any(|set| set.get("cloudCosts").is_some())) {
        return 5;
    }
    let workload = |node: &Node| node.get("window").is_some() && node.get("totalCost").is_some();
    let looks = data.items().iter().any(|step| match step {
        Node::Object(workloads) => workloads.values().any(workload),
        _ => false,
    });
    if looks { 5 } else { 0 }
}

/// Every object of the document in its order, with the name it stands under.
fn records(mut document: Node) -> Vec<Node> {
    let Some(mut data) = document.remove("data") else { return Vec::new() };
    let groups: Vec<Node> = match data.remove("sets") {
        Some(sets) => sets.into_items().into_iter().filter_map(|mut set| set.remove("cloudCosts")).collect(),
        None => data.into_items(),
    };
    groups
        .into_iter()
        .flat_map(|group| match group {
            Node::Object(items) => items.into_iter().collect::<Vec<_>>(),
            _ => Vec::new(),
        })
        .map(|(name, item)| {
            Node::Object(BTreeMap::from([("under".to_owned(), Node::Text(name)), ("item".to_owned(), item)]))
        })
        .collect()
}

struct OpenCost {
    bill: Bill,
}

impl Default for OpenCost {
    fn default() -> Self {
        Self { bill: Bill::measuring(["claimed", "", "", ""]) }
    }
}

/// The labels of a workload, as a JSON object with sorted keys.
fn tags(record: &Record<'_>) -> String {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for names in [&["item.properties.namespaceLabels"][..], &["item.properties.labels", "Labels"]] {
        if let Some(Node::Object(labels)) = record.node(names).as_deref() {
            all.extend(labels.iter().filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned()))));
        }
    }
    for (name, value) in record.columns("Label_") {
        all.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    if all.is_empty() { String::new() } else { serde_json::json!(all).to_string() }
}

/// A share of a cluster.
fn workload(record: &Record<'_>) -> CostKey {
    let word = |names: &[&'static str]| record.word(names).to_owned();
    CostKey {
        origin: Origin::Claim,
        provider: "OpenCost".into(),
        issuer: "OpenCost".into(),
        billing_account: word(&["item.properties.cluster", "Cluster"]),
        account: word(&["item.properties.namespace", "Namespace"]),
        category: "Compute".into(),
        service: "Kubernetes".into(),
        sku: word(&["item.properties.controller", "ControllerName"]),
        resource: word(&["item.properties.pod", "Pod", "under"]),
        resource_type: word(&["item.properties.controllerKind", "ControllerKind"]),
        charge_category: "Usage".into(),
        tags: tags(record),
        ..CostKey::default()
    }
}

/// What was read of a cloud's bill.
fn cloud(record: &Record<'_>) -> CostKey {
    let word = |names: &[&'static str]| record.word(names).to_owned();
    CostKey {
        origin: Origin::Claim,
        provider: word(&["item.properties.provider", "under"]),
        issuer: "OpenCost cloud costs".into(),
        billing_account: word(&["item.properties.invoiceEntityID"]),
        account: word(&["item.properties.accountID"]),
        category: word(&["item.properties.category"]),
        service: word(&["item.properties.service"]),
        resource: word(&["item.properties.providerID"]),
        region: word(&["item.properties.regionID"]),
        charge_category: "Usage".into(),
        tags: tags(record),
        ..CostKey::default()
    }
}

impl Reader for OpenCost {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let is_cloud = record.text(&["item.amortizedNetCost.cost"]).is_some();
        let start = record.word(&["Date", "item.start", "item.window.start"]);
        let date = day(if is_cloud { "window.start" } else { "Date" }, start)?;
        let (column, cost) = match record.text(&["item.amortizedNetCost.cost"]) {
            Some(cost) => ("amortizedNetCost.cost", cost),
            None => ("TotalCost", record.word(&["TotalCost", "item.totalCost"])),
        };
        let claimed = loose_number(column, cost)?;
        let line = Line {
            billing_month: Month::of(date),
            usage_date: date,
            covered_on: None,
            // Neither the file nor the API names its currency: prices are in USD unless the cluster was told else.
            currency: Currency::parse("USD").map_err(|error| FieldError::new("currency", "USD", error.to_string()))?,
            billed: claimed,
            effective: claimed,
            contracted: None,
            list: None,
            consumed: None,
        };
        let key = if is_cloud { cloud(record) } else { workload(record) };
        self.bill.push(key, &line, record.place)?;
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![self.bill.take()]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.bill.totals()
    }
}
