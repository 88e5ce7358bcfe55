// What jsdom lacks and the window uses.
import { afterEach } from "vitest";
import { closeWindow } from "./window.ts";

class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= Observer as unknown as typeof ResizeObserver;
URL.createObjectURL ??= () => "blob:picture";
URL.revokeObjectURL ??= () => {};
Element.prototype.scrollIntoView ??= () => {};
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.hasPointerCapture ??= () => false;

afterEach(() => closeWindow());
