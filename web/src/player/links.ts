/**
 * The addresses of the recording's files. They are good for some minutes only, so that a copied one is soon of no use; a page that
 * goes on playing asks for new ones in time, and everything that it loads goes out under the newest.
 */
import type { Reply } from "./beats";

/** What can be loaded now, what the recording has come to, and how long the addresses are good. */
export interface Media {
  state: string;
  master: string;
  audio: string | null;
  poster: string | null;
  thumbnails: string | null;
  /** So many smaller pictures there are to choose from. */
  smaller: number;
  lasts_s: number;
}

/** New ones are asked for when this part of the time has passed. */
const RENEW_AT = 2 / 3;
/** What an address needs at least to be worth a request. */
const LEAST_MS = 1_000;
const TOKEN = /\/phat\/[^/]+\//;

export class Links {
  private endsAtMs: number;
  private renewAtMs: number;
  private asking: Promise<void> | null = null;
  /** Why there are no new ones: nobody is signed in any more, or they may not watch any more. */
  ended = false;

  constructor(
    private media: Media,
    private readonly ask: () => Promise<Reply<Media>>,
    private readonly changed: (media: Media) => void,
    private readonly nowMs: () => number = () => Date.now(), // also counts while the machine sleeps
  ) {
    [this.endsAtMs, this.renewAtMs] = this.times(media);
  }

  get now(): Media {
    return this.media;
  }

  /** `url` under the newest address. */
  at(url: string): string {
    const token = TOKEN.exec(this.media.master);
    return token ? url.replace(TOKEN, () => token[0]) : url;
  }

  /** Resolves when the addresses are good, at once while they are. Never rejects: without a network they stay what they are. */
  async fresh(): Promise<void> {
    const now = this.nowMs();
    if (this.ended || now < this.renewAtMs) return;
    const asked = this.renew();
    if (now > this.endsAtMs - LEAST_MS) await asked;
  }

  /** Ask for new ones. */
  renew(): Promise<void> {
    this.asking ??= this.replace().finally(() => (this.asking = null));
    return this.asking;
  }

  /** The server refused an address. False where new ones will not help. */
  refused(): boolean {
    this.endsAtMs = this.renewAtMs = 0;
    return !this.ended;
  }

  private async replace(): Promise<void> {
    const askedMs = this.nowMs();
    const reply = await this.ask();
    if (reply.ok) {
      this.media = reply.body;
      [this.endsAtMs, this.renewAtMs] = this.times(reply.body, askedMs);
    } else if (reply.why !== "offline") {
      this.ended = true;
    }
    if (reply.ok || this.ended) this.changed(this.media);
  }

  private times(media: Media, fromMs = this.nowMs()): [number, number] {
    return [fromMs + media.lasts_s * 1000, fromMs + media.lasts_s * 1000 * RENEW_AT];
  }
}
