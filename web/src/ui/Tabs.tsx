import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface TabItem<Key extends string> {
  key: Key;
  label: string;
  /** Shown beside the label, for example how many are unread; 0 shows nothing. */
  count?: number;
}

/** Tabs with one panel; arrows move between tabs (WAI-ARIA tabs pattern). */
export function Tabs<Key extends string>({ items, active, label, onSelect, children }: {
  items: readonly TabItem<Key>[];
  active: Key;
  label: string;
  onSelect: (key: Key) => void;
  children: ComponentChildren;
}) {
  const id = useId();
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = items.findIndex((item) => item.key === active);
    const next = items[(at + step + items.length) % items.length];
    if (!next) return;
    onSelect(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {items.map((item) => (
          <button
            key={item.key}
            id={`${id}-${item.key}`}
            type="button"
            role="tab"
            class="tab"
            aria-selected={item.key === active}
            aria-controls={`${id}-panel`}
            tabIndex={item.key === active ? 0 : -1}
            onClick={() => onSelect(item.key)}
          >
            {item.label}
            {Boolean(item.count) && <span class="chip chip-gold">{item.count}</span>}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" class="tab-panel" aria-labelledby={`${id}-${active}`}>{children}</div>
    </>
  );
}
