import { useEffect } from "preact/hooks";
import { IconButton } from "./Button";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

export type ToastTone = "info" | "ok" | "gold" | "bad";
export interface ToastItem {
  id: number;
  text: string;
  tone: ToastTone;
  /** Trouble of a moment: what was asked was refused, and nothing stays wrong. */
  passes?: boolean;
}

const ICONS: Record<ToastTone, IconName> = { info: "info", ok: "circle-check", gold: "triangle-alert", bad: "circle-alert" };
const STAY_MS = 7000;
const STAY_BAD_MS = 15_000;

/** How long a message stays by itself; null for as long as nobody dismisses it. */
export function stayMs({ tone, passes = false }: Pick<ToastItem, "tone" | "passes">): number | null {
  if (tone !== "bad" && tone !== "gold") return STAY_MS;
  return passes ? STAY_BAD_MS : null;
}

/** Messages in the corner, read out as they come. Good news leaves by itself, so does a refusal; trouble stays until dismissed. */
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
    const stays = stayMs(item);
    if (stays === null) return;
    const timer = setTimeout(() => onDismiss(item.id), stays);
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
