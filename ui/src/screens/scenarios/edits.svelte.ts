// What was changed on the scenarios screen, with undo and redo of everything: numbers tried out and not saved yet, and
// scenarios written to the workspace. A drag is one step.
import type { Assumption, Override, ScenarioText, ScenariosChanged } from "../../backend/backend.ts";

type At = { scenario: string; path: string };
/** Something else that was done, and how it is undone and done again: a plan adopted. */
export type Done = { done: string; back: () => Promise<unknown>; again: () => Promise<unknown> };
/** Numbers before and after; and, where files were written, their texts before and after. */
type Step = {
  before: Override[];
  after: Override[];
  files: Pick<ScenariosChanged, "done" | "before" | "after"> | null;
  deed?: Done;
};

export const same = (left: At, right: At) => left.scenario === right.scenario && left.path === right.path;

export class Edits {
  now: Override[] = $state.raw([]);
  #past: Step[] = $state.raw([]);
  #future: Step[] = $state.raw([]);
  #beforeDrag: Override[] | null = null;
  #writing = $state(false);
  /** Values as they stand in the files, so that typing one back is no change. */
  #saved = new Map<string, string>();

  /** `write` puts texts of scenarios back; `wrote` hears that files changed. */
  constructor(
    private readonly write: (texts: ScenarioText[]) => Promise<unknown> = async () => {},
    private readonly wrote: () => void = () => {},
  ) {}

  get canUndo(): boolean {
    return this.#past.length > 0 && !this.#writing;
  }

  get canRedo(): boolean {
    return this.#future.length > 0 && !this.#writing;
  }

  /** What undo takes back, in words. */
  get undoes(): string {
    return wordsOf(this.#past.at(-1));
  }

  get redoes(): string {
    return wordsOf(this.#future.at(-1));
  }

  /** Remembers the files' own values. */
  learn(assumptions: Assumption[]): void {
    for (const { scenario, path, kept } of assumptions) {
      if (kept !== null) this.#saved.set(`${scenario}\n${path}`, kept);
    }
  }

  find(of: At): Override | undefined {
    return this.now.find((override) => same(override, of));
  }

  savedValue(of: At): string | undefined {
    return this.#saved.get(`${of.scenario}\n${of.path}`);
  }

  /** A value on its way, while the slider is held. */
  drag(changed: Override): void {
    this.#beforeDrag ??= this.now;
    this.now = this.#with([changed]);
  }

  /** Values that count as one step. */
  commit(changed: Override[]): void {
    const before = this.#beforeDrag ?? this.now;
    this.#beforeDrag = null;
    this.now = this.#with(changed);
    this.#step(before);
  }

  reset(of?: At): void {
    const before = this.now;
    this.now = of ? before.filter((override) => !within(override, of)) : [];
    this.#step(before);
  }

  /** Was this number, its range or its source changed? */
  touched(of: At): boolean {
    return this.now.some((override) => within(override, of));
  }

  /** Files were written; numbers of `spent` scenarios are in them now, of all when none is named. */
  saved(files: ScenariosChanged, spent?: string): void {
    const before = this.now;
    this.now = spent === undefined ? [] : before.filter((override) => override.scenario !== spent);
    this.#past = [...this.#past, { before, after: this.now, files }];
    this.#future = [];
    this.#saved.clear();
    this.wrote();
  }

  /** Something was done that changed no scenario; it is a step of its own. */
  did(deed: Done): void {
    this.#past = [...this.#past, { before: this.now, after: this.now, files: null, deed }];
    this.#future = [];
    this.wrote();
  }

  async undo(): Promise<void> {
    const step = this.#past.at(-1);
    if (!step || this.#writing) return;
    const { files, deed } = step;
    if (files) await this.#put(() => this.write(files.before));
    if (deed) await this.#put(deed.back);
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, step];
    this.now = step.before;
  }

  async redo(): Promise<void> {
    const step = this.#future.at(-1);
    if (!step || this.#writing) return;
    const { files, deed } = step;
    if (files) await this.#put(() => this.write(files.after));
    if (deed) await this.#put(deed.again);
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, step];
    this.now = step.after;
  }

  async #put(work: () => Promise<unknown>): Promise<void> {
    this.#writing = true;
    try {
      await work();
      this.#saved.clear();
      this.wrote();
    } finally {
      this.#writing = false;
    }
  }

  #step(before: Override[]): void {
    if (JSON.stringify(before) === JSON.stringify(this.now)) return;
    this.#past = [...this.#past, { before, after: this.now, files: null }];
    this.#future = [];
  }

  #with(changed: Override[]): Override[] {
    const kept = this.now.filter((override) => !changed.some((one) => same(one, override)));
    const real = changed.filter((one) => this.savedValue(one) !== one.value);
    return [...kept, ...real];
  }
}

const wordsOf = (step: Step | undefined) => step?.files?.done ?? step?.deed?.done ?? "changed number";

/** The number itself, or something said of it: `….source`, `….low`. */
function within(override: At, of: At): boolean {
  const isSaid = /\.(source|observed|evidence|low|high|shape)$/.test(override.path);
  const number = isSaid ? override.path.replace(/\.\w+$/, "") : override.path;
  return override.scenario === of.scenario && number === of.path;
}
