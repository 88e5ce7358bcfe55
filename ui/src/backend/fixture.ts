// A backend that replays snapshots, for `vite dev` and tests. Never part of the production bundle.
// It stands in for the engine and so may add numbers up; the window itself may not.
import type { Backend, Drop, ImportsView, JobProgress, Problem, Workspace } from "./backend.ts";
import { drawn } from "./fixture-charts.ts";
import { compareSnapshot, costsSnapshot, importsSnapshot, marginSnapshot, quarantineTable } from "./fixture-views.ts";

export type FixtureState = "sample" | "empty" | "error" | "slow" | "bare";
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
  return asked === "empty" || asked === "error" || asked === "slow" || asked === "bare" ? asked : "sample";
}

const BROKEN: Problem = {
  what: "the ledger could not be read",
  place: "/home/ana/.local/share/marginline/workspace.db",
  next: "close other programs that hold the file and try again",
};
const AMBIGUOUS: Problem = {
  what: "the file fits more than one format",
  place: "costs.csv, line 1",
  next: "choose the format below and try again",
};

export function fixture({ state = "sample", calls = [], launch = [], pace = 90 }: Options = {}): Backend {
  let empty = state === "empty";
  let batches: ImportsView = importsSnapshot(empty || state === "bare");
  let nextJob = 1;
  let hearJob: (progress: JobProgress) => void = () => {};
  const cancelled = new Set<number>();
  let launched = false;

  const workspace = (): Workspace => ({
    path: "/home/ana/.local/share/marginline/workspace.db",
    empty,
    sample: !empty,
    quarantined: empty
      ? 0
      : batches.batches.reduce((sum, batch) => sum + (batch.state === "live" ? batch.rows_quarantined : 0), 0),
    unpriced: empty ? 0 : 1,
  });

  /** Notes the call, then answers, fails or lingers as the state wants. */
  async function answer<T>(name: string, args: unknown[], make: () => T): Promise<T> {
    calls.push({ name, args: structuredClone(args) });
    if (state === "slow" && name !== "start") await new Promise(() => {});
    if (state === "error" && !["start", "scenarios"].includes(name)) throw BROKEN;
    return make();
  }

  async function run(job: number, paths: string[], format: string | null) {
    const file = paths[0]?.split("/").at(-1) ?? "";
    const fails = format === null && file === "costs.csv";
    for (let step = 1; step <= 12; step++) {
      await new Promise((done) => setTimeout(done, pace));
      const progress = { job, file, rows: step * 8184, messages: [], problem: null };
      if (cancelled.has(job)) return hearJob({ ...progress, state: "cancelled", part: step / 12 });
      if (fails && step === 3) return hearJob({ ...progress, rows: 0, state: "failed", part: 0, problem: AMBIGUOUS });
      hearJob({ ...progress, state: "running", part: step / 12 });
    }
    empty = false;
    const messages = [`${file}: 98,208 rows stored, 3 in quarantine`];
    hearJob({ job, file, rows: 98211, state: "done", part: 1, messages, problem: null });
  }

  const setState = (id: number, to: string) => {
    const file = batches.batches.find((batch) => batch.id === id)?.file ?? null;
    const changed = batches.batches.map((batch) => (batch.id === id ? { ...batch, state: to } : batch));
    batches = { ...batches, batches: changed, redo: to === "undone" ? file : null };
    return batches;
  };

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
        batches = importsSnapshot(false);
        return workspace();
      }),
    margin: (query) => answer("margin", [query], () => marginSnapshot(query, state === "bare")),
    costs: (query) => answer("costs", [query], () => costsSnapshot(query, state === "bare")),
    scenarios: () =>
      answer("scenarios", [], () => (state === "bare" ? [] : compareSnapshot({ scenarios: [], overrides: [] }).known)),
    compare: (query) => answer("compare", [query], () => compareSnapshot(query).view),
    save_scenario: (overrides) =>
      answer("save_scenario", [overrides], () => compareSnapshot({ scenarios: [], overrides: [] }).known),
    chart: (request, size, theme) => answer("chart", [request, size, theme], () => drawn(request, size, theme)),
    imports: () => answer("imports", [], () => batches),
    quarantine: (batch) => answer("quarantine", [batch], () => quarantineTable),
    choose_files: () => answer("choose_files", [], () => ["/home/ana/bills/focus-2026-11.csv.gz"]),
    start_import: (paths, format) =>
      answer("start_import", [paths, format], () => {
        const job = nextJob++;
        void run(job, paths, format);
        return job;
      }),
    cancel_job: (job) => answer("cancel_job", [job], () => void cancelled.add(job)),
    undo: (batch) => answer("undo", [batch], () => setState(batch, "undone")),
    redo: () =>
      answer("redo", [], () => setState(batches.batches.find((batch) => batch.file === batches.redo)?.id ?? 0, "live")),
    export_table: (request, rows, format) =>
      answer("export_table", [request, rows, format], () => `/home/ana/Documents/${request.table}.${format}`),
    export_chart: (request, size, theme, format) =>
      answer("export_chart", [request, size, theme, format], () => `/home/ana/Documents/${request.chart}.${format}`),
    on_job: async (heard) => {
      hearJob = heard;
      return () => (hearJob = () => {});
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
