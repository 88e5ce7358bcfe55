// What a pasted column does: it becomes the months of a number that may be stated by month, else it fills the numbers
// below; the other way is offered. A column with a line that is no number fills nothing.
import type { Assumption } from "../../backend/backend.ts";
import { count } from "../../format.ts";
import type { Session } from "../../state/session.svelte.ts";
import { column, pastedDown, pastedMonths } from "./paste.ts";

export function paste({ edits, toasts }: Session, lines: Assumption[], first: Assumption, text: string): void {
  const wrong = column(text).indexOf(null);
  if (wrong >= 0) {
    toasts.say(`Line ${wrong + 1} of the pasted column is no number: nothing was filled`, "bad");
    return;
  }
  const down = pastedDown(lines, first, text);
  const months = pastedMonths(first, text);
  edits.commit(months ? [months] : down);
  if (!months) return;
  const instead = () => {
    void edits.undo();
    edits.commit(down);
  };
  const stated = count(months.value.split(" ").length, "month");
  toasts.say(`Filled ${stated} of ${first.label.toLowerCase()}`, "neutral", {
    label: `Fill ${count(down.length, "number")} downwards instead`,
    run: instead,
  });
}
