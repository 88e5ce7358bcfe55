// Running and ended imports. Remembers which files a job had, so it can be tried again as another format.
import type { Backend, JobProgress } from "../backend/backend.ts";

export type Job = JobProgress & { paths: string[]; format: string | null };

export class Jobs {
  list: Job[] = $state.raw([]);
  #asked = new Map<number, { paths: string[]; format: string | null }>();

  constructor(
    private readonly backend: Backend,
    private readonly failed: (thrown: unknown) => void,
  ) {}

  get running(): Job[] {
    return this.list.filter((job) => job.state === "running");
  }

  /** Follows progress; `ended` hears each job that has stopped running. */
  listen(ended: (job: Job) => void): Promise<() => void> {
    return this.backend.on_job((progress) => {
      const before = this.list.find((job) => job.job === progress.job);
      const job = { paths: [], format: null, ...before, ...this.#asked.get(progress.job), ...progress };
      this.list = before ? this.list.map((old) => (old === before ? job : old)) : [job, ...this.list];
      if (job.state !== "running" && (!before || before.state === "running")) ended(job);
    });
  }

  async start(paths: string[], format: string | null): Promise<void> {
    try {
      const id = await this.backend.start_import(paths, format);
      this.#asked.set(id, { paths, format });
      // Progress may have come before the answer did.
      this.list = this.list.map((job) => (job.job === id ? { ...job, paths, format } : job));
    } catch (thrown) {
      this.failed(thrown);
    }
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
}
