// A locked scenario: what it was agreed on stays, and the window says so before anybody tries.
import { describe, expect, it, vi } from "vitest";
import { all, choose, key, last, openWindow, press, see, type } from "./window.ts";
import { GROWTH, growth, menu } from "./workbench.ts";

const disabled = (id: string) => all(id)[0]?.getAttribute("data-disabled") !== null;
const button = (id: string) => all(id)[0] as HTMLButtonElement;

/** The one that is locked, in the editor. */
async function openLocked() {
  const opened = openWindow("#/scenarios", "locked");
  choose(await see("assumptions-of"), "own-h100");
  await see("locked");
  return opened;
}

describe("a locked scenario", () => {
  it("wears its lock on the card, with day and hash", async () => {
    openWindow("#/scenarios", "locked");
    const lock = await see("lock-own-h100");
    expect(lock.textContent).toContain("Locked");
    expect(lock.querySelector("svg")).not.toBeNull();
    expect(lock.title).toBe("Locked on 2026-11-20, hash 4f1c0a92d7be");
    expect(all("lock-hybrid")).toHaveLength(0);
  });

  it("is read only, and one line says why and what to do", async () => {
    const { calls } = await openLocked();
    expect(all("locked")[0]?.textContent).toContain("Locked on 2026-11-20, hash 4f1c0a92d7be");
    const fields = [...document.querySelectorAll<HTMLInputElement>('[data-testid^="field-own-h100"]')];
    const sliders = [...document.querySelectorAll<HTMLInputElement>('[data-testid^="slider-own-h100"]')];
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.every((field) => field.readOnly)).toBe(true);
    expect(sliders.length === fields.length && sliders.every((slider) => slider.disabled)).toBe(true);
    key(fields[0]!, "ArrowUp");
    const paste = new Event("paste", { bubbles: true, cancelable: true });
    Object.assign(paste, { clipboardData: { getData: () => "9" } });
    fields[0]?.dispatchEvent(paste);
    expect(all("changes")[0]?.textContent).toBe("");
    expect((last(calls, "compare")?.[0] as { overrides: unknown[] }).overrides).toEqual([]);
    // What is said of a number is as it was agreed on, too.
    const name = fields[0]?.dataset["testid"]?.replace("field-", "") ?? "";
    await press(`open-${name}`);
    expect(((await see(`source-${name}`)) as HTMLInputElement).readOnly).toBe(true);
    expect(((await see(`evidence-${name}`)) as HTMLSelectElement).disabled).toBe(true);
    choose(await see("assumptions-of"), "api-only");
    expect(all("locked")).toHaveLength(0);
    expect((all(`field-${GROWTH}`)[0] as HTMLInputElement).readOnly).toBe(false);
  });

  it("is unlocked, and undo puts the lock back", async () => {
    const { calls } = await openLocked();
    await press("unlock");
    await vi.waitFor(() => expect(all("locked")).toHaveLength(0));
    expect(last(calls, "unlock_scenario")).toEqual(["own-h100"]);
    await vi.waitFor(() => expect(all("lock-own-h100")).toHaveLength(0));
    expect(document.activeElement).toBe(all("assumptions-of")[0]);
    await vi.waitFor(() => expect(button("undo-change").disabled).toBe(false));
    await press("undo-change");
    await see("lock-own-h100");
    await see("locked");
  });

  it("is copied, and the copy is what is edited then", async () => {
    const { calls } = await openLocked();
    await press("edit-copy");
    type(await see("name"), "Own H100, cheaper");
    await press("name-give");
    await see("card-own-h100-cheaper");
    expect(last(calls, "copy_scenario")).toEqual(["own-h100", "Own H100, cheaper", []]);
    expect(location.hash).toContain("of=own-h100-cheaper");
    expect(all("lock-own-h100-cheaper")).toHaveLength(0);
  });

  it("is neither renamed nor deleted, and the menu says why", async () => {
    openWindow("#/scenarios", "locked");
    const trigger = await see("card-menu-own-h100");
    trigger.focus();
    key(trigger, "Enter");
    await see("unlock-own-h100");
    for (const deed of ["rename", "delete"]) {
      expect(disabled(`${deed}-own-h100`)).toBe(true);
      expect(all(`${deed}-own-h100`)[0]?.title).toContain("unlock it first");
    }
    expect(document.body.textContent).toContain("Unlock it before it is renamed or deleted");
  });

  it("is locked from its card, but not while numbers on screen differ from its file", async () => {
    const { calls } = openWindow("#/scenarios");
    await menu("hybrid", "lock-it-hybrid");
    await see("lock-hybrid");
    expect(last(calls, "lock_scenario")).toEqual(["hybrid"]);
    const field = await see(`field-${GROWTH}`);
    type(field, "7");
    key(field, "Enter");
    const trigger = await see("card-menu-api-only");
    trigger.focus();
    key(trigger, "Enter");
    await see("lock-it-api-only");
    expect(disabled("lock-it-api-only")).toBe(true);
  });

  it("bars saving numbers that were changed before it was locked elsewhere", async () => {
    const { calls, backend } = openWindow("#/scenarios");
    const field = await see(`field-${GROWTH}`);
    type(field, "7");
    key(field, "Enter");
    await vi.waitFor(() => expect(last(calls, "compare")?.[0]).toMatchObject({ overrides: [growth("7")] }));
    expect(button("save-changes").disabled).toBe(false);
    await backend.lock_scenario("api-only");
    await menu("hybrid", "lock-it-hybrid");
    await see("lock-api-only");
    expect(button("save-changes").disabled).toBe(true);
    expect(button("save-changes").title).toBe("API only: locked, unlock or reset before saving");
    await press("reset-changes");
    expect(all("changes")[0]?.textContent).toBe("");
  });

  it("shows its lock side by side too", async () => {
    openWindow("#/scenarios?edit=columns", "locked");
    await see("locked-own-h100");
    expect(all("unlock-column-own-h100")[0]?.getAttribute("aria-label")).toBe("Unlock Own H100");
    const fields = (id: string) => [...document.querySelectorAll<HTMLInputElement>(`[data-testid^="field-${id}-"]`)];
    expect(fields("own-h100").every((field) => field.readOnly)).toBe(true);
    expect(fields("api-only").some((field) => field.readOnly)).toBe(false);
  });
});
