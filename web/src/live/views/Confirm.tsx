// A question before something that cannot be taken back.
import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { say } from "../text";

interface ConfirmProps {
  title: string;
  text: string;
  yes: string;
  no: string;
  /** Resolves with whether it was done; otherwise the question stays. */
  onYes: () => Promise<boolean>;
  onClose: () => void;
}

export function Confirm({ title, text, yes, no, onYes, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    const done = await onYes();
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog
      title={title}
      closeLabel={say("close")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{no}</Button>
          <Button look="primary" busy={busy} onClick={() => void confirm()}>
            {yes}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
