// Imports as the fixture backend replays them: jobs by the name of their file, history, quarantine, mappings.
// Never part of the production bundle.
import type { Ask, ImportsView, JobProgress, MappingPreview, MendedRow, Problem, QuarantineView } from "./backend.ts";
import { guessedMapping, previewOf } from "./fixture-mapping.ts";
import { differenceView, importsSnapshot, quarantineView } from "./fixture-views.ts";

const BROKEN: Problem = {
  what: "row 2,019 is longer than 16 MiB",
  place: "/home/ana/bills/broken.csv, line 2019",
  next: "export it again; a quote may be open",
};
const AMBIGUOUS: Problem = {
  what: "fits FOCUS and Revenue alike",
  place: "/tmp/costs.csv",
  next: "say which it is",
};
const UNKNOWN: Problem = {
  what: "has a header of no known format: Datum, Dienst, Projekt, Region, Nettobetrag, Währung",
  place: "/tmp/odd.csv",
  next: "describe its columns in a mapping",
};
const TOTAL = "USD 781,220.1034 billed";
const STEPS = 12;

export class FixtureImports {
  hear: (progress: JobProgress) => void = () => {};
  view: ImportsView;
  #quarantine: QuarantineView = quarantineView;
  #mapped = new Set<string>();
  #previewed = "";
  #cancelled = new Set<number>();
  #nextJob = 1;

  constructor(
    empty: boolean,
    private readonly pace: number,
    private readonly stored: () => void,
  ) {
    this.view = importsSnapshot(empty);
  }

  /** Rows that nobody has settled. */
  get open(): number {
    return this.view.batches.reduce((sum, batch) => sum + (batch.state === "live" ? batch.quarantine_open : 0), 0);
  }

  start(paths: string[], format: string | null, review: boolean): number {
    const job = this.#nextJob++;
    void this.#run(job, paths, format, review);
    return job;
  }

  cancel(job: number): void {
    this.#cancelled.add(job);
  }

  async #run(job: number, paths: string[], format: string | null, review: boolean) {
    const names = paths.map((path) => path.split("/").at(-1) ?? path);
    const at = (step: number): JobProgress => {
      const file = Math.min(Math.floor((step / STEPS) * names.length), names.length - 1);
      return {
        job,
        state: "running",
        file: names[file] ?? "",
        part: step / STEPS,
        rows: step * 8184,
        rows_per_second: step > 1 ? Math.round(8_184_000 / this.pace) : 0,
        seconds_left: step > 2 ? Math.ceil(((STEPS - step) * this.pace) / 1000) : null,
        file_number: file + 1,
        files: names.length,
        messages: [],
        differences: [],
        asks: null,
        problem: null,
      };
    };
    const end = (more: Partial<JobProgress>) => this.hear({ ...at(0), file: names[0] ?? "", part: 1, ...more });
    const asks = (name: string, ask: Omit<Ask, "path">) => {
      const path = paths.find((one) => one.endsWith(name));
      return path === undefined ? null : { path, ...ask };
    };
    for (let step = 0; step <= STEPS; step++) {
      this.hear(at(step));
      await new Promise((done) => setTimeout(done, this.pace));
      if (this.#cancelled.has(job)) return end({ state: "cancelled" });
      if (step < 2) continue;
      if (names.includes("broken.csv")) return end({ state: "failed", problem: BROKEN });
      const costs = asks("costs.csv", { formats: this.view.formats.filter(({ id }) => /focus|revenue/.test(id)) });
      if (costs && format === null) return end({ state: "asks", asks: costs, problem: AMBIGUOUS });
      const odd = asks("odd.csv", { formats: [] });
      if (odd && !this.#mapped.has(odd.path)) return end({ state: "asks", asks: odd, problem: UNKNOWN });
    }
    const rows = 98_211;
    if (review && names.includes("restated.csv")) return end({ state: "review", rows, differences: [differenceView] });
    this.stored();
    const messages = names.map((name) => `${name}: FOCUS 1.0, batch 10, 98,208 of 98,211 rows stored · ${TOTAL}`);
    end({ state: "done", rows, messages });
  }

  #set(id: number, state: string): ImportsView {
    const file = this.view.batches.find((batch) => batch.id === id)?.file ?? null;
    const batches = this.view.batches.map((batch) => (batch.id === id ? { ...batch, state } : batch));
    this.view = { ...this.view, batches, redo: state === "undone" ? file : null };
    return this.view;
  }

  undo = (batch: number): ImportsView => this.#set(batch, "undone");
  redo = (): ImportsView => this.#set(this.view.batches.find(({ file }) => file === this.view.redo)?.id ?? 0, "live");

  quarantine = (batch: number): QuarantineView => {
    if (batch === 6) return this.#quarantine;
    throw { what: "there is no such batch", place: `batch ${batch}`, next: null };
  };

  dismiss = (ids: number[], dismissed: boolean): QuarantineView =>
    this.#settle(ids, dismissed ? "dismissed" : "open");

  readmit = (rows: MendedRow[]): QuarantineView => {
    for (const { id, fields } of rows) {
      const row = this.#quarantine.rows.find((one) => one.id === id);
      const at = row?.fields.findIndex((field) => field.at_fault) ?? -1;
      const found = fields[at] ?? "";
      if (row && (found === row.found || found === "wrong")) {
        const what = `${row.column} is still not right: found "${found}", expected ${row.expected}`;
        throw { what, place: `line ${row.line}`, next: "mend it and try again" };
      }
    }
    return this.#settle(
      rows.map((row) => row.id),
      "readmitted",
    );
  };

  #settle(ids: number[], state: string): QuarantineView {
    const rows = this.#quarantine.rows.map((row) => (ids.includes(row.id) ? { ...row, state } : row));
    this.#quarantine = { ...this.#quarantine, rows };
    const open = rows.filter((row) => row.state === "open").length;
    const batches = this.view.batches.map((batch) => (batch.id === 6 ? { ...batch, quarantine_open: open } : batch));
    this.view = { ...this.view, batches };
    return this.#quarantine;
  }

  preview = (path: string, text: string | null): MappingPreview => {
    this.#previewed = path;
    return previewOf(text ?? guessedMapping);
  };

  saveMapping = (text: string): string => {
    const { name, problem } = previewOf(text);
    if (problem) throw problem;
    this.#mapped.add(this.#previewed);
    return name;
  };
}
