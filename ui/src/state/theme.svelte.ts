// Light, dark or as the system says; written to <html data-theme>. The address may force one for pictures.
import type { Theme } from "../backend/backend.ts";

export type ThemeChoice = "system" | Theme;
const KEY = "theme";

export class Themes {
  choice: ThemeChoice = $state("system");
  forced: Theme | null = $state(null);
  #systemDark = $state(false);

  constructor() {
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") this.choice = kept;
    const media = window.matchMedia?.("(prefers-color-scheme: dark)");
    this.#systemDark = media?.matches ?? false;
    media?.addEventListener("change", (event) => (this.#systemDark = event.matches));
  }

  get shown(): Theme {
    if (this.forced) return this.forced;
    if (this.choice !== "system") return this.choice;
    return this.#systemDark ? "dark" : "light";
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  }

  toggle(): void {
    this.choose(this.shown === "dark" ? "light" : "dark");
  }
}
