/** The editor's list: a row for each line, the chosen one with the form in it. Rows are kept while their lines are. */
import type { Line, Lines } from "./edits";
import { isTimed } from "./edits";
import { timeText } from "./cues";
import { fold } from "./fold";
import { say } from "./text";

interface Row {
  item: HTMLLIElement;
  button: HTMLButtonElement;
  time: HTMLElement;
  text: HTMLElement;
  line: Line | null;
}

export class List {
  private rows = new Map<number, Row>();
  private chosen: number | null = null;
  private playing: number | null = null;
  sought = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly form: HTMLFormElement,
  ) {}

  /** Bring the page to `lines`, with the form in the row of `chosen`. How many fit what is sought. */
  draw(lines: Lines, chosen: number | null): number {
    const present = new Set(lines.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (present.has(id)) continue;
      if (row.item.contains(this.form)) this.root.after(this.form);
      row.item.remove();
      this.rows.delete(id);
    }
    let fitting = 0;
    let before: HTMLElement | null = null;
    for (const line of lines) {
      const row = this.rows.get(line.id) ?? this.add(line.id);
      if (row.line !== line) fill(row, line);
      const fits = !this.sought || fold(`${line.speaker} ${line.text}`).text.includes(this.sought);
      if (fits) fitting += 1;
      row.item.hidden = !fits && line.id !== chosen;
      const place: Element | null = before ? before.nextElementSibling : this.root.firstElementChild;
      if (place !== row.item) this.root.insertBefore(row.item, place);
      before = row.item;
    }
    this.choose(chosen);
    return fitting;
  }

  private choose(id: number | null): void {
    const [before, now] = [this.rows.get(this.chosen ?? -1), this.rows.get(id ?? -1)];
    if (before && before !== now) {
      before.item.classList.remove("is-chosen");
      before.button.setAttribute("aria-expanded", "false");
    }
    this.chosen = now ? id : null;
    this.form.hidden = !now;
    if (!now) return;
    now.item.classList.add("is-chosen");
    now.button.setAttribute("aria-expanded", "true");
    if (this.form.parentElement !== now.item) now.item.append(this.form);
  }

  /** The line that is said now is marked. */
  mark(id: number | null): void {
    if (id === this.playing) return;
    this.rows.get(this.playing ?? -1)?.item.classList.remove("is-current");
    this.playing = id;
    const row = this.rows.get(id ?? -1);
    row?.item.classList.add("is-current");
    if (row && !this.root.matches(":focus-within")) row.item.scrollIntoView({ block: "nearest" });
  }

  show(id: number): void {
    this.rows.get(id)?.item.scrollIntoView({ block: "nearest" });
  }

  focus(id: number): void {
    this.rows.get(id)?.button.focus();
  }

  private add(id: number): Row {
    const item = document.createElement("li");
    item.dataset.id = String(id);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "caption-row";
    button.setAttribute("aria-expanded", "false");
    const [time, text] = [document.createElement("span"), document.createElement("span")];
    time.className = "chapters-time";
    text.className = "caption-words";
    button.append(time, text);
    item.append(button);
    const row: Row = { item, button, time, text, line: null };
    this.rows.set(id, row);
    return row;
  }
}

function fill(row: Row, line: Line): void {
  row.line = line;
  row.time.textContent = timeText(line.startMs).replace(/,\d+$/, "");
  row.text.textContent = (line.speaker ? `${line.speaker}: ` : "") + line.text || "…";
  row.item.classList.toggle("is-wrong", !isTimed(line));
  if (isTimed(line)) row.button.removeAttribute("aria-description");
  else row.button.setAttribute("aria-description", say("badEnd"));
}
