import { Beats, type PlayState } from "./beats";
import { startCaptions, type CaptionConfig } from "./captions";
import { startKeyboard } from "./keyboard";
import { askLease, sendBeats, type Progress } from "./requests";
import { Show, type Chapter } from "./show";
import { clockText, type Span } from "./spans";
import { say, type Word } from "./text";

interface Config {
  master: string;
  audio: string | null;
  lease: string;
  beats: string;
  duration_ms: number;
  position_ms: number;
  required: Span[];
  chapters: Chapter[];
  progress: Progress;
  captions: CaptionConfig;
}

const BEAT_EVERY_MS = 5_000;
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
/** So near to an end it is better to begin anew than to go on. */
const NEAR_END_MS = 5_000;
const TROUBLES: Record<string, Word> = { offline: "offline", superseded: "superseded", signed_out: "signedOut", refused: "notCounted" };

export function startPlayer(): void {
  const source = document.getElementById("replay-config")?.textContent;
  const video = document.querySelector<HTMLVideoElement>("[data-video]");
  const controller = document.querySelector<HTMLElement>("[data-player]");
  if (!source || !video || !controller) return;
  const config = JSON.parse(source) as Config;
  const show = new Show(config.duration_ms, config.required, config.chapters, config.progress);
  const positionMs = () => Math.round(video.currentTime * 1000);

  // Counting ---------------------------------------------------------------------------------------------------------
  const beats = new Beats<Progress>({
    lease: () => askLease(config.lease),
    send: (lease, audioOnly, batch) => sendBeats(config.beats, lease, audioOnly, batch),
    progress: (progress) => {
      show.update(progress);
      show.notes(show.chapterAt(positionMs()));
    },
    trouble: (why) => {
      note(why ? say(TROUBLES[why] ?? "notCounted") : "");
      if (why === "superseded") video.pause();
    },
    renewed: () => setTimeout(() => moving && beat(playingState())),
    nowMs: () => performance.now(),
  });
  let lastPlayedMs = 0; // where play was before a seek began
  let moving = false; // play goes on, sound and picture flow
  const beat = (state: PlayState, at = positionMs()) => beats.beat(state, at, video.playbackRate);
  const playingState = (): PlayState => (document.visibilityState === "hidden" && !beats.audioOnly ? "hidden" : "playing");

  video.addEventListener("play", () => beats.claim());
  video.addEventListener("playing", () => {
    moving = true;
    void beats.begin().then(() => moving && beat(playingState()));
  });
  const stopped = () => {
    if (moving && !video.seeking) beat("paused");
    moving = false;
  };
  video.addEventListener("pause", stopped);
  video.addEventListener("waiting", stopped);
  video.addEventListener("ended", () => beat("ended"));
  video.addEventListener("ratechange", () => moving && beat(playingState()));
  video.addEventListener("seeking", () => {
    if (moving) beat("paused", lastPlayedMs);
    moving = false;
  });
  video.addEventListener("seeked", () => {
    beat("seeked");
    if (!video.paused && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) {
      moving = true;
      beat(playingState());
    }
  });
  video.addEventListener("timeupdate", () => {
    if (!video.seeking) lastPlayedMs = positionMs();
    const current = show.chapterAt(positionMs());
    if (current !== shown) follow(current);
  });
  setInterval(() => moving && beat(playingState()), BEAT_EVERY_MS);
  document.addEventListener("visibilitychange", () => {
    if (moving) beat(playingState());
    void beats.flush();
  });
  window.addEventListener("pagehide", () => moving && beat("paused"));
  window.addEventListener("online", () => void beats.flush());

  // Chapters -----------------------------------------------------------------------------------------------------------
  let shown = -2;
  function follow(current: number): void {
    shown = current;
    const name = controller?.querySelector("[data-chapter-name]");
    if (name) name.textContent = config.chapters[current]?.title ?? "";
    show.notes(current);
  }
  document.querySelector("[data-chapters]")?.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-at]") : null;
    if (button) goTo(Number(button.dataset.at));
  });
  function goTo(ms: number): void {
    video!.currentTime = ms / 1000;
    void video!.play().catch(() => undefined); // the browser may want a click on the player first
  }
  function markChapters(): void {
    if (!config.chapters.length || [...video!.textTracks].some(({ kind }) => kind === "chapters")) return;
    const track = video!.addTextTrack("chapters", "", document.documentElement.lang);
    for (const { at_ms, end_ms, title } of config.chapters) track.addCue(new VTTCue(at_ms / 1000, end_ms / 1000, title));
    track.mode = "hidden";
  }

  // What one can do --------------------------------------------------------------------------------------------------
  function toUnwatched(): void {
    const at = show.gap(positionMs());
    if (at !== null) goTo(at);
  }
  document.querySelector("[data-next-unwatched]")?.addEventListener("click", toUnwatched);

  const listen = document.querySelector<HTMLButtonElement>("[data-audio-only]");
  listen?.addEventListener("click", () => load(beats.audioOnly ? config.master : (config.audio ?? config.master), positionMs()));

  startKeyboard({
    toggle: () => (video.paused ? void video.play().catch(() => undefined) : video.pause()),
    move: (seconds) => (video.currentTime = Math.min(Math.max(0, video.currentTime + seconds), video.duration || 0)),
    toFraction: (fraction) => (video.currentTime = fraction * (video.duration || 0)),
    louder: (step) => {
      video.volume = Math.min(1, Math.max(0, video.volume + step));
      if (step > 0) video.muted = false;
    },
    mute: () => (video.muted = !video.muted),
    faster: (direction) => {
      const at = RATES.findIndex((rate) => rate >= video.playbackRate);
      video.playbackRate = RATES[Math.min(RATES.length - 1, Math.max(0, at + direction))] ?? 1;
    },
    chapter: (direction) => {
      const next = config.chapters[show.chapterAt(positionMs()) + direction];
      if (next) goTo(next.at_ms);
    },
    unwatched: toUnwatched,
    fullscreen: () =>
      controller.querySelector("media-fullscreen-button")?.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true })),
    help: () => (document.getElementById("keys") as HTMLDialogElement | null)?.showModal(),
  });

  function note(words: string, action?: { words: string; act: () => void }): void {
    const line = controller?.querySelector<HTMLElement>("[data-note]");
    if (!line) return;
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

  // Loading ------------------------------------------------------------------------------------------------------------
  function load(url: string, fromMs: number): void {
    const [goOn, rate] = [!video!.paused, video!.playbackRate];
    beats.audioOnly = url === config.audio;
    controller!.classList.toggle("is-audio-only", beats.audioOnly);
    listen?.setAttribute("aria-pressed", String(beats.audioOnly));
    note(beats.audioOnly ? say("audioOnly") : "");
    video!.addEventListener(
      "loadedmetadata",
      () => {
        if (fromMs > 0) video!.currentTime = fromMs / 1000;
        video!.playbackRate = rate;
        markChapters();
        if (goOn) void video!.play().catch(() => undefined);
      },
      { once: true },
    );
    video!.src = url;
  }

  startCaptions(video, config.captions);
  const resumeMs = config.position_ms;
  const resumes = resumeMs > NEAR_END_MS && resumeMs < config.duration_ms - NEAR_END_MS;
  load(config.master, resumes ? resumeMs : 0);
  follow(show.chapterAt(resumes ? resumeMs : 0));
  if (resumes) note(say("resumed", { time: clockText(resumeMs) }), { words: say("fromStart"), act: () => goTo(0) });
  video.addEventListener("playing", () => setTimeout(() => beats.credited && !beats.audioOnly && note(""), 4_000), { once: true });

  // The download appears as soon as it is made.
  document.addEventListener("htmx:afterSettle", () => {
    const card = document.getElementById("downloads");
    const running = card?.querySelector(".renditions[hx-get]");
    if (!card || running || card.querySelector("a[download]") || card.dataset.asked || !card.querySelector(".renditions")) return;
    card.dataset.asked = "yes";
    void window.htmx.ajax("get", location.href, { target: "#downloads", select: "#downloads", swap: "outerHTML" });
  });
}
