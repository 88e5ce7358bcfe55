// The imports screen: its queue, what it asks, what it replaces, what it refused, what it reads through a mapping.
import { describe, expect, it, vi } from "vitest";
import type { Calls } from "../src/backend/fixture.ts";
import { timeLeft } from "../src/format.ts";
import { all, choose, key, last, openWindow, press, see, type } from "./window.ts";

const jobs = () => all("job").map((job) => job.dataset["state"]);

/** Files dropped on the window, as the fixture backend hears of them. */
function drop(...names: string[]) {
  const event = new Event("drop", { bubbles: true, cancelable: true });
  Object.assign(event, { dataTransfer: { files: names.map((name) => ({ name })) } });
  window.dispatchEvent(event);
}

describe("the queue", () => {
  it("says which file is at work, how fast and how long still", async () => {
    openWindow("#/imports");
    await see("import-files");
    drop("one.csv", "two.csv");
    expect((await see("job-files")).textContent).toMatch(/file \d of 2/);
    await vi.waitFor(() => expect(all("job-pace")[0]?.textContent).toMatch(/[\d,]+ rows · [\d,]+ rows\/s · .* left/));
    await vi.waitFor(() => expect(jobs()).toEqual(["done"]));
    expect(all("job")[0]?.textContent).toContain("one.csv and 1 other");
    expect(all("job")[0]?.textContent).toContain("two.csv: FOCUS 1.0, batch 10, 98,208 of 98,211 rows stored");
  });

  it("takes more files while it works, those at work first, and is cleared", async () => {
    const { calls } = openWindow("#/imports");
    await see("import-files");
    drop("broken.csv");
    await vi.waitFor(() => expect(jobs()).toEqual(["failed"]));
    expect((await see("error")).textContent).toContain("Next: export it again");
    drop("one.csv");
    await vi.waitFor(() => expect(jobs()).toEqual(["running", "failed"]));
    drop("costs.csv");
    await vi.waitFor(() => expect(jobs()).toEqual(["asks", "done", "failed"]));
    await press("tidy");
    expect(jobs()).toEqual(["asks"]);
    await press("job-dismiss");
    expect(jobs()).toEqual([]);
    expect(calls.filter((call) => call.name === "start_import").map((call) => call.args[2])).toEqual([true, true, true]);
  });

  it("tells the time left no finer than anybody can use", () => {
    expect([3, 12, 54, 60, 3540, 7300].map(timeLeft)).toEqual([
      "a few seconds left",
      "about 15 s left",
      "about 55 s left",
      "about 1 min left",
      "about 1 h left",
      "about 2 h left",
    ]);
  });
});

describe("an ambiguous file", () => {
  it("is imported as what a person says, and the files beside it as they are", async () => {
    const { calls } = openWindow("#/imports", "sample", { launch: ["/tmp/bill.csv", "/tmp/costs.csv"] });
    expect((await see("asks")).textContent).toContain("costs.csv: fits FOCUS and Revenue alike");
    const button = (await see("import-as")) as HTMLButtonElement;
    expect(button.disabled).toBe(true);
    await press("format-focus");
    expect(button.textContent).toBe("Import as FOCUS");
    button.click();
    await vi.waitFor(() =>
      expect(calls.filter((call) => call.name === "start_import").slice(1).map((call) => call.args)).toEqual([
        [["/tmp/costs.csv"], "focus", true],
        [["/tmp/bill.csv"], null, true],
      ]),
    );
    await vi.waitFor(() => expect(jobs()).toEqual(["done", "done"]));
  });
});

describe("a restated file", () => {
  it("shows its difference before it replaces anything", async () => {
    const { calls } = openWindow("#/imports", "sample", { launch: ["/tmp/restated.csv"] });
    await see("review");
    expect(location.hash).toContain("review=1");
    expect(all("difference-rows")[0]?.textContent).toBe("7,111 added · 3 gone · 41 changed · 91,056 as they were");
    expect(all("difference-totals")[0]?.textContent).toContain("USD +79,101.20 (702,118.90 → 781,220.10)");
    expect(all("table-difference")[0]?.querySelectorAll("tr[data-key]")).toHaveLength(4);
    await vi.waitFor(() => expect(document.activeElement).toBe(all("keep")[0]));
    await press("replace");
    await vi.waitFor(() => expect(last(calls, "start_import")).toEqual([["/tmp/restated.csv"], null, false]));
    await vi.waitFor(() => expect(jobs()).toEqual(["done"]));
    expect(all("review")).toHaveLength(0);
  });

  it("is left out by Escape", async () => {
    const { calls } = openWindow("#/imports", "sample", { launch: ["/tmp/restated.csv"] });
    const dialog = await see("review");
    await vi.waitFor(() => expect(document.activeElement).toBe(all("keep")[0]));
    key(dialog, "Escape");
    await vi.waitFor(() => expect(jobs()).toEqual([]));
    expect(all("review")).toHaveLength(0);
    expect((await see("toast")).textContent).toContain("Kept the old rows");
    expect(calls.filter((call) => call.name === "start_import")).toHaveLength(1);
  });

  it("is looked at again from the history", async () => {
    const { calls } = openWindow("#/imports");
    await press("difference-6");
    expect(location.hash).toContain("difference=6");
    await see("table-difference");
    expect(last(calls, "difference")).toEqual([6]);
  });
});

