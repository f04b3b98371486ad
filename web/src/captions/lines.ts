/** What is said as a list of lines: searched without diacritics, followed while it plays, worked by keyboard. */
import { clockText } from "../player/spans";
import { cueAt, type Cue } from "./cues";
import { fold, places, type Folded } from "./fold";
import { say } from "./text";

export interface Parts {
  list: HTMLElement;
  search: HTMLInputElement;
  found: HTMLElement;
  follow: HTMLButtonElement;
  /** Play from there. */
  goTo(ms: number): void;
}

const TYPING_MS = 200;

export class Lines {
  private cues: readonly Cue[] = [];
  private folded: Folded[] = [];
  private rows: HTMLLIElement[] = [];
  private hits: number[] = [];
  private hit = -1;
  private current = -1;
  private following = true;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: Parts) {
    const { list, search, follow } = parts;
    search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.find(), TYPING_MS);
    });
    search.addEventListener("keydown", (event) => this.searchKey(event));
    list.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLLIElement>("li") : null;
      if (row) this.choose(Number(row.dataset.index));
    });
    list.addEventListener("keydown", (event) => this.listKey(event));
    // Whoever scrolls wants to read there; the list stands still until they ask for more.
    for (const kind of ["wheel", "touchmove", "pointerdown"]) list.addEventListener(kind, () => this.setFollowing(false), { passive: true });
    follow.addEventListener("click", () => {
      if (this.parts.search.value) {
        this.parts.search.value = "";
        this.find();
      }
      this.setFollowing(true);
      this.centre();
    });
  }

  show(cues: readonly Cue[]): void {
    this.cues = cues;
    this.folded = cues.map((cue) => fold(cue.speaker ? `${cue.speaker}: ${cue.text}` : cue.text));
    this.rows = cues.map((cue, index) => row(cue, index));
    this.current = -1;
    this.parts.list.replaceChildren(...this.rows);
    this.reach(0);
    this.find();
  }

  /** The recording stands at `ms`. */
  tick(ms: number): void {
    const index = cueAt(this.cues, ms);
    if (index === this.current) return;
    const before = this.rows[this.current];
    before?.classList.remove("is-current");
    before?.querySelector("button")?.removeAttribute("aria-current");
    this.current = index;
    const now = this.rows[index];
    now?.classList.add("is-current");
    now?.querySelector("button")?.setAttribute("aria-current", "true");
    if (this.following && !this.parts.list.matches(":focus-within")) this.centre();
  }

  private setFollowing(on: boolean): void {
    this.following = on;
    this.parts.follow.hidden = on;
  }

  /** Bring the current line to the middle of the list; the page itself stays where it is. */
  private centre(): void {
    const line = this.rows[this.current];
    const { list } = this.parts;
    if (line && !line.hidden) list.scrollTop = line.offsetTop - list.offsetTop - (list.clientHeight - line.offsetHeight) / 2;
  }

  private find(): void {
    clearTimeout(this.typing);
    this.typing = undefined;
    const sought = fold(this.parts.search.value).text;
    this.hits = [];
    this.hit = -1;
    this.rows.forEach((line, index) => {
      const [cue, folded] = [this.cues[index], this.folded[index]];
      if (!cue || !folded) return;
      const found = places(folded, sought);
      if (found.length) this.hits.push(index);
      line.hidden = sought !== "" && !found.length;
      if (found.length || line.dataset.marked) mark(line, cue, found);
    });
    this.parts.found.textContent = !sought ? "" : this.hits.length ? say("hits", { n: this.hits.length }) : say("noHits");
    if (sought) {
      this.setFollowing(false);
      this.parts.list.scrollTop = 0;
      this.reach(this.hits[0] ?? 0);
    } else if (this.cues.length) this.centre();
  }

  private choose(index: number): void {
    const cue = this.cues[index];
    if (!cue) return;
    this.reach(index);
    this.hit = this.hits.indexOf(index);
    this.parts.goTo(cue.startMs);
  }

  private searchKey(event: KeyboardEvent): void {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.step(-1, 1);
    } else if (event.key === "Enter" && this.parts.search.value) {
      event.preventDefault();
      if (this.typing) this.find(); // faster than the pause that ends typing
      if (!this.hits.length) return;
      this.hit = (this.hit + (event.shiftKey ? -1 : 1) + this.hits.length) % this.hits.length;
      const index = this.hits[this.hit] ?? 0;
      const cue = this.cues[index];
      if (!cue) return;
      this.reach(index);
      this.rows[index]?.scrollIntoView({ block: "nearest" });
      this.parts.goTo(cue.startMs);
      this.parts.found.textContent = say("hit", { i: this.hit + 1, n: this.hits.length, time: clockText(cue.startMs), text: cue.text });
    }
  }

  private listKey(event: KeyboardEvent): void {
    const at = this.rows.findIndex((line) => line.contains(document.activeElement));
    if (event.key === "ArrowDown") this.step(at, 1);
    else if (event.key === "ArrowUp") this.step(at, -1);
    else if (event.key === "Home") this.step(-1, 1);
    else if (event.key === "End") this.step(this.rows.length, -1);
    else if (event.key === "Escape") this.parts.search.focus();
    else return;
    event.preventDefault();
  }

  /** Focus the next line that is shown; above the first one is the search. */
  private step(from: number, direction: 1 | -1): void {
    let index = from + direction;
    while (this.rows[index]?.hidden) index += direction;
    if (!this.rows[index]) {
      if (direction < 0) this.parts.search.focus();
      return;
    }
    this.setFollowing(false);
    this.reach(index);
    this.rows[index]?.querySelector("button")?.focus();
  }

  /** The one line that Tab reaches; arrows go on from it. */
  private reach(index: number): void {
    this.parts.list.querySelector('button[tabindex="0"]')?.setAttribute("tabindex", "-1");
    this.rows[index]?.querySelector("button")?.setAttribute("tabindex", "0");
  }
}

function row(cue: Cue, index: number): HTMLLIElement {
  const line = document.createElement("li");
  line.dataset.index = String(index);
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  const time = document.createElement("span");
  time.className = "chapters-time";
  time.textContent = clockText(cue.startMs);
  const text = document.createElement("span");
  text.className = "captions-text";
  button.append(time, text);
  line.append(button);
  mark(line, cue, []);
  return line;
}

/** The line's words, with what was found in them marked. `found` counts in the speaker's name and the text together. */
function mark(line: HTMLLIElement, cue: Cue, found: [number, number][]): void {
  const whole = cue.speaker ? `${cue.speaker}: ${cue.text}` : cue.text;
  const parts: Node[] = [];
  let at = 0;
  for (const [from, to] of found) {
    const marked = document.createElement("mark");
    marked.textContent = whole.slice(from, to);
    parts.push(document.createTextNode(whole.slice(at, from)), marked);
    at = to;
  }
  parts.push(document.createTextNode(whole.slice(at)));
  line.querySelector(".captions-text")?.replaceChildren(...parts);
  if (found.length) line.dataset.marked = "yes";
  else delete line.dataset.marked;
}
