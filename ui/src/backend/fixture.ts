// A backend that replays snapshots, for `vite dev` and tests. Never part of the production bundle.
// It stands in for the engine and so may add numbers up; the window itself may not.
import type { Backend, Drop, OptimiseProgress, Problem, Workspace } from "./backend.ts";
import { drawn } from "./fixture-charts.ts";
import { FixtureImports } from "./fixture-imports.ts";
import { explainSnapshot, FixturePlan, newChoices, newPreview } from "./fixture-start.ts";
import {
  bridgeSnapshot,
  capacitySnapshot,
  FixtureScenarios,
  optimiseSnapshot,
  riskSnapshot,
  sensitivitySnapshot,
} from "./fixture-workbench.ts";
import { compareSnapshot, costsSnapshot, differenceView, marginSnapshot, priceEffect, pricesSnapshot } from "./fixture-views.ts";

export type FixtureState = "sample" | "empty" | "error" | "slow" | "bare" | "unbilled" | "locked";
const STATES: FixtureState[] = ["sample", "empty", "error", "slow", "bare", "unbilled", "locked"];
export type Calls = { name: string; args: unknown[] }[];
type Options = {
  state?: FixtureState;
  /** Every call is noted here. */
  calls?: Calls;
  launch?: string[];
  /** Milliseconds between two steps of an import. */
  pace?: number;
};

export function readState(search: string): FixtureState {
  const asked = new URLSearchParams(search).get("fixture");
  return STATES.find((state) => state === asked) ?? "sample";
}

const BROKEN: Problem = {
  what: "the ledger could not be read",
  place: "/home/ana/.local/share/marginline/workspace.db",
  next: "close other programs that hold the file and try again",
};

const UNBILLED: Problem = {
  what: "the workspace holds no cost, usage or revenue yet",
  place: null,
  next: "import a file, or run `marginline demo`",
};

