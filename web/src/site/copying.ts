import { text } from "./text";
import { toast } from "./toasts";

/** Buttons with `data-copy="id"` put that element's text on the clipboard. Where there is none (plain HTTP) they stay hidden. */
export function startCopying(): void {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy ?? "")?.textContent ?? "");
      toast(text.copied, "ok");
    });
  }
}
