// The scenarios screen's address as a query: `ids` in order, `view=months` for the month table.
import type { CompareQuery, Override, ScenarioInfo } from "../../backend/backend.ts";
import type { Params } from "../../state/router.svelte.ts";

export type Tab = "figures" | "months";

export const TABS: { id: Tab; label: string }[] = [
  { id: "figures", label: "Figures" },
  { id: "months", label: "Months" },
];

export function tab(params: Params): Tab {
  return params["view"]?.[0] === "months" ? "months" : "figures";
}

/** Ids of the address that exist and can run; all of them when the address names none. */
export function chosenIds(params: Params, known: ScenarioInfo[]): string[] {
  const able = known.filter((scenario) => scenario.problem === null).map((scenario) => scenario.id);
  const asked = params["ids"];
  return asked === undefined ? able : asked.filter((id) => able.includes(id));
}

export function query(ids: string[], overrides: Override[]): CompareQuery {
  return { scenarios: ids, overrides: overrides.filter((override) => ids.includes(override.scenario)) };
}
