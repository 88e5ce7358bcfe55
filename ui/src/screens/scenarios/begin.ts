// What a new scenario is asked with, out of what the dialog's fields hold.
import type { ActualsQuery, NewChoices, NewQuery, PatchQuery, PeriodChoice } from "../../backend/backend.ts";

export type Source = "actuals" | "patch";

/** What stands in the fields. Nothing typed is nothing said: the engine decides then. */
export type Fields = {
  source: Source;
  period: string;
  product: string;
  start: string;
  months: string;
  base: string;
  patch: string;
  model: string;
  gpu: string;
  price: string;
  rate: string;
  name: string;
};

const typed = (text: string): string | null => text.trim() || null;

/** The period chosen; the first, which is the last full months, when none is. */
export function periodOf(choices: NewChoices, id: string): PeriodChoice | undefined {
  return choices.periods.find((period) => period.id === id) ?? choices.periods[0];
}

/** The month that a run starts in when nobody chose one: that of the other scenarios, else the month after the period. */
export function startOf(choices: NewChoices, fields: Fields): string {
  return fields.start || choices.start || periodOf(choices, fields.period)?.next || "";
}

/** The months of a run; null when what was typed is no number of them. */
export function monthsOf(choices: NewChoices, fields: Fields): number | null {
  if (fields.months.trim() === "") return choices.months;
  const months = Number(fields.months);
  return Number.isInteger(months) && months >= 1 && months <= 120 ? months : null;
}

/** The question; null while the fields do not make one. */
export function newQuery(choices: NewChoices, fields: Fields): NewQuery | null {
  if (fields.source === "patch") {
    if (!fields.base || !fields.patch) return null;
    const own = fields.patch === "own-gpus";
    const query: PatchQuery = {
      base: fields.base,
      patch: fields.patch,
      name: typed(fields.name),
      model: fields.patch === "cheaper-model" ? typed(fields.model) : null,
      gpu: own ? typed(fields.gpu) : null,
      usd_per_gpu_hour: own ? typed(fields.price) : null,
      output_tokens_per_s_per_gpu: own ? typed(fields.rate) : null,
    };
    return { from: "patch", query };
  }
  const [period, months] = [periodOf(choices, fields.period), monthsOf(choices, fields)];
  if (!period || months === null) return null;
  const query: ActualsQuery = {
    from: period.from,
    to: period.to,
    product: typed(fields.product),
    name: typed(fields.name),
    start: startOf(choices, fields) || null,
    months,
  };
  return { from: "actuals", query };
}
