// What the window may ask of the Rust side. Every type that crosses comes through here.
// Not here: how it is asked (tauri.ts) or replayed (fixture.ts).
import type {
  BridgeQuery,
  BridgeView,
  CapacityView,
  CapacityWeekQuery,
  Chart,
  ChartRequest,
  CompareQuery,
  CompareView,
  CostsQuery,
  CostsView,
  DifferenceView,
  ExplainQuery,
  ExplainView,
  ImportsView,
  JobProgress,
  MappingPreview,
  MarginQuery,
  MarginView,
  MendedRow,
  NewChoices,
  NewPreview,
  NewQuery,
  OptimiseProgress,
  Override,
  PlanChanged,
  PlanInfo,
  PlanQuery,
  PlanView,
  PriceDraft,
  PriceEffect,
  PricesQuery,
  PricesView,
  Problem,
  QuarantineView,
  RiskQuery,
  RiskView,
  ScenarioCard,
  ScenarioQuery,
  ScenariosChanged,
  ScenarioText,
  SensitivityView,
  Size,
  Start,
  TableRequest,
  Theme,
  Workspace,
} from "./bindings.ts";

export type * from "./bindings.ts";

export type TableFormat = "csv" | "xlsx";
export type ChartFormat = "svg" | "png";

/** Files dragged over the window. `paths` is empty while they only hover. */
export type Drop = { kind: "over" | "leave" | "drop"; paths: string[] };

/** Every call rejects with a `Problem`. */
export interface Backend {
  start(): Promise<Start>;
  open_sample(): Promise<Workspace>;

  margin(query: MarginQuery): Promise<MarginView>;
  costs(query: CostsQuery): Promise<CostsView>;
  scenarios(): Promise<ScenarioCard[]>;
  compare(query: CompareQuery): Promise<CompareView>;
  bridge(query: BridgeQuery): Promise<BridgeView>;
  sensitivity(query: ScenarioQuery): Promise<SensitivityView>;
  risk(query: RiskQuery): Promise<RiskView>;
  capacity(query: CapacityWeekQuery): Promise<CapacityView>;
  /** Answers with the job's id; its progress and end come through `on_optimise`. */
  start_optimise(query: ScenarioQuery): Promise<number>;
  /** Keeps the best that was found for this as a new scenario. */
  keep_best(query: ScenarioQuery, name: string): Promise<ScenariosChanged>;
  /** Writes changed numbers into the scenarios' files. */
  save_scenario(overrides: Override[]): Promise<ScenariosChanged>;
  /** A new scenario that changes this one, with its changed numbers. */
  copy_scenario(of: string, name: string, overrides: Override[]): Promise<ScenariosChanged>;
  rename_scenario(scenario: string, name: string): Promise<ScenariosChanged>;
  delete_scenario(scenario: string): Promise<ScenariosChanged>;
  /** Locks a scenario at what it comes to now: it is not edited, renamed or deleted, and runs only while it is the same. */
  lock_scenario(scenario: string): Promise<ScenariosChanged>;
  unlock_scenario(scenario: string): Promise<ScenariosChanged>;
  /** Writes texts back as a change before had them: its undo and redo. */
  write_scenarios(texts: ScenarioText[]): Promise<void>;
  /** What a new scenario may begin from. */
  new_choices(): Promise<NewChoices>;
  /** What a new scenario would be, before it is kept. */
  preview_new(query: NewQuery): Promise<NewPreview>;
  keep_new(query: NewQuery): Promise<ScenariosChanged>;
  /** How a figure of a scenario comes about. */
  explain_scenario(query: ExplainQuery): Promise<ExplainView>;
  /** The plan in force; null where no scenario was adopted. */
  plan_info(): Promise<PlanInfo | null>;
  /** The plan against what came. */
  plan(query: PlanQuery): Promise<PlanView>;
  adopt_plan(scenario: string): Promise<PlanChanged>;
  /** Takes the adoption of the plan in force back. */
  undo_plan(): Promise<PlanChanged>;
  /** Adopts again what was taken back last. */
  redo_plan(): Promise<PlanChanged>;
  /** Writes what a month measured into a scenario. */
  calibrate(scenario: string, month: string): Promise<ScenariosChanged>;

  prices(query: PricesQuery): Promise<PricesView>;
  /** What a price would change, before it is kept. */
  price_effect(draft: PriceDraft): Promise<PriceEffect>;
  /** Keeps a price, as an import of its own; undo takes it back. Answers with its batch. */
  set_price(draft: PriceDraft): Promise<number>;

  chart(request: ChartRequest, size: Size, theme: Theme): Promise<Chart>;

  imports(): Promise<ImportsView>;
  /** What a batch changed when it replaced rows of earlier ones. */
  difference(batch: number): Promise<DifferenceView>;
  quarantine(batch: number): Promise<QuarantineView>;
  /** Sets refused rows aside, or takes them up again. */
  dismiss(batch: number, rows: number[], dismissed: boolean): Promise<QuarantineView>;
  /** Stores mended rows; rejects, and stores nothing, when one is still not right. */
  readmit(batch: number, rows: MendedRow[]): Promise<QuarantineView>;
  /** Shows the open dialog; empty when it was dismissed. */
  choose_files(): Promise<string[]>;
  /** Answers with the job's id; its progress comes through `on_job`. With `review`, nothing is replaced unseen. */
  start_import(paths: string[], format: string | null, review: boolean): Promise<number>;
  /** How an unknown table would be read: through this mapping, else the one kept for it, else a guess. */
  preview_mapping(path: string, text: string | null): Promise<MappingPreview>;
  /** Keeps a mapping and answers its name; imports of tables with its header use it from now on. */
  save_mapping(text: string): Promise<string>;
  cancel_job(job: number): Promise<void>;
  undo(batch: number): Promise<ImportsView>;
  redo(): Promise<ImportsView>;

  /** `rows` are indices of the table's rows as shown, in shown order. Null when the dialog was dismissed. */
  export_table(request: TableRequest, rows: number[] | null, format: TableFormat): Promise<string | null>;
  export_chart(request: ChartRequest, size: Size, theme: Theme, format: ChartFormat): Promise<string | null>;

  on_job(heard: (progress: JobProgress) => void): Promise<() => void>;
  on_optimise(heard: (progress: OptimiseProgress) => void): Promise<() => void>;
  on_drop(heard: (drop: Drop) => void): Promise<() => void>;
}

/** Whatever was thrown, as a problem a person can read. */
export function asProblem(thrown: unknown): Problem {
  if (typeof thrown === "object" && thrown !== null && "what" in thrown) {
    const { what, place, next } = thrown as Partial<Problem>;
    return { what: String(what), place: place ?? null, next: next ?? null };
  }
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return { what, place: null, next: null };
}
