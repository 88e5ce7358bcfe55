// Opens the window. The production bundle knows Tauri only; elsewhere snapshots are replayed.
import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import type { Backend } from "./backend/backend.ts";

async function chosenBackend(): Promise<Backend> {
  if (import.meta.env.MODE === "production" || "__TAURI_INTERNALS__" in window) {
    return (await import("./backend/tauri.ts")).tauri;
  }
  const { fixture, readState } = await import("./backend/fixture.ts");
  return fixture({ state: readState(location.search) });
}

const target = document.getElementById("app");
if (target) mount(App, { target, props: { backend: await chosenBackend() } });
