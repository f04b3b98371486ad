/** The dialog that gives the address of the recording, or of the moment that plays: as text and as a code to be scanned. */
import { clockText } from "./spans";
import { say } from "./text";

/** `address` with the moment, in whole seconds; the beginning needs none. */
export function addressAt(address: string, ms: number | null): string {
  const seconds = ms === null ? 0 : Math.floor(ms / 1000);
  return seconds > 0 ? `${address}?t=${seconds}` : address;
}

export function startSharing(positionMs: () => number, urls: { address: string; qr: string }): void {
  const dialog = document.getElementById("share");
  const moment = dialog?.querySelector<HTMLInputElement>("[data-share-moment]");
  const label = dialog?.querySelector("[data-share-label]");
  const link = document.getElementById("share-link");
  const code = dialog?.querySelector<HTMLImageElement>("[data-share-code]");
  if (!dialog || !moment || !label || !link || !code) return;
  let atMs = 0;
  const show = () => {
    const shared = moment.checked ? atMs : null;
    link.textContent = addressAt(urls.address, shared);
    code.src = addressAt(urls.qr, shared);
  };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest('[data-open-dialog="share"]')) return;
    atMs = positionMs();
    moment.disabled = atMs < 1_000;
    if (moment.disabled) moment.checked = false;
    label.textContent = say("shareFrom", { time: clockText(atMs) });
    show();
  });
  moment.addEventListener("change", show);
  dialog.querySelector("[data-print]")?.addEventListener("click", () => window.print());
}
