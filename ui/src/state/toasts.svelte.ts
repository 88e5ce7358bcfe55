// Short messages that come and go; a problem stays until it is closed.
import type { Problem, Tone } from "../backend/backend.ts";

export type ToastAction = { label: string; run: () => void };
export type Toast = { id: number; text: string; more: string; tone: Tone; action: ToastAction | null };

const SHOWN_MS = 8000;

export class Toasts {
  list: Toast[] = $state.raw([]);
  #next = 1;

  say(text: string, tone: Tone = "neutral", action: ToastAction | null = null): void {
    const id = this.#add(text, "", tone, action);
    setTimeout(() => this.close(id), SHOWN_MS);
  }

  problem(problem: Problem): void {
    this.#add(problem.what, [problem.place, problem.next].filter(Boolean).join(" · "), "bad", null);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(text: string, more: string, tone: Tone, action: ToastAction | null): number {
    const id = this.#next++;
    this.list = [...this.list.slice(-3), { id, text, more, tone, action }];
    return id;
  }
}
