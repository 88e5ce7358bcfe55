// The costs screen's address as a query, and back. A filter is written `service=Amazon Bedrock`.
import type { Backend, Choice, CostsQuery, Filter } from "../../backend/backend.ts";
import type { Params } from "../../state/router.svelte.ts";
import { readBasis } from "../margin/load.ts";

export function query(params: Params): CostsQuery {
  return {
    from: params["from"]?.[0] ?? null,
    to: params["to"]?.[0] ?? null,
    by: params["by"] ?? ["service"],
    basis: readBasis(params),
    filters: (params["filter"] ?? []).flatMap(readFilter),
  };
}

/** Keys may hold `=` (tags do); it is written `%3D` there. */
export function writeFilter({ key, value }: Filter): string {
  return `${key.replaceAll("%", "%25").replaceAll("=", "%3D")}=${value}`;
}

export function readFilter(written: string): Filter[] {
  const cut = written.indexOf("=");
  if (cut < 1) return [];
  const key = written.slice(0, cut).replaceAll("%3D", "=").replaceAll("%25", "%");
  return [{ key, value: written.slice(cut + 1) }];
}

/** The values a key has in this period, to choose a filter from. */
export async function valuesOf(backend: Backend, asked: CostsQuery, key: string): Promise<Choice[]> {
  const others = asked.filters.filter((filter) => filter.key !== key);
  const { table } = await backend.costs({ ...asked, by: [key], filters: others });
  return table.rows.flatMap(({ kind, cells }) => {
    const first = cells[0];
    return kind === "row" && first?.value ? [{ id: first.value, label: first.shown }] : [];
  });
}
