/** The lines that say how it stands: saved or not, what is wrong and what to do, what is announced. */
import { iconElement } from "../site/toasts";
import type { Saved, SaveState } from "./saver";
import { say } from "./text";

/** In the province's time, like every other time on these pages. */
const timeOfDay = new Intl.DateTimeFormat("vi-VN", { timeStyle: "medium", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });

const part = <E extends HTMLElement>(name: string) => document.querySelector<E>(`[data-${name}]`);

export class Status {
  constructor(
    private readonly retry: () => void,
    private readonly reload: () => void,
  ) {}

  /** What became of a save. */
  saving(state: SaveState, saved?: Saved): void {
    if (state === "saving") this.line("loader-circle", say("saving"));
    if (state === "saved" && saved) {
      this.line("check", say("saved", { time: timeOfDay.format(saved.saved_ms) }));
      this.calm();
    }
    if (state === "offline") this.line("wifi-off", say("offline"));
    if (state === "stale") this.trouble(say("stale"), say("reload"), this.reload);
    if (state === "signed_out") this.trouble(say("signIn"), say("retry"), this.retry);
    if (state === "refused") this.trouble(say("failed"), say("retry"), this.retry);
  }

  handingIn(): void {
    this.line("loader-circle", say("handingIn"));
  }

  announce(words: string): void {
    const region = part("announce");
    if (region) region.textContent = words;
  }

  private line(icon: "check" | "wifi-off" | "loader-circle", words: string): void {
    const text = document.createElement("span");
    text.textContent = words;
    const line = part("saved");
    line?.replaceChildren(iconElement(icon), text);
    line?.classList.toggle("is-offline", icon === "wifi-off");
  }

  private trouble(words: string, action: string, act: () => void): void {
    const [box, line] = [part("trouble"), part("trouble-text")];
    if (!box || !line) return;
    const text = document.createElement("p");
    text.textContent = words;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = action;
    button.addEventListener("click", act);
    line.replaceChildren(text, button);
    box.hidden = false;
    part("saved")?.replaceChildren();
  }

  private calm(): void {
    const box = part("trouble");
    if (box) box.hidden = true;
  }
}
