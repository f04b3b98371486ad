// The messages that stand in the corner now, and the last thing to be read out.
import type { ToastItem, ToastTone } from "../ui/Toasts";
import { Store } from "./store";

const MOST = 4;

export class ToastBoard {
  readonly state = new Store<{ items: readonly ToastItem[]; spoken: string }>({ items: [], spoken: "" });
  private nextId = 1;

  /** Shows a message; the same text is not shown twice, and the oldest gives way beyond four. */
  add(text: string, tone: ToastTone): void {
    this.show({ id: this.nextId++, text, tone });
  }

  /** Tells that what was asked was refused; leaves by itself, for nothing stays wrong. */
  refuse(text: string): void {
    this.show({ id: this.nextId++, text, tone: "bad", passes: true });
  }

  private show(item: ToastItem): void {
    const others = this.state.get().items.filter((other) => other.text !== item.text);
    this.state.set({ items: [...others, item].slice(-MOST) });
  }

  dismiss(id: number): void {
    this.state.set({ items: this.state.get().items.filter((item) => item.id !== id) });
  }

  /** Read out by screen readers only. */
  speak(text: string): void {
    this.state.set({ spoken: text });
  }
}
