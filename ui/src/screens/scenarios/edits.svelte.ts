// Numbers changed on the scenarios screen and not saved yet, with undo and redo. A drag is one step.
import type { Assumption, Override } from "../../backend/backend.ts";

const same = (left: { scenario: string; path: string }, right: { scenario: string; path: string }) =>
  left.scenario === right.scenario && left.path === right.path;

export class Edits {
  now: Override[] = $state.raw([]);
  #past: Override[][] = $state.raw([]);
  #future: Override[][] = $state.raw([]);
  #beforeDrag: Override[] | null = null;
  /** Values as they stand in the files, so that typing one back is no change. */
  #saved = new Map<string, string>();

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Remembers the files' own values from an answer of `compare` and the overrides it was asked with. */
  learn(assumptions: Assumption[], asked: Override[]): void {
    for (const assumption of assumptions) {
      if (!asked.some((override) => same(override, assumption)))
        this.#saved.set(`${assumption.scenario}\n${assumption.path}`, assumption.value);
    }
  }

  find(of: { scenario: string; path: string }): Override | undefined {
    return this.now.find((override) => same(override, of));
  }

  savedValue(of: { scenario: string; path: string }): string | undefined {
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
    const after = this.#with(changed);
    this.now = after;
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.#past = [...this.#past, before];
    this.#future = [];
  }

  reset(of?: { scenario: string; path: string }): void {
    const after = of ? this.now.filter((override) => !same(override, of)) : [];
    if (after.length === this.now.length) return;
    this.#past = [...this.#past, this.now];
    this.#future = [];
    this.now = after;
  }

  undo(): void {
    const before = this.#past.at(-1);
    if (!before) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, this.now];
    this.now = before;
  }

  redo(): void {
    const after = this.#future.at(-1);
    if (!after) return;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, this.now];
    this.now = after;
  }

  /** The files now hold these values. */
  saved(): void {
    for (const { scenario, path, value } of this.now) this.#saved.set(`${scenario}\n${path}`, value);
    this.now = [];
    this.#past = [];
    this.#future = [];
  }

  #with(changed: Override[]): Override[] {
    const kept = this.now.filter((override) => !changed.some((one) => same(one, override)));
    const real = changed.filter((one) => this.savedValue(one) !== one.value);
    return [...kept, ...real];
  }
}
