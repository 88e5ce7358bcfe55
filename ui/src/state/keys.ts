// Shortcuts of the whole window. What they do is in the commands; this only listens.
import type { Session } from "./session.svelte.ts";
import { SCREENS } from "./router.svelte.ts";

const AFTER_G: Record<string, string> = {
  m: "go-margin",
  c: "go-costs",
  s: "go-scenarios",
  p: "go-prices",
  i: "go-imports",
};
const G_WAITS_MS = 1200;

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const MOD = isMac ? "⌘" : "Ctrl ";
export const REDO = isMac ? "⇧⌘Z" : "Ctrl Shift Z";

/** The list that `?` and the settings show. */
export const SHORTCUTS: { keys: string[]; does: string }[] = [
  { keys: [`${MOD}K`], does: "Search and commands" },
  { keys: [1, 2, 3, 4, 5].map((place) => `${MOD}${place}`), does: "Margin, Costs, Scenarios, Prices, Imports" },
  { keys: ["g m", "g c", "g s", "g p", "g i"], does: "The same, by letters" },
  { keys: ["/"], does: "Filter the rows of the first table" },
  { keys: [`${MOD}O`], does: "Import files" },
  { keys: [`${MOD}Z`], does: "Undo: the last import, or the last changed number" },
  { keys: [REDO], does: "Redo" },
  { keys: ["←", "→", "↑", "↓"], does: "In a chart: from mark to mark; in a number: one step" },
  { keys: ["N", "W"], does: "In scenarios: a new one; why a figure is what it is" },
  { keys: ["J", "K", "D"], does: "In the quarantine: next row, the one before, dismiss" },
  { keys: ["?"], does: "This list" },
  { keys: ["Esc"], does: "Close what is open" },
];

export function listenKeys(session: Session): () => void {
  let gAt = -Infinity;
  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const handled = event.ctrlKey || event.metaKey ? withMod(event, session) : bare(event);
    if (handled) event.preventDefault();
  };

  const bare = (event: KeyboardEvent): boolean => {
    if (isTyping(event.target) || session.dialog) return false;
    const afterG = event.timeStamp - gAt < G_WAITS_MS;
    gAt = -Infinity;
    if (afterG && AFTER_G[event.key]) return session.commands.run(AFTER_G[event.key] ?? "");
    if (event.key === "g") {
      gAt = event.timeStamp;
      return true;
    }
    if (event.key === "?") return session.commands.run("shortcuts");
    if (event.key === "/") return focusFilter();
    if (event.key === "n") return session.commands.run("new-scenario");
    if (event.key === "w") return session.commands.run("explain-scenario");
    return false;
  };

  window.addEventListener("keydown", pressed);
  return () => window.removeEventListener("keydown", pressed);
}

function withMod(event: KeyboardEvent, session: Session): boolean {
  const key = event.key.toLowerCase();
  if (key === "k") {
    session.dialog = session.dialog === "palette" ? null : "palette";
    return true;
  }
  if (session.dialog) return false;
  const screen = SCREENS[Number(key) - 1];
  if (screen && screen !== "settings") return session.commands.run(`go-${screen}`);
  if (key === "o") return session.commands.run("import");
  if (ownsUndo(event.target)) return false;
  if (key === "z") return session.commands.run(event.shiftKey ? "redo" : "undo");
  if (key === "y") return session.commands.run("redo");
  return false;
}

/** Is a person typing words there? */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "range" && target.type !== "checkbox";
  return target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Text being typed has its own undo, except in fields whose every value is a step of the screen's. */
function ownsUndo(target: EventTarget | null): boolean {
  return isTyping(target) && !(target as HTMLElement).hasAttribute("data-screen-undo");
}

function focusFilter(): boolean {
  const button = document.querySelector<HTMLElement>("main [data-filter]");
  button?.focus();
  return button !== null;
}
