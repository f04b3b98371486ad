/** Cutting a clip: the player sets the cut's beginning and end, plays it in a loop, and shows what the chosen shape makes of it. */
import { toast } from "../site/toasts";
import "./csp";
import "./labels";
import "media-chrome";
import "hls-video-element";
import "./player.css";
import { frameAt, frameMs, parseMs, written } from "./cut";
import { Links, type Media } from "./links";
import { Loading, type HlsVideo } from "./loading";
import { askLinks } from "./requests";
import { ShapePreview, type Preview } from "./shape-preview";
import { clockText } from "./spans";
import { say } from "./text";

interface Config {
  media: Media;
  links: string;
  fps: number;
  duration_ms: number;
  chapters: { at_ms: number; end_ms: number; title: string }[];
  preview: Preview;
}
type Which = "start" | "end";
type Loop = "all" | Which;

const MIN_MS = 10_000;
const MAX_MS = 600_000;
/** So much of the cut is played to judge its beginning or its end. */
const TASTE_MS = 3_000;
const SVG = "http://www.w3.org/2000/svg";

function start(): void {
  const source = document.getElementById("clip-config")?.textContent;
  const video = document.querySelector<HlsVideo>("[data-video]");
  const form = document.querySelector<HTMLFormElement>("[data-clip-form]");
  const fields: Record<Which, HTMLInputElement | null> = {
    start: document.querySelector<HTMLInputElement>("input[name=start_ms]"),
    end: document.querySelector<HTMLInputElement>("input[name=end_ms]"),
  };
  if (!source || !video || !form || !fields.start || !fields.end) return;
  const config = JSON.parse(source) as Config;
  const lastFrame = Math.max(0, frameAt(config.duration_ms - 2, config.fps));
  const words = document.querySelector<HTMLElement>("[data-clip-words]");
  const positionMs = () => Math.round(video.currentTime * 1000);
  const shape = () => form.querySelector<HTMLInputElement>("input[name=shape]:checked")?.value ?? "16x9";
  let loop: Loop | null = null;

  // The cut ------------------------------------------------------------------------------------------------------------
  const frameOf = (which: Which): number | null => {
    const ms = parseMs(fields[which]?.value ?? "");
    return ms === null ? null : Math.min(lastFrame, frameAt(ms, config.fps));
  };
  function set(which: Which, frame: number): void {
    const held = Math.min(lastFrame, Math.max(0, frame));
    fields[which]!.value = written(frameMs(held, config.fps));
    tell();
  }
  /** Into the frame's middle, so that no rounding shows its neighbour. */
  function seek(frame: number): void {
    video!.currentTime = (frame + 0.5) / config.fps;
  }
  function tell(): void {
    const [first, last] = [frameOf("start"), frameOf("end")];
    drawRange(first, last);
    if (!words || first === null || last === null) return;
    const frames = last - first + 1;
    const ms = (frames * 1000) / config.fps;
    const values = { time: clockText(Math.round(ms / 1000) * 1000), n: frames };
    const what = frames <= 1 ? "clipBackwards" : ms < MIN_MS ? "clipTooShort" : ms > MAX_MS ? "clipTooLong" : "clipLength";
    words.textContent = say(what, values);
    words.classList.toggle("bad-text", what !== "clipLength");
  }
  function drawRange(first: number | null, last: number | null): void {
    const bar = document.querySelector("[data-clip-range]");
    if (!bar || first === null || last === null) return;
    const rect = document.createElementNS(SVG, "rect");
    const share = (frame: number) => (1000 * frame) / (lastFrame + 1);
    rect.setAttribute("class", "is-watched");
    rect.setAttribute("x", String(share(first)));
    rect.setAttribute("width", String(Math.max(2, share(last + 1) - share(first))));
    rect.setAttribute("height", "1");
    bar.replaceChildren(rect);
  }

  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-clip-here]")) {
    button.hidden = false;
    button.addEventListener("click", () => set(button.dataset.clipHere as Which, frameAt(positionMs(), config.fps)));
  }
  for (const row of document.querySelectorAll<HTMLElement>("[data-clip-nudges], [data-clip-loops]")) row.hidden = false;
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-clip-nudge]")) {
    const which = button.dataset.clipNudge as Which;
    const by = button.dataset.by ?? "";
    const frames = by.endsWith("s") ? Math.round(parseFloat(by) * config.fps) : parseInt(by, 10);
    button.addEventListener("click", () => {
      endLoop();
      set(which, (frameOf(which) ?? 0) + frames);
      seek(frameOf(which) ?? 0);
    });
  }
  for (const which of ["start", "end"] as const) {
    fields[which]?.addEventListener("change", () => {
      const frame = frameOf(which);
      if (frame !== null) seek(frame);
      tell();
    });
  }
  document.querySelector<HTMLSelectElement>("[data-clip-chapter]")?.addEventListener("change", (event) => {
    const chapter = config.chapters[Number((event.target as HTMLSelectElement).value || "-1")];
    if (!chapter) return;
    const first = frameAt(chapter.at_ms, config.fps);
    const most = first + Math.floor((MAX_MS * config.fps) / 1000) - 1;
    set("start", first);
    set("end", Math.min(most, Math.max(first, frameAt(chapter.end_ms, config.fps) - 1)));
    const title = form.querySelector<HTMLInputElement>("input[name=title]");
    if (title && !title.value) title.value = chapter.title.slice(0, title.maxLength > 0 ? title.maxLength : 120);
    seek(first);
  });

  // Keys ------------------------------------------------------------------------------------------------------------------
  const move = (frames: number) => {
    endLoop();
    seek(Math.min(lastFrame, Math.max(0, frameAt(positionMs(), config.fps) + frames)));
  };
  const step = (frames: number) => {
    video.pause();
    move(frames);
  };
  const keys: Record<string, () => void> = {
    k: () => void (video.paused ? video.play().catch(() => undefined) : video.pause()),
    j: () => move(-10 * config.fps),
    l: () => move(10 * config.fps),
    ",": () => step(-1),
    ".": () => step(1),
    i: () => set("start", frameAt(positionMs(), config.fps)),
    o: () => set("end", frameAt(positionMs(), config.fps)),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.closest("input:not([type=radio], [type=checkbox]), select, dialog")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // Preview loops --------------------------------------------------------------------------------------------------------
  const loops = document.querySelectorAll<HTMLButtonElement>("[data-clip-loop]");
  function bounds(): [number, number] {
    const first = frameOf("start") ?? 0;
    const last = Math.max(first, frameOf("end") ?? 0);
    const taste = Math.round((TASTE_MS * config.fps) / 1000);
    if (loop === "start") return [first, Math.min(last, first + taste)];
    if (loop === "end") return [Math.max(first, last - taste), last];
    return [first, last];
  }
  function endLoop(): void {
    loop = null;
    for (const button of loops) button.setAttribute("aria-pressed", "false");
  }
  for (const button of loops) {
    button.addEventListener("click", () => {
      const wanted = button.dataset.clipLoop as Loop;
      const again = loop === wanted;
      endLoop();
      if (again) return video.pause();
      loop = wanted;
      button.setAttribute("aria-pressed", "true");
      seek(bounds()[0]);
      void video.play().catch(() => undefined);
    });
  }

  // What the shape shows ---------------------------------------------------------------------------------------------------
  const preview = new ShapePreview(
    config.preview,
    document.querySelector<SVGSVGElement>("[data-clip-frame]"),
    document.querySelector<HTMLCanvasElement>("[data-clip-canvas]"),
  );
  const picture = () => video.querySelector("video") ?? (video as unknown as { nativeEl?: HTMLVideoElement }).nativeEl ?? video;
  function show(): void {
    if (loop && !video!.paused) {
      const [first, last] = bounds();
      const at = frameAt(positionMs(), config.fps);
      if (at > last || at < first - config.fps) seek(first);
    }
    preview.show(shape(), positionMs(), picture());
    requestAnimationFrame(show);
  }
  video.addEventListener("ended", () => loop && (seek(bounds()[0]), void video.play().catch(() => undefined)));

  const links = new Links(config.media, () => askLinks(config.links), () => undefined);
  const loading = new Loading(video, links, {
    lost: (why) => toast(say(why === "offline" ? "offline" : "signedOut"), "bad"),
    found: () => undefined,
    loaded: () => undefined,
  });
  loading.load("master", null);
  tell();
  requestAnimationFrame(show);
}

start();
