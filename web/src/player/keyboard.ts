/** The player's keys, wherever the focus is on the page; controls that use a key themselves keep it. */

export interface Player {
  toggle(): void;
  move(seconds: number): void;
  toFraction(fraction: number): void;
  louder(step: number): void;
  mute(): void;
  faster(direction: 1 | -1): void;
  chapter(direction: 1 | -1): void;
  unwatched(): void;
  captions(): void;
  pictureInPicture(): void;
  fullscreen(): void;
  help(): void;
}

const OWN_KEYS = "input, select, textarea, dialog, [contenteditable], media-playback-rate-menu, media-rendition-menu, [role=menu]";
const PRESSED = [
  "button, a, summary",
  ...["play", "seek-backward", "seek-forward", "mute", "playback-rate-menu", "rendition-menu", "pip", "fullscreen"].map((name) => `media-${name}-button`),
].join(", ");
const SLID = "media-time-range, media-volume-range";

/** What a key does; null where it does nothing. */
export function actionOf(key: string, player: Player): (() => void) | null {
  if (/^[0-9]$/.test(key)) return () => player.toFraction(Number(key) / 10);
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case "k":
    case " ":
      return () => player.toggle();
    case "j":
      return () => player.move(-10);
    case "l":
      return () => player.move(10);
    case "ArrowLeft":
      return () => player.move(-5);
    case "ArrowRight":
      return () => player.move(5);
    case "ArrowUp":
      return () => player.louder(0.1);
    case "ArrowDown":
      return () => player.louder(-0.1);
    case "m":
      return () => player.mute();
    case "<":
      return () => player.faster(-1);
    case ">":
      return () => player.faster(1);
    case "n":
      return () => player.chapter(1);
    case "p":
      return () => player.chapter(-1);
    case "u":
      return () => player.unwatched();
    case "c":
      return () => player.captions();
    case "i":
      return () => player.pictureInPicture();
    case "f":
      return () => player.fullscreen();
    case "?":
      return () => player.help();
    default:
      return null;
  }
}

/** Whether a press of the space bar there belongs to a control. */
export function presses(target: Pick<Element, "closest">): boolean {
  return target.closest(PRESSED) !== null;
}

export function startKeyboard(player: Player): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const onPage = target === document.body;
    if (target.closest(OWN_KEYS)) return;
    if (event.key === " " && presses(target)) return;
    if (event.key.startsWith("Arrow") && (target.closest(SLID) || !(onPage || target.closest("media-controller")))) return;
    const act = actionOf(event.key, player);
    if (!act) return;
    event.preventDefault();
    act();
  });
}
