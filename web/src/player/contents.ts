/** The lists to jump by: agenda, speakers, pages; and the strip of pages. What plays is marked in each. */
import type { Show } from "./show";

/** Tabs as WAI-ARIA describes them: arrows move between them, one of them is in the order of the Tab key. */
function startTabs(card: Element): void {
  const tabs = [...card.querySelectorAll<HTMLElement>("[role=tab]")];
  const choose = (chosen: HTMLElement) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = tab !== chosen;
    }
  };
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step ? tabs[(index + step + tabs.length) % tabs.length] : undefined;
      if (!next) return;
      event.preventDefault();
      choose(next);
      next.focus();
    });
  }
}

/** Marks the row of `list` whose stretch holds a moment; says which one where it has changed. */
export class Marks {
  private readonly rows: { button: HTMLElement; fromMs: number; toMs: number }[];
  private marked: HTMLElement | null = null;

  constructor(list: Element) {
    this.rows = [...list.querySelectorAll<HTMLElement>("button[data-at]")].map((button) => ({
      button,
      fromMs: Number(button.dataset.at),
      toMs: Number(button.dataset.end),
    }));
  }

  at(ms: number): HTMLElement | null {
    const row = this.rows.find(({ fromMs, toMs }) => fromMs <= ms + 250 && ms + 250 < toMs)?.button ?? null;
    if (row === this.marked) return null;
    this.marked?.removeAttribute("aria-current");
    this.marked?.parentElement?.classList.remove("is-current");
    row?.setAttribute("aria-current", "true");
    row?.parentElement?.classList.add("is-current");
    this.marked = row;
    return row;
  }
}

/** Bring `item` to the middle of the strip, without moving the page. */
function centre(strip: HTMLElement, item: HTMLElement): void {
  strip.scrollTo({ left: item.offsetLeft - strip.offsetLeft - (strip.clientWidth - item.offsetWidth) / 2 });
}

export function startContents(video: HTMLVideoElement, controller: Element, show: Show, goTo: (ms: number) => void): void {
  const card = document.querySelector("[data-contents]");
  if (card) startTabs(card);
  const strip = document.querySelector<HTMLElement>("[data-slides]");
  for (const list of document.querySelectorAll("[data-chapters], [data-marks], [data-slides]")) {
    list.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-at]") : null;
      if (button) goTo(Number(button.dataset.at));
    });
  }
  const lists = [...document.querySelectorAll("[data-marks]")].map((list) => new Marks(list));
  const pages = strip && new Marks(strip);
  const names = controller.querySelectorAll("[data-chapter-name], [data-sound-chapter]");
  let shown = -2;
  const follow = () => {
    const ms = Math.round(video.currentTime * 1000);
    for (const list of lists) list.at(ms);
    const page = pages?.at(ms);
    if (strip && page && !strip.matches(":hover, :focus-within")) centre(strip, page);
    const current = show.chapterAt(ms);
    if (current === shown) return;
    shown = current;
    for (const name of names) name.textContent = show.titleOf(current);
    show.notes(current);
  };
  video.addEventListener("timeupdate", follow);
  follow();
}

/** Chapters for the bar that one scrubs on. */
export function markChapters(video: HTMLVideoElement, show: Show): void {
  if (!show.chapters.length || [...video.textTracks].some((track) => track.kind === "chapters")) return;
  const track = video.addTextTrack("chapters", "", document.documentElement.lang);
  for (const { at_ms, end_ms, title } of show.chapters) track.addCue(new VTTCue(at_ms / 1000, end_ms / 1000, title));
  track.mode = "hidden";
}
