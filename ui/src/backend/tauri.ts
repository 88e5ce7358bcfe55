// The backend of the real window. With the generated bindings, the only file that imports Tauri.
import { listen } from "@tauri-apps/api/event";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import type { Backend, JobProgress, OptimiseProgress } from "./backend.ts";
import { commands } from "./bindings.ts";

export const tauri: Backend = {
  ...commands,

  cancel_job: async (job) => {
    await commands.cancel_job(job);
  },
  write_scenarios: async (texts) => {
    await commands.write_scenarios(texts);
  },

  on_job: (heard) => listen<JobProgress>("job", (event) => heard(event.payload)),
  on_optimise: (heard) => listen<OptimiseProgress>("optimise", (event) => heard(event.payload)),
  on_drop: (heard) =>
    getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === "drop") heard({ kind: "drop", paths: payload.paths });
      else if (payload.type === "leave") heard({ kind: "leave", paths: [] });
      else heard({ kind: "over", paths: [] });
    }),
};