describe("a refused row", () => {
  it("has the focus in its field, is mended, and gives way to the next", async () => {
    const { calls } = openWindow("#/imports?quarantine=6");
    const field = (await see("raw-1")) as HTMLInputElement;
    await vi.waitFor(() => expect(document.activeElement).toBe(field));
    expect(field.value).toBe("12,50");
    expect(all("raw-row")[0]?.textContent).toContain("expected a decimal with a point");
    type(field, "12.50");
    await press("store-row");
    await vi.waitFor(() => expect(all("refused-31")[0]?.dataset["state"]).toBe("readmitted"));
    const sent = last(calls, "readmit") as [number, { id: number; fields: string[] }[]];
    expect(sent[0]).toBe(6);
    expect(sent[1][0]?.id).toBe(31);
    expect(sent[1][0]?.fields).toHaveLength(43);
    expect(sent[1][0]?.fields.slice(1, 5)).toEqual(["12.50", "000123", "Example Ltd", "USD"]);
    await vi.waitFor(() => expect(all("refused-32")[0]?.getAttribute("aria-selected")).toBe("true"));
    await vi.waitFor(() => expect(document.activeElement).toBe(all("raw-12")[0]));
    expect((await see("toast")).textContent).toContain("Stored line 1,204, 1 row left");
  });

  it("says at the field what is still wrong, and keeps what was typed", async () => {
    openWindow("#/imports?quarantine=6");
    type(await see("raw-1"), "wrong");
    await press("store-row");
    expect((await see("field-error")).textContent).toContain("BilledCost is still not right");
    const field = all("raw-1")[0] as HTMLInputElement;
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(field.value).toBe("wrong");
    expect(all("refused-31")[0]?.dataset["state"]).toBe("open");
  });

  it("is walked to by J, K and arrows, dismissed and restored", async () => {
    const { calls } = openWindow("#/imports?quarantine=6");
    const list = await see("refused");
    await vi.waitFor(() => expect(document.activeElement).toBe(all("raw-1")[0]));
    const selected = () => list.querySelector("[aria-selected=true]")?.getAttribute("data-line");
    (document.activeElement as HTMLElement).blur();
    key(document.body, "j");
    expect(selected()).toBe("48110");
    key(document.body, "k");
    expect(selected()).toBe("1204");
    list.focus();
    key(list, "ArrowDown");
    expect(selected()).toBe("48110");
    key(list, "d");
    await vi.waitFor(() => expect(last(calls, "dismiss")).toEqual([6, [32], true]));
    await vi.waitFor(() => expect(selected()).toBe("1204"));
    all("refused-33")[0]?.click();
    await press("restore-row");
    await vi.waitFor(() => expect(last(calls, "dismiss")).toEqual([6, [33], false]));
    await vi.waitFor(() => expect(all("refused-33")[0]?.dataset["state"]).toBe("open"));
    expect(selected()).toBe("90001");
  });

  it("is not left for files that are dropped meanwhile", async () => {
    const { calls } = openWindow("#/imports?quarantine=6");
    const field = (await see("raw-1")) as HTMLInputElement;
    type(field, "12.5");
    drop("one.csv");
    await vi.waitFor(() => expect(last(calls, "start_import")).toEqual([["one.csv"], null, true]));
    await vi.waitFor(() => expect(document.body.textContent).toContain("one.csv: FOCUS 1.0, batch 10"));
    expect(location.hash).toContain("quarantine=6");
    expect(field.value).toBe("12.5");
    expect(field.isConnected).toBe(true);
  });

  it("is found by column and state, and its fields by name", async () => {
    openWindow("#/imports?quarantine=6");
    await see("raw-1");
    expect(all("raw-0")).toHaveLength(0);
    await press("show-empty");
    expect(all("raw-0")).toHaveLength(1);
    type(await see("find-field"), "tags");
    expect([...document.querySelectorAll("[data-place]")].map((field) => field.getAttribute("data-place"))).toEqual([
      "1",
      "42",
    ]);
    choose(await see("filter-column"), "ChargePeriodStart");
    expect(location.hash).toContain("column=ChargePeriodStart");
    expect(all("refused")[0]?.children).toHaveLength(1);
    await press("filter-state-dismissed");
    await see("empty");
  });
});