export function fixture({ state = "sample", calls = [], launch = [], pace = 90 }: Options = {}): Backend {
  let empty = state === "empty";
  const newImports = (none: boolean) => new FixtureImports(none, pace, () => (empty = false));
  let imported = newImports(empty || state === "bare" || state === "unbilled");
  const scenarios = new FixtureScenarios(state === "locked" ? ["own-h100"] : []);
  const plan = new FixturePlan();
  const infoOf = (id: string) => {
    const found = scenarios.cards.find((card) => card.info.id === id);
    if (!found) throw { what: "there is no such scenario", place: id, next: null };
    return found.info;
  };
  let optimised: (progress: OptimiseProgress) => void = () => {};
  let launched = false;

  const workspace = (): Workspace => ({
    path: "/home/ana/.local/share/marginline/workspace.db",
    empty,
    imports: empty || state === "unbilled" ? 0 : 1,
    sample: !empty && state !== "unbilled",
    quarantined: empty ? 0 : imported.open,
    unpriced: empty || state === "unbilled" ? 0 : 1,
  });

  /** Notes the call, then answers, fails or lingers as the state wants. */
  async function answer<T>(name: string, args: unknown[], make: () => T): Promise<T> {
    calls.push({ name, args: structuredClone(args) });
    if (state === "slow" && name !== "start") await new Promise(() => {});
    if (state === "unbilled" && ["margin", "costs"].includes(name)) throw UNBILLED;
    if (state === "error" && !["start", "scenarios"].includes(name)) throw BROKEN;
    return make();
  }

  return {
    start: () =>
      answer("start", [], () => {
        const files = launched ? [] : launch;
        launched = true;
        return { workspace: workspace(), launch_files: files, version: "0.1.0" };
      }),
    open_sample: () =>
      answer("open_sample", [], () => {
        empty = false;
        const { hear } = imported;
        imported = newImports(false);
        imported.hear = hear;
        return workspace();
      }),
    margin: (query) => answer("margin", [query], () => marginSnapshot(query, state === "bare")),
    costs: (query) => answer("costs", [query], () => costsSnapshot(query, state === "bare")),
    scenarios: () => answer("scenarios", [], () => (state === "bare" ? [] : scenarios.cards)),
    compare: (query) => answer("compare", [query], () => compareSnapshot(query, scenarios.locks).view),
    bridge: (query) => answer("bridge", [query], () => bridgeSnapshot(query)),
    sensitivity: (query) => answer("sensitivity", [query], () => sensitivitySnapshot(query)),
    risk: (query) => answer("risk", [query], () => riskSnapshot(query)),
    capacity: (query) => answer("capacity", [query], () => capacitySnapshot(query)),
    start_optimise: (query) =>
      answer("start_optimise", [query], () => {
        const told = { job: 1, tried: 0, of: 9, found: null, problem: null };
        setTimeout(() => optimised({ ...told, state: "running", tried: 4 }), pace);
        setTimeout(() => optimised({ ...told, state: "done", tried: 9, found: optimiseSnapshot(query) }), 2 * pace);
        return 1;
      }),
    keep_best: (query, name) => answer("keep_best", [query, name], () => scenarios.copy(query.scenario, name)),
    save_scenario: (overrides) => answer("save_scenario", [overrides], () => scenarios.save(overrides)),
    copy_scenario: (of, name, overrides) => answer("copy_scenario", [of, name, overrides], () => scenarios.copy(of, name)),
    rename_scenario: (id, name) => answer("rename_scenario", [id, name], () => scenarios.rename(id, name)),
    delete_scenario: (id) => answer("delete_scenario", [id], () => scenarios.remove(id)),
    lock_scenario: (id) => answer("lock_scenario", [id], () => scenarios.lock(id)),
    unlock_scenario: (id) => answer("unlock_scenario", [id], () => scenarios.unlock(id)),
    write_scenarios: (texts) => answer("write_scenarios", [texts], () => scenarios.write(texts)),
    new_choices: () => answer("new_choices", [], () => newChoices(state === "bare")),
    preview_new: (query) => answer("preview_new", [query], () => newPreview(query)),
    keep_new: (query) => answer("keep_new", [query], () => scenarios.copy("", newPreview(query).name)),
    explain_scenario: (query) =>
      answer("explain_scenario", [query], () => explainSnapshot(query, infoOf(query.scenario))),
    plan_info: () => answer("plan_info", [], () => plan.info),
    plan: (query) => answer("plan", [query], () => plan.view(query)),
    adopt_plan: (id) => answer("adopt_plan", [id], () => plan.adopt(infoOf(id))),
    undo_plan: () => answer("undo_plan", [], () => plan.undo()),
    redo_plan: () => answer("redo_plan", [], () => plan.redo()),
    calibrate: (id, month) => answer("calibrate", [id, month], () => scenarios.calibrate(id)),
    prices: (query) => answer("prices", [query], () => pricesSnapshot(query, state === "bare")),
    price_effect: (draft) => answer("price_effect", [draft], () => priceEffect),
    set_price: (draft) => answer("set_price", [draft], () => 12),
    chart: (request, size, theme) => answer("chart", [request, size, theme], () => drawn(request, size, theme)),
    imports: () => answer("imports", [], () => imported.view),
    difference: (batch) => answer("difference", [batch], () => differenceView),
    quarantine: (batch) => answer("quarantine", [batch], () => imported.quarantine(batch)),
    dismiss: (batch, rows, dismissed) =>
      answer("dismiss", [batch, rows, dismissed], () => imported.dismiss(rows, dismissed)),
    readmit: (batch, rows) => answer("readmit", [batch, rows], () => imported.readmit(rows)),
    preview_mapping: (path, text) => answer("preview_mapping", [path, text], () => imported.preview(path, text)),
    save_mapping: (text) => answer("save_mapping", [text], () => imported.saveMapping(text)),
    choose_files: () => answer("choose_files", [], () => ["/home/ana/bills/focus-2026-11.csv.gz"]),
    start_import: (paths, format, review) =>
      answer("start_import", [paths, format, review], () => imported.start(paths, format, review)),
    cancel_job: (job) => answer("cancel_job", [job], () => imported.cancel(job)),
    undo: (batch) => answer("undo", [batch], () => imported.undo(batch)),
    redo: () => answer("redo", [], () => imported.redo()),
    export_table: (request, rows, format) =>
      answer("export_table", [request, rows, format], () => `/home/ana/Documents/${request.table}.${format}`),
    export_chart: (request, size, theme, format) =>
      answer("export_chart", [request, size, theme, format], () => `/home/ana/Documents/${request.chart}.${format}`),
    on_job: async (heard) => {
      imported.hear = heard;
      return () => (imported.hear = () => {});
    },
    on_optimise: async (heard) => {
      optimised = heard;
      return () => (optimised = () => {});
    },
    on_drop: async (heard) => listenDrops(heard),
  };
}

/** Files over a browser's window, by name only. */
function listenDrops(heard: (drop: Drop) => void): () => void {
  const over = (event: DragEvent) => {
    event.preventDefault();
    heard({ kind: "over", paths: [] });
  };
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) heard({ kind: "leave", paths: [] });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    heard({ kind: "drop", paths: [...(event.dataTransfer?.files ?? [])].map((file) => file.name) });
  };
  window.addEventListener("dragover", over);
  window.addEventListener("dragleave", leave);
  window.addEventListener("drop", drop);
  return () => {
    window.removeEventListener("dragover", over);
    window.removeEventListener("dragleave", leave);
    window.removeEventListener("drop", drop);
  };
}
