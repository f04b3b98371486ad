import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

export interface MenuChoice {
  key: string;
  label: string;
  icon?: IconName;
  checked?: boolean;
  onChoose: () => void;
}

/** A round button that opens a list of choices; arrows move, Esc closes and returns focus. `up` opens above the button. */
export function Menu({ label, icon, choices, up = false, children }: {
  label: string;
  icon: IconName;
  choices: readonly MenuChoice[];
  up?: boolean;
  children?: ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const items = () => Array.from(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []);

  useEffect(() => {
    if (!open) return;
    items()[0]?.focus();
    const away = (event: PointerEvent) => !root.current?.contains(event.target as Node) && setOpen(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    const list = items();
    const at = list.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape" || event.key === "Tab") setOpen(false);
    if (event.key === "Escape") button.current?.focus();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) list[(at + step + list.length) % list.length]?.focus();
    if (step || event.key === "Escape") event.preventDefault();
  };

  return (
    <div class="menu" ref={root} onKeyDown={onKeyDown}>
      <button ref={button} type="button" class="icon-button" aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={icon} />
      </button>
      {open && (
        <div class={`menu-panel ${up ? "is-up" : ""}`} role="menu" aria-label={label}>
          {children}
          {choices.map((choice) => (
            <button
              key={choice.key}
              type="button"
              class="menu-item"
              tabIndex={-1}
              role={choice.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={choice.checked}
              onClick={() => {
                setOpen(false);
                button.current?.focus();
                choice.onChoose();
              }}
            >
              {choice.icon && <Icon name={choice.icon} />}
              <span class="grow">{choice.label}</span>
              {choice.checked && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
