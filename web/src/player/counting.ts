/** What is watched is told to the server: from the player's events to beats, and from the answers to the page. */
import { Beats, type PlayState } from "./beats";
import type { Note } from "./note";
import { askLease, sendBeats, type Progress } from "./requests";
import type { Show } from "./show";
import { say, type Word } from "./text";

const BEAT_EVERY_MS = 5_000;
const TROUBLES: Record<string, Word> = { offline: "offline", superseded: "superseded", signed_out: "signedOut", refused: "notCounted" };

export interface Counting {
  /** Whether only sound is played: it counts out of sight, too. */
  audioOnly(on: boolean): void;
  readonly credited: boolean;
}

/** Count from now on, whether or not `video` plays already. */
export function startCounting(video: HTMLVideoElement, urls: { lease: string; beats: string }, show: Show, note: Note): Counting {
  const positionMs = () => Math.round(video.currentTime * 1000);
  const beats = new Beats<Progress>({
    lease: () => askLease(urls.lease),
    send: (lease, audioOnly, batch) => sendBeats(urls.beats, lease, audioOnly, batch),
    progress: (progress) => {
      show.update(progress);
      show.notes(show.chapterAt(positionMs()));
    },
    trouble: (why) => {
      if (why || troubled) note.say(why ? say(TROUBLES[why] ?? "notCounted") : "");
      troubled = why !== null;
      if (why === "superseded") video.pause();
    },
    renewed: () => setTimeout(() => moving && beat(playingState())),
    nowMs: () => performance.now(),
  });
  let troubled = false;
  let lastPlayedMs = positionMs(); // where play was before a seek began
  let moving = false; // play goes on, sound and picture flow
  const beat = (state: PlayState, at = positionMs()) => beats.beat(state, at, video.playbackRate);
  const playingState = (): PlayState => (document.visibilityState === "hidden" && !beats.audioOnly ? "hidden" : "playing");
  const flows = () => !video.paused && !video.seeking && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;

  const goes = () => {
    moving = true;
    void beats.begin().then(() => moving && beat(playingState()));
  };
  video.addEventListener("play", () => beats.claim());
  video.addEventListener("playing", goes);
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
    if (!flows()) return;
    moving = true;
    beat(playingState());
  });
  video.addEventListener("timeupdate", () => {
    if (!video.seeking) lastPlayedMs = positionMs();
  });
  setInterval(() => moving && beat(playingState()), BEAT_EVERY_MS);
  document.addEventListener("visibilitychange", () => {
    if (moving) beat(playingState());
    void beats.flush();
  });
  window.addEventListener("pagehide", () => moving && beat("paused"));
  window.addEventListener("online", () => void beats.flush());
  if (flows()) goes();

  return {
    audioOnly: (on) => (beats.audioOnly = on),
    get credited() {
      return beats.credited;
    },
  };
}
