/** Is the line too slow? Play that stops to wait, again and again. */
const TOO_MANY = 3;
const WITHIN_MS = 90_000;

export class Stalls {
  private at: number[] = [];

  /** Play stopped to wait. True where that has happened too often lately; then it begins to count anew. */
  stalled(nowMs: number): boolean {
    this.at = [...this.at.filter((ms) => nowMs - ms < WITHIN_MS), nowMs];
    if (this.at.length < TOO_MANY) return false;
    this.at = [];
    return true;
  }
}

/** A wait shorter than this is not felt. */
const FELT_MS = 700;

/** Calls `slow` when `video` has waited for the network too often. A wait after a jump, or at the very start, is none. */
export function watchStalls(video: HTMLVideoElement, slow: () => void): void {
  const stalls = new Stalls();
  let played = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const goesOn = () => clearTimeout(timer);
  video.addEventListener("waiting", () => {
    if (!played || video.seeking || video.paused) return;
    clearTimeout(timer);
    timer = setTimeout(() => stalls.stalled(performance.now()) && slow(), FELT_MS);
  });
  video.addEventListener("seeking", () => {
    played = false;
    goesOn();
  });
  for (const kind of ["pause", "emptied"]) video.addEventListener(kind, goesOn);
  video.addEventListener("timeupdate", () => {
    if (video.seeking || video.paused) return;
    if (video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) {
      played = true;
      goesOn();
    }
  });
}
