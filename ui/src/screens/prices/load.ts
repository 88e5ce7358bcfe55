// The prices screen's address as a query, and back. What is looked at is written `item=openai,gpt-5`.
import type { PriceItem, PricesQuery } from "../../backend/backend.ts";
import type { Params } from "../../state/router.svelte.ts";

export function query(params: Params): PricesQuery {
  const [provider, item] = params["item"] ?? [];
  return {
    resource: params["resource"]?.[0] ?? null,
    as_of: params["on"]?.[0] ?? null,
    provider: params["provider"]?.[0] ?? null,
    region: params["region"]?.[0] ?? null,
    all: params["all"]?.[0] === "yes",
    item: item ? { provider: provider === ANYBODY ? "" : (provider ?? ""), item } : null,
  };
}

/** Stands in the address for no seller in particular: an empty value would be lost there. */
const ANYBODY = "-";

export const writeItem = ({ provider, item }: PriceItem): string[] => [provider || ANYBODY, item];
