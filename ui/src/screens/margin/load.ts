// The margin screen's address as a query, and back.
import type { MarginBy, MarginQuery, MonthBasis } from "../../backend/backend.ts";
import type { Params } from "../../state/router.svelte.ts";

export const BY: { id: MarginBy; label: string }[] = [
  { id: "product", label: "Product" },
  { id: "customer", label: "Customer" },
  { id: "region", label: "Region" },
  { id: "month", label: "Month" },
];

export function readBasis(params: Params): MonthBasis {
  return params["basis"]?.[0] === "usage_date" ? "usage_date" : "billing_month";
}

export function query(params: Params): MarginQuery {
  const month = params["month"]?.[0] ?? null;
  const by = BY.find((choice) => choice.id === params["by"]?.[0])?.id ?? "product";
  return { month, by, basis: readBasis(params) };
}
