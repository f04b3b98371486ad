/** The line over the picture: what happens, and what one can do about it. */
export interface Action {
  words: string;
  act(): void;
}

export class Note {
  private readonly line: HTMLElement | null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(controller: HTMLElement) {
    this.line = controller.querySelector<HTMLElement>("[data-note]");
  }

  /** Say `words`, until something else is said or `forMs` have passed; nothing takes the line away. */
  say(words: string, action?: Action, forMs?: number): void {
    const { line } = this;
    if (!line) return;
    clearTimeout(this.timer);
    if (forMs) this.timer = setTimeout(() => this.say(""), forMs);
    line.hidden = !words;
    line.textContent = words;
    if (!action) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = action.words;
    button.addEventListener("click", () => {
      line.hidden = true;
      action.act();
    });
    line.append(" ", button);
  }
}
