// Something being fetched: the newest answer wins, the old one stays on screen while the new one is on its
// way, and a skeleton is asked for only after 150 ms.
import { asProblem, type Problem } from "../backend/backend.ts";

const PATIENCE_MS = 150;

export class Resource<T> {
  value: T | undefined = $state.raw();
  problem: Problem | null = $state.raw(null);
  busy = $state(false);
  /** Busy for long enough that it should show. */
  slow = $state(false);

  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: (() => Promise<T>) | undefined;

  async load(work: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    this.#work = work;
    this.busy = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.slow = this.busy), PATIENCE_MS);
    try {
      const value = await work();
      if (turn !== this.#turn) return;
      this.value = value;
      this.problem = null;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.problem = asProblem(thrown);
    }
    this.busy = false;
    this.slow = false;
    clearTimeout(this.#timer);
  }

  retry = (): void => {
    if (this.#work) void this.load(this.#work);
  };

  /** Forgets what is on the way; for a component that is going. */
  stop(): void {
    this.#turn++;
    clearTimeout(this.#timer);
  }
}
