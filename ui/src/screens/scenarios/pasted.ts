// What a pasted column does: it fills the numbers below, or becomes the months of one, as the person says.
import type { Assumption } from "../../backend/backend.ts";
import { count } from "../../format.ts";
import type { Session } from "../../state/session.svelte.ts";
import { pastedDown, pastedMonths } from "./paste.ts";

export function paste({ edits, toasts }: Session, lines: Assumption[], first: Assumption, text: string): void {
  const down = pastedDown(lines, first, text);
  edits.commit(down);
  const months = pastedMonths(first, text);
  if (!months) return;
  const instead = () => {
    void edits.undo();
    edits.commit([months]);
  };
  toasts.say(`Filled ${count(down.length, "number")} downwards`, "neutral", {
    label: `As ${count(months.value.split(" ").length, "month")} of ${first.label.toLowerCase()}`,
    run: instead,
  });
}
