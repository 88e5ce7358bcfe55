//! What describes a line of a bill.

/// Where money was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// On a bill: it counts.
    #[default]
    Bill,
    /// Somebody else's computed cost: compared, never added.
    Claim,
    /// In the general ledger: it counts where a rule gives its account a line.
    Books,
}

impl Origin {
    /// Its word in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bill => "",
            Self::Claim => "claim",
            Self::Books => "books",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "claim" => Self::Claim,
            "books" => Self::Books,
            _ => Self::Bill,
        }
    }
}

/// FOCUS columns that repeat. Empty is null.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CostKey {
    /// Bill, claim or books.
    pub origin: Origin,
    /// ProviderName.
    pub provider: String,
    /// PublisherName.
    pub publisher: String,
    /// InvoiceIssuerName.
    pub issuer: String,
    /// BillingAccountId.
    pub billing_account: String,
    /// SubAccountId.
    pub account: String,
    /// SubAccountName.
    pub account_name: String,
    /// RegionId.
    pub region: String,
    /// ServiceCategory.
    pub category: String,
    /// ServiceName.
    pub service: String,
    /// SkuId.
    pub sku: String,
    /// ResourceId.
    pub resource: String,
    /// ResourceType.
    pub resource_type: String,
    /// ChargeCategory.
    pub charge_category: String,
    /// ChargeClass.
    pub charge_class: String,
    /// PricingCategory.
    pub pricing_category: String,
    /// CommitmentDiscountId.
    pub commitment: String,
    /// CommitmentDiscountStatus.
    pub commitment_status: String,
    /// ConsumedUnit.
    pub consumed_unit: String,
    /// InvoiceId.
    pub invoice: String,
    /// Tags as a JSON object with sorted keys, or empty.
    pub tags: String,
}

impl CostKey {
    /// The words of the key's row, in the order of `INSERT_KEY`.
    #[must_use]
    pub fn words(&self) -> [&str; 21] {
        [
            self.origin.word(),
            &self.provider,
            &self.publisher,
            &self.issuer,
            &self.billing_account,
            &self.account,
            &self.account_name,
            &self.region,
            &self.category,
            &self.service,
            &self.sku,
            &self.resource,
            &self.resource_type,
            &self.charge_category,
            &self.charge_class,
            &self.pricing_category,
            &self.commitment,
            &self.commitment_status,
            &self.consumed_unit,
            &self.invoice,
            &self.tags,
        ]
    }

    /// The words of the outline: the key without SKU, resource, unit and invoice.
    pub(crate) fn outline_words(&self) -> [&str; 17] {
        [
            self.origin.word(),
            &self.provider,
            &self.publisher,
            &self.issuer,
            &self.billing_account,
            &self.account,
            &self.account_name,
            &self.region,
            &self.category,
            &self.service,
            &self.resource_type,
            &self.charge_category,
            &self.charge_class,
            &self.pricing_category,
            &self.commitment,
            &self.commitment_status,
            &self.tags,
        ]
    }

    /// Who issues the claim a line falls under.
    pub(crate) fn source(&self) -> &str {
        if self.issuer.is_empty() { &self.provider } else { &self.issuer }
    }
}

pub(crate) const INSERT_KEY: &str = "INSERT INTO cost_key (fingerprint, origin, provider, publisher, issuer, \
     billing_account, account, account_name, region, category, service, sku, resource, resource_type, \
     charge_category, charge_class, pricing_category, commitment, commitment_status, consumed_unit, invoice, tags) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
pub(crate) const SELECT_KEY: &str = "SELECT id FROM cost_key WHERE fingerprint = ?";

pub(crate) const INSERT_OUTLINE: &str = "INSERT INTO cost_outline (fingerprint, origin, provider, publisher, issuer, \
     billing_account, account, account_name, region, category, service, resource_type, charge_category, charge_class, \
     pricing_category, commitment, commitment_status, tags) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
pub(crate) const SELECT_OUTLINE: &str = "SELECT id FROM cost_outline WHERE fingerprint = ?";