describe("an unknown table", () => {
  const text = (calls: Calls) => String(last(calls, "preview_mapping")?.[1]);

  it("is mapped, read as one goes, kept and imported", async () => {
    const { calls } = openWindow("#/imports", "sample", { launch: ["/tmp/odd.csv"] });
    await press("job-map");
    expect(location.hash).toContain("map=%2Ftmp%2Fodd.csv");
    expect(((await see("holds-Nettobetrag")) as HTMLSelectElement).value).toBe("billed");
    expect(all("column-Projekt")[0]?.textContent).toContain("58%");
    expect(all("preview-summary")[0]?.textContent).toBe("first 5 rows · 1 of them would go to quarantine");
    const amounts = () =>
      [...document.querySelectorAll('[data-testid="preview"] [data-col=amount]')].map((cell) => cell.textContent);
    expect(amounts()).toEqual(["1000.50", "200.25", "99.25", "-50.00"]);

    choose(await see("mapping-decimal"), ".");
    await vi.waitFor(() => expect(text(calls)).toContain('decimal = "."'));
    await vi.waitFor(() => expect(amounts()).toEqual([]));
    choose(await see("mapping-decimal"), ",");
    choose(await see("holds-Projekt"), "tag:projekt");
    type(await see("mapping-time_zone"), "+02:00");
    await vi.waitFor(() => expect(text(calls)).toContain('time_zone = "+02:00"'));
    expect(text(calls)).toBe(`[mapping]
name = "odd"
target = "bill"
header = ["Datum", "Dienst", "Projekt", "Region", "Nettobetrag", "Währung"]
delimiter = ";"
skip_lines = 3
decimal = ","
date_format = "day-first"
time_zone = "+02:00"

[columns]
usage_date = "Datum"
service = "Dienst"
"tag:projekt" = "Projekt"
region = "Region"
billed = "Nettobetrag"
currency = "Währung"
`);
    await vi.waitFor(() => expect((all("save-mapping")[0] as HTMLButtonElement).disabled).toBe(false));
    await press("save-mapping");
    await vi.waitFor(() => expect(last(calls, "save_mapping")?.[0]).toContain('"tag:projekt" = "Projekt"'));
    await vi.waitFor(() => expect(jobs()).toEqual(["done"]));
    expect(last(calls, "start_import")).toEqual([["/tmp/odd.csv"], null, true]);
  });

  it("gets the fields of what its rows are, and cannot be kept without a needed one", async () => {
    const { calls } = openWindow("#/imports?map=%2Ftmp%2Fodd.csv");
    await press("target-revenue");
    await vi.waitFor(() => expect((all("holds-Nettobetrag")[0] as HTMLSelectElement).value).toBe("amount"));
    await vi.waitFor(() => expect(text(calls)).toContain('invoice_date = "Datum"'));
    expect(text(calls)).toContain('target = "revenue"');
    choose(await see("holds-Nettobetrag"), "");
    expect((await see("error")).textContent).toContain("does not tell amount");
    expect((all("save-mapping")[0] as HTMLButtonElement).disabled).toBe(true);
    choose(await see("add-constant"), "amount");
    type(await see("constant-amount"), '12 "net"');
    await vi.waitFor(() => expect(text(calls)).toContain('[constants]\namount = "12 \\"net\\""'));
  });

  it("moves a field from one column to another, never to two", async () => {
    const { calls } = openWindow("#/imports?map=%2Ftmp%2Fodd.csv");
    choose(await see("holds-Region"), "");
    choose(await see("holds-Projekt"), "region");
    await vi.waitFor(() => expect(text(calls)).toContain('region = "Projekt"'));
    expect(text(calls).match(/^region = /gm)).toHaveLength(1);
    expect(text(calls)).not.toContain("account");
  });
});
