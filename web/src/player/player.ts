import { becomeReplay } from "./becoming";
import { startCaptions, type CaptionConfig } from "./captions";
import { markChapters, startContents } from "./contents";
import { startCounting, type Counting } from "./counting";
import { startKeyboard } from "./keyboard";
import { Links, type Media } from "./links";
import { startLive } from "./live";
import { Loading, type HlsVideo } from "./loading";
import { Note } from "./note";
import { askLinks, type Progress } from "./requests";
import { startSharing } from "./sharing";
import { Show, type Chapter } from "./show";
import { clockText, type Span } from "./spans";
import { watchStalls } from "./stalls";
import { say } from "./text";
import { showThumbnails } from "./thumbnails";

/** What the page says of any recording that can be played. */
interface Playable extends Media {
  /** Where new addresses are had. */
  links: string;
  qr: string;
  address: string;
  /** The moment that the address asks for: read, null where it is none, and as it was written. */
  start_ms: number | null;
  start_text: string;
}

/** A finished one: watching it is counted. */
interface Replay extends Playable {
  live: false;
  lease: string;
  beats: string;
  duration_ms: number;
  position_ms: number;
  required: Span[];
  chapters: Chapter[];
  progress: Progress;
  captions: CaptionConfig;
}

type Config = Replay | (Playable & { live: true });

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
/** So near to an end it is better to begin anew than to go on. */
const NEAR_END_MS = 5_000;
/** How often a page looks whether what is live has become a recording: soon, once no more is added to it. */
const LOOK_EVERY_MS = 10_000;
const LOOK_SOON_MS = 2_000;
const NOTE_FOR_MS = 4_000;

function configOfPage(): Config | null {
  const source = document.getElementById("replay-config")?.textContent;
  return source ? (JSON.parse(source) as Config) : null;
}

