// Opens the whole window on the fixture backend and finds things by data-testid.
import { flushSync, mount, unmount } from "svelte";
import { vi } from "vitest";
import App from "../src/App.svelte";
import { fixture, type Calls, type FixtureState } from "../src/backend/fixture.ts";

let close: (() => void) | null = null;

export function openWindow(hash: string, state: FixtureState = "sample", more: { launch?: string[] } = {}) {
  closeWindow();
  history.replaceState(null, "", hash);
  const calls: Calls = [];
  const target = document.body.appendChild(document.createElement("div"));
  const backend = fixture({ state, calls, pace: 5, ...more });
  const app = mount(App, { target, props: { backend } });
  close = () => {
    void unmount(app);
    target.remove();
    document.body.innerHTML = "";
  };
  return { calls, backend };
}

export function closeWindow() {
  close?.();
  close = null;
}

export const all = (id: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];

/** The longest to wait for a part: a machine with much else to do is slow, not wrong. */
const SHOWN_MS = 4000;

export function see(id: string): Promise<HTMLElement> {
  const look = () => {
    flushSync();
    const found = all(id)[0];
    if (!found) throw new Error(`${id} is not there: ${document.body.textContent?.slice(0, 300)}`);
    return found;
  };
  return vi.waitFor(look, { timeout: SHOWN_MS });
}

export async function press(id: string) {
  const element = await see(id);
  element.click();
  flushSync();
}

export function key(target: EventTarget, name: string, more: KeyboardEventInit = {}) {
  target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));
  flushSync();
}

export function type(field: HTMLElement, text: string) {
  (field as HTMLInputElement).value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}

/** What a select, or a field that is left, is set to. */
export function choose(field: HTMLElement, value: string) {
  (field as HTMLInputElement | HTMLSelectElement).value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  flushSync();
}

/** What a command was last called with. */
export const last = (calls: Calls, name: string) => calls.findLast((call) => call.name === name)?.args;

export function keysOf(table: string): string[] {
  return [...document.querySelectorAll(`[data-testid="table-${table}"] tr[data-key]`)].map(
    (row) => row.getAttribute("data-key") ?? "",
  );
}
