/** A recording that is still made: how far one is behind what happens, the way there, and its end. */
import type { HlsVideo } from "./loading";
import { clockText } from "./spans";
import { say } from "./text";

/** So near to the newest that can be played one is there: a segment and a bit. */
const THERE_S = 6;

/** Seconds of `video` that one is behind the newest that it could play now; null where that is not known. */
export function behindS(video: HlsVideo): number | null {
  const end = video.seekable.length ? video.seekable.end(video.seekable.length - 1) : null;
  const newest = video.api?.liveSyncPosition ?? end;
  return newest === null ? null : Math.max(0, newest - video.currentTime);
}

export interface Live {
  /** It is over: what was live is a recording like others. */
  end(): void;
}

export function startLive(video: HlsVideo, controller: HTMLElement): Live {
  const button = controller.querySelector<HTMLButtonElement>("[data-live]");
  const words = controller.querySelector("[data-live-text]");
  const show = () => {
    const behind = behindS(video);
    if (!button || !words || behind === null) return;
    const there = behind < THERE_S && !video.paused;
    button.classList.toggle("is-there", there);
    const text = there || behind < THERE_S ? say("live") : say("behind", { time: clockText(behind * 1000) });
    if (words.textContent !== text) words.textContent = text;
    button.setAttribute("aria-label", there ? say("isLive") : `${text}. ${say("goLive")}`);
    button.title = there ? say("isLive") : say("goLive");
  };
  button?.addEventListener("click", () => {
    const behind = behindS(video);
    if (behind !== null && behind >= 1) video.currentTime += behind;
    void video.play().catch(() => undefined);
  });
  for (const kind of ["timeupdate", "pause", "play", "seeked", "progress"]) video.addEventListener(kind, show);
  const timer = setInterval(show, 1_000);
  return {
    end: () => {
      clearInterval(timer);
      controller.classList.remove("is-live");
      button?.remove();
    },
  };
}
