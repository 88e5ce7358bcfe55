// What tests of the scenario workbench share: a card's menu, and a number of the sample.
import { key, see } from "./window.ts";

/** Chooses an item from the menu of a scenario's card, by keyboard. */
export async function menu(card: string, item: string) {
  const trigger = await see(`card-menu-${card}`);
  trigger.focus();
  key(trigger, "Enter");
  const found = await see(item);
  found.focus();
  key(found, "Enter");
}

/** A number of the sample's first scenario, as the window names its parts and as the engine is asked. */
export const GROWTH = "api-only-demand.growth_percent_per_month";
export const growth = (value: string, said = "") => ({
  scenario: "api-only",
  path: `demand.growth_percent_per_month${said}`,
  value,
});
