/** What the page shows of the progress: the ring, the sentence, the bar of what is watched, the notes of the chapters. */
import type { Progress } from "./requests";
import { length, nextGap, within, without, type Span } from "./spans";
import { say } from "./text";

export interface Chapter {
  at_ms: number;
  end_ms: number;
  title: string;
  kind: string;
}

const SVG = "http://www.w3.org/2000/svg";
const BAR = 1000;

function rect(name: string, from: number, to: number): SVGRectElement {
  const shape = document.createElementNS(SVG, "rect");
  shape.setAttribute("class", name);
  shape.setAttribute("x", from.toFixed(2));
  shape.setAttribute("width", Math.max(0, to - from).toFixed(2));
  shape.setAttribute("height", "1");
  return shape;
}

export class Show {
  constructor(
    readonly durationMs: number,
    private readonly required: Span[],
    readonly chapters: Chapter[],
    private progress: Progress,
  ) {
    this.update(progress);
  }

  get watched(): Span[] {
    return this.progress.watched;
  }

  /** Where "go to what is not watched" leads from `positionMs`. */
  gap(positionMs: number): number | null {
    return nextGap(this.required, this.watched, positionMs);
  }

  update(progress: Progress): void {
    const wasDone = this.progress.done;
    this.progress = progress;
    const percent = Math.floor(progress.ratio * 100 + 1e-9);
    document.querySelector("[data-ring]")?.setAttribute("stroke-dasharray", `${percent < 100 ? percent : 101} 100`);
    const number = document.querySelector("[data-ring-text]");
    if (number) number.textContent = `${percent}%`;
    number?.closest("svg")?.setAttribute("aria-label", `${percent}%`);
    const text = document.querySelector("[data-watched-text]");
    if (text) text.textContent = progress.text;
    this.toggle("[data-next-unwatched]", without(this.required, progress.watched).length > 0);
    this.toggle("[data-all-watched]", progress.done);
    if (progress.done && !wasDone) this.markDone();
    this.bar();
  }

  private toggle(selector: string, shown: boolean): void {
    const element = document.querySelector<HTMLElement>(selector);
    if (element) element.hidden = !shown;
  }

  private markDone(): void {
    const chip = document.createElement("span");
    chip.className = "chip chip-ok";
    chip.textContent = say("stepDone");
    document.querySelector("[data-step-state]")?.replaceChildren(chip);
    const note = document.querySelector("[data-step-note]");
    if (note) note.textContent = this.progress.text;
  }

  private bar(): void {
    const place = (ms: number) => (ms / Math.max(1, this.durationMs)) * BAR;
    const shapes = this.progress.watched.map(([from, to]) => rect("is-watched", place(from), place(to)));
    const cuts = this.chapters.slice(1).map(({ at_ms }) => rect("is-cut", place(at_ms) - 1, place(at_ms) + 1));
    document.querySelector("[data-watched-bar]")?.replaceChildren(...shapes, ...cuts);
  }

  /** The number of the chapter that plays at `positionMs`; -1 before the first one. */
  chapterAt(positionMs: number): number {
    return this.chapters.filter(({ at_ms }) => at_ms <= positionMs + 250).length - 1;
  }

  /** The name of the chapter of that number; nothing before the first one. */
  titleOf(index: number): string {
    return this.chapters[index]?.title ?? "";
  }

  /** Bring the notes up to date; `current` is the chapter that plays. */
  notes(current: number): void {
    document.querySelectorAll("[data-chapters] > li").forEach((line, index) => {
      const chapter = this.chapters[index];
      const note = line.querySelector(".chapters-note");
      if (!chapter || !note) return;
      line.classList.toggle("is-current", index === current);
      if (index === current) line.querySelector("button")?.setAttribute("aria-current", "true");
      else line.querySelector("button")?.removeAttribute("aria-current");
      note.textContent = index === current ? say("watching") : this.note(chapter);
    });
  }

  private note(chapter: Chapter): string {
    const required = within(this.required, chapter.at_ms, chapter.end_ms);
    if (!required.length) return say("notRequired");
    const left = length(without(required, this.watched));
    if (left < 1000) return say("done");
    if (left === length(required)) return say("notYet");
    return left < 60_000 ? say("secondsLeft", { n: Math.round(left / 1000) }) : say("minutesLeft", { n: Math.ceil(left / 60_000) });
  }
}
