// Toasts and the live region, once a page.
import { Toasts } from "../../ui/Toasts";
import { useReach } from "../context";
import { useStore } from "../store";
import { say } from "../text";

export function Feedback() {
  const { toasts } = useReach();
  const { items, spoken } = useStore(toasts.state);
  return (
    <>
      <Toasts items={items} dismissLabel={say("dismiss")} onDismiss={(id) => toasts.dismiss(id)} />
      <div class="visually-hidden" aria-live="polite" data-testid="spoken">
        {spoken}
      </div>
    </>
  );
}
