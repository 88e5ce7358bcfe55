// A scenario that begins, is explained and is adopted, out of snapshots of the sample company, for the fixture backend.
// Never part of the production bundle.
import type {
  ExplainQuery,
  ExplainView,
  NewChoices,
  NewPreview,
  NewQuery,
  PlanChanged,
  PlanInfo,
  PlanQuery,
  PlanView,
  Problem,
  ScenarioInfo,
} from "./backend.ts";
import file from "./snapshots/start.json";

type Snapshot = {
  choices: NewChoices;
  actuals: NewPreview;
  patch: NewPreview;
  explained: ExplainView[];
  plan: PlanView;
};
const start = file as unknown as Snapshot;

export function newChoices(bare: boolean): NewChoices {
  return bare ? { ...start.choices, periods: [], products: [], starts: [], start: null } : start.choices;
}

export function newPreview(query: NewQuery): NewPreview {
  const shown = query.from === "actuals" ? start.actuals : start.patch;
  if (query.from === "patch" && query.query.patch === "own-gpus" && !query.query.gpu) throw NO_GPUS(query.query.base);
  return { ...shown, name: query.query.name ?? shown.name };
}

const NO_GPUS = (base: string): Problem => ({
  what: "the base has no GPUs of its own, so what one makes and costs is not known",
  place: `scenario ${base}`,
  next: "state a GPU (--gpu), its output tokens per second (--output-tokens-per-s-per-gpu) and its price (--usd-per-gpu-hour)",
});

export function explainSnapshot(query: ExplainQuery, scenario: ScenarioInfo): ExplainView {
  const line = query.line ?? "Cost of revenue";
  const found = start.explained.find((view) => view.line === line);
  if (!found) {
    const names = start.explained.map((view) => view.line).join(", ");
    throw { what: `there is no line "${line}"`, place: `scenario ${query.scenario}`, next: `use one of ${names}` };
  }
  const months = [{ id: "all", label: `all ${found.months.length} months` }, ...found.months];
  return { ...found, scenario, months, month: query.month ?? found.month };
}

/** The plan, adopted and taken back. */
export class FixturePlan {
  #past: PlanInfo[] = [];
  #undone: PlanInfo[] = [];

  get info(): PlanInfo | null {
    return this.#past.at(-1) ?? null;
  }

  adopt({ id, name }: ScenarioInfo): PlanChanged {
    if (this.info?.scenario === id) return { done: `${name} is the plan already`, changed: false, plan: this.info };
    const kept = start.plan.plan ?? { adopted_on: "2026-11-21", period: "October 2026 – September 2028" };
    this.#past.push({ adopted_on: kept.adopted_on, period: kept.period, scenario: id, name, since: null });
    this.#undone = [];
    return { done: `${name} is the plan`, changed: true, plan: this.info };
  }

  undo(): PlanChanged {
    const gone = this.#past.pop();
    if (gone) this.#undone.push(gone);
    return { done: "the plan was taken back", changed: true, plan: this.info };
  }

  redo(): PlanChanged {
    const again = this.#undone.pop();
    if (again) this.#past.push(again);
    return { done: "the plan was adopted again", changed: true, plan: this.info };
  }

  view(query: PlanQuery): PlanView {
    const plan = this.info;
    const none = { plan, compared: null, notices: [] };
    if (!plan) return { ...none, waits: "a scenario that is adopted is what each imported month is compared with" };
    // One of them has only months to come, so that this can be looked at too.
    if (plan.scenario === "small-router") {
      return {
        ...none,
        waits:
          "the plan runs from November 2026 to October 2028, and the ledger holds no month of it; import a bill, usage or revenue of one",
      };
    }
    const { compared } = start.plan;
    if (!compared) return { ...none, waits: "" };
    const calibration = { ...compared.calibration, scenario: plan.scenario, name: plan.name };
    return { ...start.plan, plan, compared: { ...compared, month: query.month ?? compared.month, calibration } };
  }
}
