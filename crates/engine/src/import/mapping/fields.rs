//! What a mapping can tell: targets, their fields, and the words by which columns are known for them.

use marginline_store::batch::Role;

use crate::import::format::Format;

/// What the rows of a table become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Lines of a bill.
    Bill,
    /// Token usage.
    Usage,
    /// Invoice lines to customers.
    Revenue,
    /// Postings of the general ledger.
    GeneralLedger,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Money.
    Money,
    /// A quantity that may have a fraction.
    Quantity,
    /// A whole number.
    Count,
    /// A date.
    Date,
    /// A month, or a date in it.
    Month,
    /// A currency code.
    Currency,
    /// Words and ids.
    Word,
}

/// A field of a target.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in a mapping.
    pub id: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Column names that mean it, as columns are compared; the surest first.
    pub words: &'static [&'static str],
}

const fn field(id: &'static str, kind: Kind, words: &'static [&'static str]) -> Field {
    Field { id, kind, words }
}

const CURRENCY: Field = field(
    "currency",
    Kind::Currency,
    &[
        "currency",
        "currencycode",
        "billingcurrency",
        "währung",
        "waehrung",
        "devise",
        "moneda",
        "divisa",
        "valuta",
        "ccy",
    ],
);
const PROVIDER: &[&str] =
    &["provider", "providername", "vendor", "supplier", "cloud", "anbieter", "lieferant", "fournisseur", "proveedor"];
const REGION: &[&str] = &["region", "regionid", "location", "standort", "région", "región"];
const DATE: &[&str] = &[
    "date",
    "day",
    "usagedate",
    "datum",
    "fecha",
    "jour",
    "día",
    "dia",
    "data",
    "timestamp",
    "time",
    "start",
    "startdate",
    "usagestart",
    "usagestartdate",
    "leistungsdatum",
    "tag",
];
const AMOUNT: &[&str] = &[
    "amount",
    "cost",
    "billedcost",
    "total",
    "charge",
    "charges",
    "netamount",
    "totalcost",
    "betrag",
    "nettobetrag",
    "kosten",
    "summe",
    "montant",
    "coût",
    "cout",
    "importe",
    "costo",
    "coste",
    "monto",
    "bedrag",
    "importo",
    "valor",
];
const QUANTITY: &[&str] =
    &["quantity", "usagequantity", "usage", "menge", "quantité", "cantidad", "hoeveelheid", "qty"];
const UNIT: &[&str] = &["unit", "usageunit", "einheit", "unité", "unidad", "eenheid"];

static BILL: [Field; 28] = [
    field("billed", Kind::Money, AMOUNT),
    field("effective", Kind::Money, &["effectivecost", "effective", "amortizedcost", "amortisedcost"]),
    field("contracted", Kind::Money, &["contractedcost", "contracted"]),
    field("list", Kind::Money, &["listcost", "grosscost", "listenpreis", "listpreis"]),
    CURRENCY,
    field(
        "billing_month",
        Kind::Month,
        &[
            "billingmonth",
            "month",
            "billingperiod",
            "invoicemonth",
            "period",
            "monat",
            "abrechnungsmonat",
            "mois",
            "mes",
        ],
    ),
    field("usage_date", Kind::Date, DATE),
    field("provider", Kind::Word, PROVIDER),
    field("publisher", Kind::Word, &["publisher", "publishername", "seller", "hersteller"]),
    field("issuer", Kind::Word, &["issuer", "invoiceissuer", "invoiceissuername", "rechnungssteller"]),
    field("billing_account", Kind::Word, &["billingaccount", "billingaccountid", "payer", "contract", "vertrag"]),
    field(
        "account",
        Kind::Word,
        &[
            "account",
            "accountid",
            "subaccount",
            "subscription",
            "project",
            "projectid",
            "projekt",
            "konto",
            "compte",
            "cuenta",
        ],
    ),
    field("account_name", Kind::Word, &["accountname", "subaccountname", "projectname", "kontoname"]),
    field("region", Kind::Word, REGION),
    field("category", Kind::Word, &["servicecategory", "category", "kategorie", "catégorie", "categoría"]),
    field(
        "service",
        Kind::Word,
        &[
            "service",
            "servicename",
            "product",
            "productname",
            "dienst",
            "produkt",
            "leistung",
            "produit",
            "servicio",
            "producto",
        ],
    ),
    field("sku", Kind::Word, &["sku", "skuid", "meter", "article", "artikel", "artikelnummer", "articulo"]),
    field("resource", Kind::Word, &["resource", "resourceid", "resourcename", "ressource", "instance", "recurso"]),
    field("resource_type", Kind::Word, &["resourcetype", "instancetype"]),
    field("charge_category", Kind::Word, &["chargecategory", "chargetype", "type", "art", "typ"]),
    field("charge_class", Kind::Word, &["chargeclass"]),
    field("pricing_category", Kind::Word, &["pricingcategory", "pricingmodel"]),
    field("commitment", Kind::Word, &["commitmentdiscountid", "commitment", "reservationid"]),
    field("commitment_status", Kind::Word, &["commitmentdiscountstatus"]),
    field(
        "invoice",
        Kind::Word,
        &["invoice", "invoiceid", "invoicenumber", "rechnung", "rechnungsnummer", "facture", "factura"],
    ),
    field("quantity", Kind::Quantity, QUANTITY),
    field("unit", Kind::Word, UNIT),
    field("tag:team", Kind::Word, &["team", "squad", "equipe", "équipe", "equipo"]),
];

static USAGE: [Field; 19] = [
    field("date", Kind::Date, DATE),
    field("provider", Kind::Word, PROVIDER),
    field("model", Kind::Word, &["model", "modelid", "modelname", "modell", "modèle", "modelo"]),
    field("project", Kind::Word, &["project", "projectid", "workspace", "projekt", "projet", "proyecto"]),
    field("customer", Kind::Word, &["customer", "customerid", "enduser", "user", "kunde", "client", "cliente"]),
    field("region", Kind::Word, REGION),
    field("service_tier", Kind::Word, &["servicetier", "tier"]),
    field("team", Kind::Word, &["team", "squad", "equipe", "équipe", "equipo"]),
    field("requests", Kind::Count, &["requests", "requestcount", "numrequests", "calls", "anfragen", "aufrufe"]),
    field("input_tokens", Kind::Count, &["inputtokens", "prompttokens", "tokensin", "eingabetoken", "input"]),
    field("cache_read_tokens", Kind::Count, &["cachereadtokens", "cachedtokens", "cachedinputtokens"]),
    field("cache_write_5m_tokens", Kind::Count, &["cachewrite5mtokens", "cachewritetokens", "cachecreationtokens"]),
    field("cache_write_1h_tokens", Kind::Count, &["cachewrite1htokens"]),
    field("output_tokens", Kind::Count, &["outputtokens", "completiontokens", "tokensout", "ausgabetoken", "output"]),
    field("reasoning_tokens", Kind::Count, &["reasoningtokens"]),
    field("quantity", Kind::Quantity, QUANTITY),
    field("unit", Kind::Word, UNIT),
    field("claimed", Kind::Money, AMOUNT),
    CURRENCY,
];

static REVENUE: [Field; 11] = [
    field(
        "invoice_id",
        Kind::Word,
        &["invoiceid", "invoice", "invoicenumber", "rechnungsnummer", "rechnung", "facture", "factura", "number"],
    ),
    field(
        "invoice_date",
        Kind::Date,
        &["invoicedate", "rechnungsdatum", "datefacture", "date", "datum", "fecha", "created"],
    ),
    field("customer", Kind::Word, &["customer", "customername", "customerid", "kunde", "client", "cliente", "klant"]),
    field("product", Kind::Word, &["product", "productname", "produkt", "produit", "producto", "item", "artikel"]),
    field("plan", Kind::Word, &["plan", "tarif", "subscriptionplan"]),
    field("region", Kind::Word, REGION),
    field("kind", Kind::Word, &["kind", "type", "art", "typ"]),
    field(
        "service_start",
        Kind::Date,
        &["servicestart", "periodstart", "start", "von", "leistungvon", "leistungsbeginn"],
    ),
    field("service_end", Kind::Date, &["serviceend", "periodend", "end", "bis", "leistungbis", "leistungsende"]),
    field("amount", Kind::Money, AMOUNT),
    CURRENCY,
];

static GENERAL_LEDGER: [Field; 13] = [
    field("date", Kind::Date, &["postingdate", "buchungsdatum", "date", "datum", "belegdatum", "fecha", "entrydate"]),
    field("month", Kind::Month, &["period", "month", "monat", "periode", "fiscalperiod", "mois", "mes"]),
    field("amount", Kind::Money, AMOUNT),
    field("debit", Kind::Money, &["debit", "soll", "débit", "debe"]),
    field("credit", Kind::Money, &["credit", "haben", "crédit", "haber"]),
    CURRENCY,
    field(
        "account",
        Kind::Word,
        &["account", "accountnumber", "glaccount", "konto", "kontonummer", "sachkonto", "compte", "cuenta"],
    ),
    field("account_name", Kind::Word, &["accountname", "kontobezeichnung", "kontoname", "intitulé"]),
    field("vendor", Kind::Word, PROVIDER),
    field("description", Kind::Word, &["description", "memo", "text", "buchungstext", "libellé", "concepto"]),
    field(
        "document",
        Kind::Word,
        &["document", "documentnumber", "voucher", "beleg", "belegnummer", "journal", "reference"],
    ),
    field("tag:cost_center", Kind::Word, &["costcenter", "costcentre", "kostenstelle", "department", "abteilung"]),
    field("tag:product", Kind::Word, &["product", "produkt", "produit", "producto"]),
];

const fn format(label: &'static str, role: Role) -> Format {
    Format { id: "mapped", label, role, append_only: false, shapes: &[] }
}

static BILL_FORMAT: Format = format("Bill", Role::Bill);
static USAGE_FORMAT: Format = format("Token usage", Role::Usage);
static REVENUE_FORMAT: Format = format("Revenue", Role::Revenue);
static LEDGER_FORMAT: Format = format("General ledger", Role::Bill);

impl Target {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bill, Self::Usage, Self::Revenue, Self::GeneralLedger];

    /// Its word in a mapping.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Usage => "usage",
            Self::Revenue => "revenue",
            Self::GeneralLedger => "general-ledger",
        }
    }

    /// For people.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.format().label
    }

    /// The format that batches of it have.
    #[must_use]
    pub fn format(self) -> &'static Format {
        match self {
            Self::Bill => &BILL_FORMAT,
            Self::Usage => &USAGE_FORMAT,
            Self::Revenue => &REVENUE_FORMAT,
            Self::GeneralLedger => &LEDGER_FORMAT,
        }
    }

    /// Its fields.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Bill => &BILL,
            Self::Usage => &USAGE,
            Self::Revenue => &REVENUE,
            Self::GeneralLedger => &GENERAL_LEDGER,
        }
    }

    /// Fields it cannot do without: of each list one.
    #[must_use]
    pub fn needed(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Bill => &[&["billed"], &["usage_date", "billing_month"]],
            Self::Usage => &[&["date"], &["provider"], &["model"], &["input_tokens", "output_tokens", "quantity"]],
            Self::Revenue => &[&["invoice_date"], &["amount"]],
            Self::GeneralLedger => &[&["date", "month"], &["amount", "debit"], &["account"]],
        }
    }

    /// Does it hold tags?
    #[must_use]
    pub fn has_tags(self) -> bool {
        matches!(self, Self::Bill | Self::GeneralLedger)
    }

    /// What a field holds; `None` when the target has no such field.
    #[must_use]
    pub fn kind_of(self, id: &str) -> Option<Kind> {
        let known = self.fields().iter().find(|field| field.id == id).map(|field| field.kind);
        known.or_else(|| (self.has_tags() && id.len() > 4 && id.starts_with("tag:")).then_some(Kind::Word))
    }
}