export function startPlayer(): void {
  const config = configOfPage();
  const video = document.querySelector<HlsVideo>("[data-video]");
  const controller = document.querySelector<HTMLElement>("[data-player]");
  if (!config || !video || !controller) return;
  const note = new Note(controller);
  const positionMs = () => loading.atMs;
  let replay: { show: Show; counting: Counting } | null = null;

  // Loading ------------------------------------------------------------------------------------------------------------
  const listen = document.querySelector<HTMLButtonElement>("[data-audio-only]");
  const links = new Links(config, () => askLinks(config.links), mediaChanged);
  const loading = new Loading(video, links, {
    lost: (why) => note.say(say(why === "offline" ? "lost" : "signedOut")),
    found: () => note.say(""),
    loaded: () => replay && markChapters(video, replay.show),
  });
  function mediaChanged(media: Media): void {
    if (links.ended) note.say(say("signedOut"));
    if (listen) listen.hidden = !media.audio;
    showThumbnails(video!, media.thumbnails);
    offerMore();
  }
  /** Smaller pictures that came meanwhile: loading them interrupts, so that it is not done unasked. */
  function offerMore(): void {
    if (!replay || !loading.hasMore || video!.paused) return;
    note.say(say("morePictures"), { words: say("useThem"), act: () => play("master") }, 3 * NOTE_FOR_MS);
  }
  video.addEventListener("play", offerMore);
  function play(file: "master" | "audio"): void {
    loading.load(file, positionMs());
    const { audioOnly } = loading;
    replay?.counting.audioOnly(audioOnly);
    controller!.classList.toggle("is-audio-only", audioOnly);
    listen?.setAttribute("aria-pressed", String(audioOnly));
    note.say(audioOnly ? say("audioOnly") : "");
  }
  listen?.addEventListener("click", () => play(loading.audioOnly ? "master" : "audio"));
  watchStalls(video, () => {
    if (replay && loading.hasMore) play("master");
    else if (links.now.audio && !loading.audioOnly) note.say(say("slowLine"), { words: say("listenOnly"), act: () => play("audio") });
  });
  setInterval(() => void links.fresh(), Math.min(60_000, (config.lasts_s * 1000) / 4)); // pictures are asked for without hls.js
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void links.fresh());

  function goTo(ms: number): void {
    loading.goTo(ms);
    loading.play();
  }

  // The replay ---------------------------------------------------------------------------------------------------------
  let turnCaptions = () => {};
  function beReplay(of: Replay): void {
    const show = new Show(of.duration_ms, of.required, of.chapters, of.progress);
    replay = { show, counting: startCounting(video!, of, show, note) };
    startContents(video!, controller!, show, goTo);
    turnCaptions = startCaptions(video!, of.captions, goTo);
    document.querySelector("[data-next-unwatched]")?.addEventListener("click", toUnwatched);
  }
  function toUnwatched(): void {
    const at = replay?.show.gap(positionMs()) ?? null;
    if (at !== null) goTo(at);
  }
  function begin(of: Replay): void {
    const asked = of.start_ms !== null && of.start_ms < of.duration_ms ? of.start_ms : null;
    const resumes = of.position_ms > NEAR_END_MS && of.position_ms < of.duration_ms - NEAR_END_MS;
    const fromMs = asked ?? (resumes ? of.position_ms : 0);
    loading.load("master", fromMs);
    const missed = of.start_text && asked === null ? say("noMoment", { time: of.start_text }) : "";
    const begins = fromMs ? say(asked === null ? "resumed" : "startsAt", { time: clockText(fromMs) }) : missed && say("startsFirst");
    if (begins) {
      const anew = fromMs ? { words: say("fromStart"), act: () => goTo(0) } : undefined;
      note.say(`${missed} ${begins}`.trim(), anew);
    }
    const settled = () => setTimeout(() => replay?.counting.credited && !loading.audioOnly && note.say(""), NOTE_FOR_MS);
    video!.addEventListener("playing", settled, { once: true });
  }

  // Live ---------------------------------------------------------------------------------------------------------------
  function beLive(of: Playable): void {
    const live = startLive(video!, controller!);
    loading.load("master", of.start_ms);
    if (of.start_text && of.start_ms === null) note.say(say("noMoment", { time: of.start_text }), undefined, 3 * NOTE_FOR_MS);
    if (of.start_ms === null) video!.addEventListener("loadedmetadata", () => void video!.play().catch(() => undefined), { once: true });
    const look = async (): Promise<void> => {
      await links.renew();
      if (links.ended) return;
      if (links.now.state === "failed") return note.say(say("recordingFailed"));
      const next = links.now.state === "done" && (await becomeReplay()) ? configOfPage() : null;
      if (next && !next.live) {
        live.end();
        beReplay(next);
        markChapters(video!, replay!.show);
        return note.say(say("nowReplay"), undefined, 3 * NOTE_FOR_MS);
      }
      setTimeout(() => void look(), links.now.state === "live" ? LOOK_EVERY_MS : LOOK_SOON_MS);
    };
    setTimeout(() => void look(), LOOK_EVERY_MS);
  }

  // What one can do by keys --------------------------------------------------------------------------------------------
  const press = (selector: string) =>
    controller.querySelector(selector)?.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true }));
  startKeyboard({
    toggle: () => (video.paused ? loading.play() : video.pause()),
    move: (seconds) => loading.goTo(Math.min(Math.max(0, positionMs() + 1000 * seconds), endMs())),
    toFraction: (fraction) => loading.goTo(fraction * endMs()),
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
      const next = replay?.show.chapters[replay.show.chapterAt(positionMs()) + direction];
      if (next) goTo(next.at_ms);
    },
    unwatched: toUnwatched,
    captions: () => turnCaptions(),
    pictureInPicture: () => press("media-pip-button"),
    fullscreen: () => press("media-fullscreen-button"),
    help: () => (document.getElementById("keys") as HTMLDialogElement | null)?.showModal(),
  });
  function endMs(): number {
    if (Number.isFinite(video!.duration)) return video!.duration * 1000;
    if (video!.seekable.length) return video!.seekable.end(video!.seekable.length - 1) * 1000;
    return replay?.show.durationMs ?? 0;
  }

  mediaChanged(config);
  startSharing(positionMs, config);
  if (config.live) beLive(config);
  else {
    beReplay(config);
    begin(config);
  }

  // What is made of the recording can be used as soon as it is there: smaller pictures, the sound alone, the download.
  let making = false;
  let asked = false;
  document.addEventListener("htmx:afterSettle", () => {
    const card = document.getElementById("downloads");
    const running = Boolean(card?.querySelector(".renditions[hx-get]"));
    if (making && !running) void links.renew();
    making = running;
    if (asked || !card?.querySelector(".renditions[data-download]") || card.querySelector("a[download]")) return;
    asked = true;
    void window.htmx.ajax("get", location.href, { target: "#downloads", select: "#downloads", swap: "outerHTML" });
  });
}
