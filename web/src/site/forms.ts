import { iconHref } from "../ui/icons";
import { iconElement } from "./toasts";
import { text } from "./text";

/** `data-autosubmit` sends a form on change; password fields get a reveal button; the first wrong field takes focus. */
export function startForms(): void {
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element) event.target.closest<HTMLFormElement>("form[data-autosubmit]")?.requestSubmit();
  });
  document.querySelectorAll<HTMLInputElement>(".field input[type=password]").forEach(addReveal);
  document.querySelector<HTMLElement>("form [aria-invalid=true]")?.focus();
  // A second click while the first is on its way must not send twice; the page may come back from the history cache.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || event.defaultPrevented) return;
    setTimeout(() => (button.disabled = true));
    setTimeout(() => (button.disabled = false), 4000);
  });
}

function addReveal(input: HTMLInputElement): void {
  const wrap = document.createElement("div");
  wrap.className = "password";
  input.before(wrap);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button is-plain";
  button.setAttribute("aria-label", text.showPassword);
  button.append(iconElement("eye"));
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-label", shown ? text.showPassword : text.hidePassword);
    button.querySelector("use")?.setAttribute("href", iconHref(shown ? "eye" : "eye-off"));
  });
  wrap.append(input, button);
}
