import { iconHref, type IconName } from "../ui/icons";
import { text } from "./text";

export type Tone = "info" | "ok" | "gold" | "bad";

const ICONS: Record<Tone, IconName> = { info: "info", ok: "circle-check", gold: "triangle-alert", bad: "circle-alert" };
const STAY_MS = 7000;

/** An `<svg>` showing one icon of the sprite. */
export function iconElement(name: IconName): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", iconHref(name));
  svg.append(use);
  return svg;
}

/** Show a message in the corner; the region is live, so it is also read out. */
export function toast(message: string, tone: Tone = "info"): void {
  const region = document.getElementById("toasts");
  if (!region) return;
  const item = document.createElement("div");
  item.className = `toast toast-${tone}`;
  const body = document.createElement("div");
  body.className = "toast-body";
  body.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button is-plain is-small";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", text.dismiss);
  close.append(iconElement("x"));
  item.append(iconElement(ICONS[tone]), body, close);
  region.append(item);
}

/** Good news leaves by itself, unless somebody is reading it; trouble stays until it is dismissed. */
function expire(item: HTMLElement): void {
  if (item.classList.contains("toast-bad") || item.classList.contains("toast-gold")) return;
  const leave = () => (item.matches(":hover, :focus-within") ? setTimeout(leave, STAY_MS) : item.remove());
  setTimeout(leave, STAY_MS);
}

export function startToasts(): void {
  const region = document.getElementById("toasts");
  if (!region) return;
  region.querySelectorAll<HTMLElement>(".toast").forEach(expire);
  new MutationObserver((changes) => {
    for (const change of changes) {
      change.addedNodes.forEach((node) => node instanceof HTMLElement && node.matches(".toast") && expire(node));
    }
  }).observe(region, { childList: true });
  region.addEventListener("click", (event) => {
    if (event.target instanceof Element) event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
  });
  document.addEventListener("htmx:sendError", () => toast(text.offline, "bad"));
  document.addEventListener("htmx:timeout", () => toast(text.offline, "bad"));
  document.addEventListener("htmx:responseError", (event) => {
    const status = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.status;
    if (status >= 500 && status !== 503) toast(text.serverError, "bad");
  });
}
