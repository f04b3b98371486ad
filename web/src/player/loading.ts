/** Loading the recording, and going on where the network, or the time of a link, was lost. */
import type { ErrorData, LoadPolicy, HlsConfig, RetryConfig } from "./hls";
import { Hls } from "./hls";
import type { Links } from "./links";

export type HlsVideo = HTMLVideoElement & { api: Hls | null; config: Partial<HlsConfig> | null };

/** So long it is waited before another attempt, longer each time. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 20_000];
const REFUSALS_AT_MOST = 3;
/**
 * So many segments behind the newest the live broadcast is played: one that plays, and one in hand for the playlist that is asked
 * for once a segment. After a stall hls.js stays further behind, a second each time, until it is three.
 */
const LIVE_SEGMENTS_BEHIND = 2;

/** hls.js asks under the newest address, and once more where the server refused one. */
export function hlsConfig(links: Links): Partial<HlsConfig> {
  const policy = (of: LoadPolicy): LoadPolicy => ({
    default: { ...of.default, errorRetry: of.default.errorRetry && again(of.default.errorRetry, links) },
  });
  const usual = Hls.DefaultConfig;
  return {
    liveSyncDurationCount: LIVE_SEGMENTS_BEHIND,
    xhrSetup: async (xhr, url) => {
      await links.fresh();
      xhr.open("GET", links.at(url), true);
    },
    manifestLoadPolicy: policy(usual.manifestLoadPolicy),
    playlistLoadPolicy: policy(usual.playlistLoadPolicy),
    fragLoadPolicy: policy(usual.fragLoadPolicy),
  };
}

function again(of: RetryConfig, links: Links): RetryConfig {
  return {
    ...of,
    shouldRetry: (_config, count, _isTimeout, response, usual) =>
      usual || ((response?.code === 403 || response?.code === 401) && count < REFUSALS_AT_MOST && links.refused()),
  };
}

export interface Parts {
  /** The player cannot go on at present: without a network, or because one is signed out. */
  lost(why: "offline" | "signed_out"): void;
  /** It goes on. */
  found(): void;
  /** What may be loaded is there: the first time, and after each change of what is loaded. */
  loaded(): void;
}

export class Loading {
  private file: "master" | "audio" = "master";
  private smaller = 0;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What is to be done once something is loaded: where to begin, whether to play, how fast. */
  private pending: { fromMs: number | null; goesOn: boolean; rate: number } | null = null;
  private lost = false;

  constructor(
    private readonly video: HlsVideo,
    private readonly links: Links,
    private readonly parts: Parts,
  ) {
    video.config = hlsConfig(links);
    video.addEventListener("loadedmetadata", () => this.begin());
    video.addEventListener("playing", () => {
      this.attempts = 0;
      if (this.lost) parts.found();
      this.lost = false;
    });
    video.addEventListener("error", () => !video.api && this.fail()); // the browser's own HLS: it knows no other address
    // What is being loaded takes no time from the bar, and would begin where it was loaded from.
    const bar = video.closest("media-controller")?.querySelector("media-time-range");
    bar?.addEventListener("mediaseekrequest", (event) => {
      const ms = event instanceof CustomEvent ? Number(event.detail) * 1000 : 0;
      if (this.pending && ms > 0) this.pending.fromMs = ms;
    });
    window.addEventListener("online", () => this.timer !== undefined && this.recover());
  }

  get audioOnly(): boolean {
    return this.file === "audio";
  }

  /** Are there smaller pictures that came after what is loaded? */
  get hasMore(): boolean {
    return this.file === "master" && this.links.now.smaller > this.smaller;
  }

  /** Where it plays, or will begin once it is loaded. */
  get atMs(): number {
    return Math.round(this.pending?.fromMs ?? this.video.currentTime * 1000);
  }

  /** Go on at `ms`: at once, or, while something else is being loaded, as soon as that is there. */
  goTo(ms: number): void {
    if (this.pending) this.pending.fromMs = ms;
    else this.video.currentTime = ms / 1000;
  }

  /** Play: at once, or as soon as what is being loaded is there. */
  play(): void {
    if (this.pending) this.pending.goesOn = true;
    else void this.video.play().catch(() => undefined); // the browser may want a click on the player first
  }

  /** Load sound and picture, or sound alone, from `fromMs` on (null: where it begins by itself). What played goes on. */
  load(file: "master" | "audio", fromMs: number | null): void {
    const { video, links } = this;
    const { goesOn, rate } = this.pending ?? { goesOn: false, rate: video.playbackRate };
    this.pending = { fromMs, goesOn: goesOn || !video.paused, rate };
    this.file = links.now.audio ? file : "master";
    this.smaller = links.now.smaller;
    const url = links.now[this.file] ?? links.now.master;
    if (video.src === url) video.load();
    else video.src = url;
    setTimeout(() => this.watch());
  }

  private begin(): void {
    const { video, pending } = this;
    this.pending = null;
    if (pending?.fromMs) video.currentTime = pending.fromMs / 1000;
    if (pending) video.playbackRate = pending.rate;
    this.parts.loaded();
    if (pending?.goesOn) void video.play().catch(() => undefined); // the browser may want a click first
  }

  private watch(): void {
    this.video.api?.on(Hls.Events.ERROR, (_event: string, data: ErrorData) => {
      if (data.fatal && data.type === Hls.ErrorTypes.NETWORK_ERROR) this.fail();
    });
  }

  private fail(): void {
    if (this.timer !== undefined) return;
    this.lost = true;
    if (!this.video.api) this.links.refused();
    const wait = RETRY_MS[Math.min(this.attempts, RETRY_MS.length - 1)];
    this.attempts += 1;
    if (this.links.ended || this.attempts > 1) this.parts.lost(this.links.ended ? "signed_out" : "offline");
    if (!this.links.ended) this.timer = setTimeout(() => this.recover(), wait);
  }

  private recover(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { video } = this;
    void this.links.fresh().then(() => {
      if (this.links.ended) this.parts.lost("signed_out");
      else if (video.api?.levels.length) video.api.startLoad(video.currentTime);
      else this.load(this.file, this.pending ? this.pending.fromMs : Math.round(video.currentTime * 1000));
    });
  }
}
