// Something asked for again and again while a number moves: one question at a time, and after its answer the newest one.
// Each answer is shown; a question that a newer one has overtaken is never asked.
import { asProblem, type Problem } from "../backend/backend.ts";

const PATIENCE_MS = 150;

export class Live<Question, Answer> {
  value: Answer | undefined = $state.raw();
  /** The question that `value` answers. */
  answered: Question | undefined = $state.raw();
  problem: Problem | null = $state.raw(null);
  busy = $state(false);
  /** Busy for long enough that it should show. */
  slow = $state(false);

  #next: Question | undefined;
  #last: Question | undefined;
  #stopped = false;

  constructor(private readonly work: (question: Question) => Promise<Answer>) {}

  ask(question: Question): void {
    this.#next = question;
    if (!this.busy) void this.#run();
  }

  retry = (): void => {
    if (this.#last !== undefined) this.ask(this.#last);
  };

  /** Shows nothing that is still on the way; for a component that is going. */
  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    this.busy = true;
    const timer = setTimeout(() => (this.slow = this.busy), PATIENCE_MS);
    while (this.#next !== undefined && !this.#stopped) {
      const question = this.#next;
      this.#last = question;
      this.#next = undefined;
      try {
        const answer = await this.work(question);
        if (this.#stopped) break;
        this.value = answer;
        this.answered = question;
        this.problem = null;
      } catch (thrown) {
        this.problem = asProblem(thrown);
      }
    }
    clearTimeout(timer);
    this.busy = false;
    this.slow = false;
  }
}
