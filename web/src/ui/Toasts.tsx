import { useEffect } from "preact/hooks";
import { IconButton } from "./Button";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

export type ToastTone = "info" | "ok" | "gold" | "bad";
export interface ToastItem {
  id: number;
  text: string;
  tone: ToastTone;
}

const ICONS: Record<ToastTone, IconName> = { info: "info", ok: "circle-check", gold: "triangle-alert", bad: "circle-alert" };
const STAY_MS = 7000;

/** Messages in the corner, read out as they come. Good news leaves by itself; trouble stays until it is dismissed. */
export function Toasts({ items, dismissLabel, onDismiss }: {
  items: readonly ToastItem[];
  dismissLabel: string;
  onDismiss: (id: number) => void;
}) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {items.map((item) => <Toast key={item.id} item={item} dismissLabel={dismissLabel} onDismiss={onDismiss} />)}
    </div>
  );
}

function Toast({ item, dismissLabel, onDismiss }: { item: ToastItem; dismissLabel: string; onDismiss: (id: number) => void }) {
  useEffect(() => {
    if (item.tone === "bad" || item.tone === "gold") return;
    const timer = setTimeout(() => onDismiss(item.id), STAY_MS);
    return () => clearTimeout(timer);
  }, [item.id]);
  return (
    <div class={`toast toast-${item.tone}`}>
      <Icon name={ICONS[item.tone]} />
      <div class="toast-body">{item.text}</div>
      <IconButton icon="x" label={dismissLabel} look="plain" small onClick={() => onDismiss(item.id)} />
    </div>
  );
}
