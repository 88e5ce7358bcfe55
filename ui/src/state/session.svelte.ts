// What all screens share: the backend, the address, the workspace, running imports, toasts, theme, commands.
// Not here: anything one screen alone shows.
import { createContext } from "svelte";
import { asProblem, type Backend, type Problem, type Start, type Workspace } from "../backend/backend.ts";
import { count } from "../format.ts";
import { Commands } from "./commands.svelte.ts";
import { Jobs, type Job } from "./jobs.svelte.ts";
import { Router } from "./router.svelte.ts";
import { Themes } from "./theme.svelte.ts";
import { Toasts } from "./toasts.svelte.ts";
import { Edits } from "../screens/scenarios/edits.svelte.ts";

export class Session {
  readonly router = new Router();
  readonly themes = new Themes();
  readonly toasts = new Toasts();
  readonly commands = new Commands();
  readonly jobs: Jobs;
  /** Scenario numbers changed but not saved, and what was written; kept while other screens are visited. */
  readonly edits: Edits;

  workspace: Workspace | null = $state.raw(null);
  version = $state("");
  problem: Problem | null = $state.raw(null);
  /** Grows when the ledger may have changed; screens load again. */
  revision = $state(0);
  dialog: "palette" | "shortcuts" | null = $state(null);

  constructor(readonly backend: Backend) {
    this.jobs = new Jobs(backend, (thrown) => this.toasts.problem(asProblem(thrown)));
    this.edits = new Edits(
      (texts) => backend.write_scenarios(texts),
      () => void this.revision++,
    );
  }

  /** Asks the workspace and imports the files the application was opened with. */
  async start(): Promise<void> {
    this.problem = null;
    try {
      const start = await this.backend.start();
      this.#accept(start);
      // Where nothing was imported, the first screen that shows something is the one of the scenarios.
      const { empty, imports } = start.workspace;
      if (location.hash === "" && !empty && imports === 0) this.router.go("scenarios", {});
      if (start.launch_files.length > 0) await this.importFiles(start.launch_files);
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  #accept(start: Start): void {
    this.workspace = start.workspace;
    this.version = start.version;
  }

  /** The ledger changed: the badges and every screen ask again. */
  async changed(): Promise<void> {
    this.revision++;
    try {
      this.#accept(await this.backend.start());
    } catch (thrown) {
      this.toasts.problem(asProblem(thrown));
    }
  }

  async openSample(): Promise<void> {
    try {
      this.workspace = await this.backend.open_sample();
      this.revision++;
      this.router.go("margin", {});
    } catch (thrown) {
      this.toasts.problem(asProblem(thrown));
    }
  }

  async chooseAndImport(): Promise<void> {
    try {
      const paths = await this.backend.choose_files();
      if (paths.length > 0) await this.importFiles(paths);
    } catch (thrown) {
      this.toasts.problem(asProblem(thrown));
    }
  }

  async importFiles(paths: string[], format: string | null = null): Promise<void> {
    // A row or mapping that is being written is not left for files that can be looked at in the queue.
    if (this.#writing()) this.toasts.say(`Importing ${count(paths.length, "file")} in the queue`);
    else this.router.go("imports", {});
    await this.jobs.start(paths, format);
  }

  /** Is somebody mending a row or mapping columns, where the queue is not seen? */
  #writing(): boolean {
    const { router } = this;
    return router.route.screen === "imports" && (router.one("quarantine") ?? router.one("map")) !== null;
  }

  /** Says how an import ended where its card is not seen. */
  tell(job: Job): void {
    if (this.router.route.screen === "imports" && !this.#writing()) return;
    const look = { label: "Look", run: () => this.router.go("imports", {}) };
    if (job.state === "done") this.toasts.say(job.messages.join(" · ") || `Imported ${job.file}`, "good", look);
    if (job.state === "failed") this.toasts.say(`${job.file} was not imported`, "bad", look);
    if (job.state === "review") this.toasts.say(`${job.file} would replace rows that are there`, "warn", look);
    if (job.state === "asks") this.toasts.say(`${job.file} needs a decision before it is imported`, "warn", look);
  }

  /** Runs something that ends in a file; says where it went, or nothing when the dialog was dismissed. */
  async exportTo(work: () => Promise<string | null>): Promise<void> {
    try {
      const path = await work();
      if (path !== null) this.toasts.say(`Saved to ${path}`, "good");
    } catch (thrown) {
      this.toasts.problem(asProblem(thrown));
    }
  }
}

export const [useSession, provideSession] = createContext<Session>();
