// What the settings screen can change.
import type { ThemeChoice } from "../../state/theme.svelte.ts";

export const THEMES: { id: ThemeChoice; label: string }[] = [
  { id: "system", label: "System" },
  { id: "light", label: "Light" },
  { id: "dark", label: "Dark" },
];
