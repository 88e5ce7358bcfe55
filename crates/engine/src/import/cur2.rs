//! AWS Data Exports, CUR 2.0: the lines of the legacy report in snake case, with products, tags and cost categories
//! in maps (JSON in CSV, a map in Parquet). Everything else is read as in [`super::cur`].

use marginline_store::batch::Role;

use super::cur::{REQUIRED, open};
use super::format::{Format, Shape, Table};

/// CUR 2.0, as CSV or Parquet.
pub static CUR2: Format =
    Format { id: "cur2", label: "AWS CUR 2.0", role: Role::Bill, append_only: false, shapes: &[Shape::Table(TABLE)] };

const TABLE: Table = Table {
    required: REQUIRED,
    // Each mark stands twice, since the legacy report has the columns that both share, and one of them twice.
    telling: &[
        "line_item_unblended_cost",
        "line_item_line_item_type",
        "line_item_usage_start_date",
        "line_item_usage_account_id",
        "line_item_product_code",
        "bill_billing_period_start_date",
        "bill_payer_account_id",
        "product",
        "product",
        "resource_tags",
        "resource_tags",
        "cost_category",
        "cost_category",
        "discount",
        "discount",
        "bill_payer_account_name",
        "bill_payer_account_name",
        "line_item_usage_account_name",
        "line_item_usage_account_name",
    ],
    open,
};
