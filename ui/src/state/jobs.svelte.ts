// Imports under way and ended. Remembers which files a job had, so that it can go on after a person has decided.
import type { Backend, JobProgress } from "../backend/backend.ts";

type Asked = { paths: string[]; format: string | null };
export type Job = JobProgress & Asked;

export class Jobs {
  /** Those at work first, then those that wait for a decision, then the rest; the newest of each first. */
  list: Job[] = $state.raw([]);
  #asked = new Map<number, Asked>();

  constructor(
    private readonly backend: Backend,
    private readonly failed: (thrown: unknown) => void,
  ) {}

  get running(): Job[] {
    return this.list.filter((job) => job.state === "running");
  }

  /** Jobs that ended and wait for nobody. */
  get ended(): Job[] {
    return this.list.filter((job) => !waits(job) && job.state !== "running");
  }

  find(id: number): Job | undefined {
    return this.list.find((job) => job.job === id);
  }

  /** Follows progress; `ended` hears each job that has stopped running. */
  listen(ended: (job: Job) => void): Promise<() => void> {
    return this.backend.on_job((progress) => {
      const before = this.find(progress.job);
      const job = { paths: [], format: null, ...before, ...this.#asked.get(progress.job), ...progress };
      this.list = inOrder(before ? this.list.map((old) => (old === before ? job : old)) : [job, ...this.list]);
      if (job.state !== "running" && (!before || before.state === "running")) ended(job);
    });
  }

  /** Imports files. Unless told that it was seen, nothing is replaced before a person has looked at the difference. */
  async start(paths: string[], format: string | null, seen = false): Promise<void> {
    try {
      const id = await this.backend.start_import(paths, format, !seen);
      this.#asked.set(id, { paths, format });
      // Progress may have come before the answer did.
      this.list = this.list.map((job) => (job.job === id ? { ...job, paths, format } : job));
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Goes on with a job whose difference was seen: now it replaces. */
  async replace(job: Job): Promise<void> {
    this.dismiss(job.job);
    await this.start(job.paths, job.format, true);
  }

  /** Goes on with the file that a job asks about as this format, and with its other files as they are. */
  async answer(job: Job, format: string | null): Promise<void> {
    const { paths } = job;
    const asked = paths.filter((path) => path === job.asks?.path);
    const others = asked.length > 0 ? paths.filter((path) => path !== job.asks?.path) : [];
    this.dismiss(job.job);
    await this.start(asked.length > 0 ? asked : paths, format);
    if (others.length > 0) await this.start(others, job.format);
  }

  async cancel(job: number): Promise<void> {
    try {
      await this.backend.cancel_job(job);
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  dismiss(job: number): void {
    this.list = this.list.filter((old) => old.job !== job);
  }

  /** Clears away what has ended and waits for nobody. */
  tidy(): void {
    const ended = new Set(this.ended.map((job) => job.job));
    this.list = this.list.filter((job) => !ended.has(job.job));
  }
}

/** Does it wait for a person? */
export function waits(job: Job): boolean {
  return job.state === "review" || job.state === "asks";
}

function inOrder(jobs: Job[]): Job[] {
  const rank = (job: Job) => (job.state === "running" ? 0 : waits(job) ? 1 : 2);
  return [...jobs].sort((left, right) => rank(left) - rank(right) || right.job - left.job);
}
