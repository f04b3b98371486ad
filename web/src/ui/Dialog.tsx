import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./Button";

/** A modal dialog: focus stays inside, Esc and the backdrop close it, focus returns to where it was. Render it to open it. */
export function Dialog({ title, closeLabel, onClose, actions, wide = false, children }: {
  title: string;
  closeLabel: string;
  onClose: () => void;
  actions?: ComponentChildren;
  wide?: boolean;
  children?: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      class={`dialog ${wide ? "dialog-wide" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-head">
        <h2 class="dialog-title" id={id}>{title}</h2>
        <IconButton icon="x" label={closeLabel} look="plain" small onClick={onClose} />
      </div>
      {children && <div class="dialog-body">{children}</div>}
      {actions && <div class="dialog-actions">{actions}</div>}
    </dialog>
  );
}
