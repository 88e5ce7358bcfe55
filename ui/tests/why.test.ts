// Figures of the comparison lead to why they are what they are.
import { describe, expect, it, vi } from "vitest";
import { all, key, last, openWindow, press, see } from "./window.ts";

const links = (table: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid="table-${table}"] .why`)];

describe("a figure of the comparison", () => {
  it("opens why it is what it is, and gives the focus back", async () => {
    const { calls } = openWindow("#/scenarios");
    const figure = await see("why-margin_24-own-h100");
    expect(figure.title).toBe("Why: Gross margin, 2027-03");
    figure.focus();
    figure.click();
    await see("explain");
    expect(location.hash).toContain("explain=own-h100&line=Gross%20margin&at=2027-03");
    await vi.waitFor(() =>
      expect(last(calls, "explain_scenario")?.[0]).toMatchObject({
        scenario: "own-h100",
        line: "Gross margin",
        month: "2027-03",
      }),
    );
    key(document.activeElement ?? document.body, "Escape");
    await vi.waitFor(() => expect(all("explain")).toHaveLength(0));
    await vi.waitFor(() => expect(document.activeElement).toBe(all("why-margin_24-own-h100")[0]));
  });

  it("leads to all months where it is their total", async () => {
    openWindow("#/scenarios");
    await press("why-margin_total-hybrid");
    await vi.waitFor(() => expect((all("explain-month")[0] as HTMLSelectElement).value).toBe("all"));
    expect(location.hash).toContain("at=all");
  });

  it("is a link in the table of months too", async () => {
    openWindow("#/scenarios?table=months");
    await press("why-m3-small-router");
    await see("explain");
    expect(location.hash).toContain("explain=small-router&line=Gross%20margin");
  });

  it("is no link where nothing explains it", async () => {
    openWindow("#/scenarios");
    await see("why-margin_24-own-h100");
    const row = document.querySelector('[data-testid="table-compare"] tr[data-key="gpus"]');
    expect(row?.querySelectorAll("td[data-col='own-h100']")).toHaveLength(1);
    expect(row?.querySelector(".why")).toBeNull();
    expect(document.querySelector('[data-testid="table-compare"] td:first-child .why')).toBeNull();
  });

  it("is one stop of Tab with the others, and arrow keys go between them", async () => {
    openWindow("#/scenarios");
    const first = await see("why-margin_24-api-only");
    const stops = () => links("compare").filter((link) => link.tabIndex === 0);
    expect(stops()).toEqual([first]);
    first.focus();
    key(first, "ArrowRight");
    expect(document.activeElement).toBe(all("why-margin_24-own-h100")[0]);
    key(document.activeElement!, "ArrowDown");
    expect(document.activeElement).toBe(all("why-margin_total-own-h100")[0]);
    // Below are figures that nothing explains: the focus stays.
    key(document.activeElement!, "ArrowDown");
    expect(document.activeElement).toBe(all("why-margin_total-own-h100")[0]);
    expect(stops()).toEqual([all("why-margin_total-own-h100")[0]]);
  });
});
