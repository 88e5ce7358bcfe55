// The scenarios screen's address as what it asks: `ids` in order, `view`, and what each view is about.
import type {
  BridgeQuery,
  CapacityWeekQuery,
  CompareQuery,
  ExplainQuery,
  Override,
  PlanQuery,
  RiskQuery,
  ScenarioInfo,
  ScenarioLock,
  ScenarioQuery,
  TwoWayQuery,
} from "../../backend/backend.ts";
import type { Params } from "../../state/router.svelte.ts";
import type { Source } from "./begin.ts";

export const VIEWS = [
  { id: "compare", label: "Compare" },
  { id: "bridge", label: "Bridge" },
  { id: "sensitivity", label: "Sensitivity" },
  { id: "risk", label: "Risk" },
  { id: "optimise", label: "Optimise" },
  { id: "capacity", label: "Capacity" },
  { id: "plan", label: "Plan" },
] as const;
export type View = (typeof VIEWS)[number]["id"];

export const TABS = [
  { id: "figures", label: "Figures" },
  { id: "months", label: "Months" },
] as const;
export type Tab = (typeof TABS)[number]["id"];

/** What the chart of the comparison lies over. */
export const ALONG = [
  { id: "month", label: "By month" },
  { id: "volume", label: "By volume" },
] as const;
export type Along = (typeof ALONG)[number]["id"];

const first = (params: Params, key: string) => params[key]?.[0];

export const view = (params: Params): View => VIEWS.find(({ id }) => id === first(params, "view"))?.id ?? "compare";
export const tab = (params: Params): Tab => (first(params, "table") === "months" ? "months" : "figures");
export const along = (params: Params): Along => (first(params, "by") === "volume" ? "volume" : "month");
export const inColumns = (params: Params): boolean => first(params, "edit") === "columns";

/** Ids of the address that exist and can run; all of them when the address names none. */
export function chosenIds(params: Params, known: ScenarioInfo[]): string[] {
  const able = known.filter((scenario) => scenario.problem === null).map((scenario) => scenario.id);
  const asked = params["ids"];
  return asked === undefined ? able : asked.filter((id) => able.includes(id));
}

/** When a scenario was locked, and at what. */
export const lockWords = ({ locked_on, hash }: ScenarioLock) => `Locked on ${locked_on}, hash ${hash}`;

const of = (ids: string[], overrides: Override[]) => overrides.filter((override) => ids.includes(override.scenario));

export function query(ids: string[], overrides: Override[]): CompareQuery {
  return { scenarios: ids, overrides };
}

/** The scenario that a view is about: the address's, where it is chosen, else the first. */
export function about(params: Params, ids: string[], key = "of"): string {
  const asked = first(params, key);
  return asked !== undefined && ids.includes(asked) ? asked : (ids[0] ?? "");
}

export function bridgeQuery(params: Params, ids: string[], overrides: Override[]): BridgeQuery {
  const from = about(params, ids, "from");
  const asked = first(params, "to");
  const to = asked !== undefined && ids.includes(asked) ? asked : (ids.find((id) => id !== from) ?? "");
  return { from, to, overrides };
}

export function scenarioQuery(params: Params, ids: string[], overrides: Override[]): ScenarioQuery {
  return { scenario: about(params, ids), overrides };
}

export function twoWayQuery(params: Params, ids: string[], overrides: Override[]): TwoWayQuery {
  const [x, y, target_percent] = ["x", "y", "target"].map((key) => first(params, key) ?? null) as (string | null)[];
  return { ...scenarioQuery(params, ids, overrides), x: x ?? null, y: y ?? null, target_percent: target_percent ?? null };
}

/** `able` are those with a capacity; one of them is shown first where the address names none. */
export function capacityQuery(params: Params, ids: string[], able: string[], overrides: Override[]): CapacityWeekQuery {
  const ordered = [...able, ...ids.filter((id) => !able.includes(id))];
  const month = Number(first(params, "month"));
  const fleet = first(params, "fleet") ?? null;
  return { ...scenarioQuery(params, ordered, overrides), month: Number.isInteger(month) && month > 0 ? month : null, fleet };
}

export function riskQuery(params: Params, ids: string[], overrides: Override[]): RiskQuery {
  const whole = (key: string) => {
    const asked = Number(first(params, key));
    return Number.isInteger(asked) && asked > 0 && asked < 2 ** 32 ? asked : null;
  };
  return {
    scenarios: ids,
    overrides,
    draws: whole("draws"),
    seed: whole("seed"),
    target_percent: first(params, "target") ?? null,
  };
}

/** Break-evens of one scenario with the others are few; those of every pair are many, and begin with the first one's. */
export const FEW = 6;
export const EVERY = "every";

/** The scenario whose break-evens are told: the address's, else every one where there are few, else the first. */
export function evenOf(params: Params, ids: string[], pairs: number): string {
  const asked = first(params, "even");
  if (asked !== undefined && (asked === EVERY || ids.includes(asked))) return asked;
  return pairs <= FEW ? EVERY : (ids[0] ?? EVERY);
}

/** Changes that bear on these scenarios, and on those that they stand on. */
export function bearing(ids: string[], bases: Map<string, string | null>, overrides: Override[]): Override[] {
  const all = new Set<string>();
  for (let id of ids) {
    while (id && !all.has(id)) {
      all.add(id);
      id = bases.get(id) ?? "";
    }
  }
  return of([...all], overrides);
}

/** What a new scenario begins from, while its dialog is open; the base is one that can run, else the first of them. */
export function beginningOf(params: Params, able: ScenarioInfo[]): { source: Source; base: string } | null {
  const asked = first(params, "new");
  if (asked !== "actuals" && asked !== "patch") return null;
  const base = able.find(({ id }) => id === first(params, "base")) ?? able[0];
  return { source: asked, base: base?.id ?? "" };
}

export function explainQuery(params: Params, scenario: string, overrides: Override[]): ExplainQuery {
  return { scenario, overrides, month: first(params, "at") ?? null, line: first(params, "line") ?? null };
}

export function planQuery(params: Params): PlanQuery {
  return { month: first(params, "when") ?? null };
}
