// The page's sound and picture: both connections, its devices, and what is sent and when.
import {
  type Choice,
  type Device,
  openDevice,
  openScreen,
  openTogether,
  type Problem,
  problemOf,
  readChoice,
  rememberChoice,
} from "./devices";
import { Down, type SlotStreams } from "./down";
import type { Live } from "./live";
import type { PeerState } from "./peer";
import { partOf, sends, showsScreenOf } from "./policy";
import { CommandError } from "./socket";
import { LinkMeter, type LinkWord, linkWord } from "./stats";
import { Store } from "./store";
import { type Tracks, Up } from "./up";
import type { ProgramView } from "../wire.gen";

const LINK_EVERY_MS = 2_000;
/** Whoever comes in wants to hear and see first: what they send themselves may wait for that, but not for long. */
const UP_AFTER_MS = 2_000;

export interface MediaState {
  up: PeerState;
  down: PeerState;
  streams: SlotStreams;
  /** Open devices, whether or not they are sent now. */
  tracks: Tracks;
  /** What the person has switched on. */
  microphoneOn: boolean;
  cameraOn: boolean;
  problems: Partial<Record<Device, Problem>>;
  choice: Choice;
  link: LinkWord;
}

/** The node's offer, wanted at the hello, on its way behind the welcome. */
interface PromisedOffer {
  sdp: Promise<string>;
  come(sdp: string): void;
  /** A connection waits for it; another one asks for its own. */
  used: boolean;
}

function promisedOffer(): PromisedOffer {
  let come: PromisedOffer["come"] = () => undefined;
  const sdp = new Promise<string>((resolve) => (come = resolve));
  return { sdp, come, used: false };
}

const NO_TRACKS: Tracks = { microphone: null, camera: null, screen: null };

export class Media {
  readonly state = new Store<MediaState>({
    up: "idle",
    down: "idle",
    streams: {},
    tracks: NO_TRACKS,
    microphoneOn: false,
    cameraOn: false,
    problems: {},
    choice: readChoice(),
    link: "none",
  });
  private readonly up: Up;
  private readonly down: Down;
  private readonly meter = new LinkMeter();
  private received = 0;
  private receivedAtBeat = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  /** The up connection is to be made: when this runs out, when the down one stands, or when there is something to send. */
  private upTimer: ReturnType<typeof setTimeout> | undefined;
  private promised: PromisedOffer | null = null;
  private opening: Partial<Record<Device, Promise<MediaStreamTrack | null>>> = {};

  /** `publishes`: whether this surface ever sends; whether the seat may is asked of the server. */
  constructor(
    private readonly live: Live,
    private readonly publishes: boolean,
  ) {
    this.up = new Up(
      async (sdp) => {
        const answer = await live.ask({ type: "up.offer", sdp });
        if (answer.type !== "up.answer") throw new CommandError("media.no_answer");
        return answer.sdp;
      },
      (up) => this.state.set({ up }),
      () => live.iceServers,
    );
    this.down = new Down(
      {
        offer: async () => {
          if (this.promised && !this.promised.used) {
            this.promised.used = true;
            return this.promised.sdp;
          }
          const offer = await live.ask({ type: "down.start" });
          if (offer.type !== "down.offer") throw new CommandError("media.no_offer");
          return offer.sdp;
        },
        answer: async (sdp) => {
          await live.ask({ type: "down.answer", sdp });
        },
      },
      (streams) => this.state.set({ streams }),
      (down) => {
        this.state.set({ down });
        if (down !== "connected") return;
        this.startUp();
        void this.measure();
      },
      () => live.iceServers,
    );
    live.mediaFlowing = () => {
      const flowing = this.received > this.receivedAtBeat;
      this.receivedAtBeat = this.received;
      return flowing;
    };
    live.receives = () => {
      this.promised = this.down.state === "connected" ? null : promisedOffer();
      return this.promised !== null;
    };
    live.listen({
      welcome: () => this.connect(false),
      offered: (sdp) => this.promised?.come(sdp),
      mediaLost: () => this.connect(true),
      gone: () => this.close(),
      changed: (before, after) => this.follow(before?.program ?? null, after.program),
    });
  }

  /** Switches a device on or off; a device that cannot be opened is told in {@link MediaState.problems}. */
  async turn(device: Device, on: boolean): Promise<void> {
    const flag = device === "microphone" ? "microphoneOn" : "cameraOn";
    this.state.set({ [flag]: on });
    if (on) {
      const track = await this.open(device);
      if (!track) this.state.set({ [flag]: false });
      else track.enabled = true;
      // Switched off again while the browser was still asking.
      if (!this.state.get()[flag]) this.switchOff(device);
    } else {
      this.switchOff(device);
    }
    this.place();
  }

  /** Takes another device; opens it at once where the old one was open. */
  async choose(change: Partial<Choice>): Promise<void> {
    const choice = { ...this.state.get().choice, ...change };
    this.state.set({ choice });
    rememberChoice(choice);
    for (const device of ["microphone", "camera"] as const) {
      if (change[device] === undefined) continue;
      const wasOpen = this.state.get().tracks[device] !== null;
      this.release(device);
      if (wasOpen || this.state.get().problems[device]) await this.open(device);
    }
    this.place();
  }

  /** Opens a device without sending it, for the pre-join page. Null where it cannot be opened. */
  open(device: Device): Promise<MediaStreamTrack | null> {
    const have = this.state.get().tracks[device];
    if (have && have.readyState === "live") return Promise.resolve(have);
    this.opening[device] ??= this.acquire(device).finally(() => delete this.opening[device]);
    return this.opening[device];
  }

  /** Opens microphone and camera with one question of the browser; each is then told of on its own. */
  async openBoth(): Promise<void> {
    const { choice } = this.state.get();
    try {
      const [microphone, camera] = await openTogether(choice);
      this.opened("microphone", microphone);
      this.opened("camera", camera);
    } catch {
      // One of them is missing or refused: find out which.
      await this.open("microphone");
      await this.open("camera");
    }
  }

  /** Asks for a screen and shows it to everybody. Rejects with {@link CommandError} where the server refuses. */
  async shareScreen(): Promise<void> {
    let track: MediaStreamTrack;
    try {
      track = await openScreen();
    } catch (error) {
      if (problemOf(error) === "denied") return; // changed their mind in the browser's own dialog
      throw new CommandError("screen.failed");
    }
    this.keep("screen", track);
    track.onended = () => void this.stopScreen();
    try {
      await this.live.ask({ type: "content.screen" });
    } catch (error) {
      this.release("screen");
      throw error;
    }
    this.place();
  }

  /** Stops sharing; the content is cleared where it still is this screen. */
  async stopScreen(): Promise<void> {
    this.release("screen");
    this.place();
    const { snapshot, me } = this.live.state.get();
    const content = snapshot?.program.content;
    if (content?.kind === "screen" && content.seat === me) {
      // The server clears it when the page is gone.
      await this.live.ask({ type: "content.clear" }).catch(() => undefined);
    }
  }

  /** Everything is switched off and closed. */
  close(): void {
    clearInterval(this.timer);
    clearTimeout(this.upTimer);
    this.upTimer = undefined;
    this.up.close();
    this.down.close();
    for (const source of ["microphone", "camera", "screen"] as const) this.release(source);
    this.state.set({ microphoneOn: false, cameraOn: false, streams: {}, link: "none" });
  }

  private connect(anew: boolean): void {
    if (this.live.state.get().snapshot?.program.state === "ended") return;
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.measure(), LINK_EVERY_MS);
    const publishes = this.publishes && this.live.can("media.publish");
    if (anew) this.promised = null;
    const down = anew || this.promised?.used === false || this.down.state !== "connected";
    if (down) this.down.restart();
    if (!publishes || (!anew && this.up.state === "connected")) return;
    clearTimeout(this.upTimer);
    this.upTimer = setTimeout(() => this.startUp(), UP_AFTER_MS);
    if (!down) this.startUp();
    else this.place();
  }

  /** Makes the up connection, where it is due. */
  private startUp(): void {
    if (this.upTimer === undefined) return;
    clearTimeout(this.upTimer);
    this.upTimer = undefined;
    this.up.restart();
  }

  /**
   * The program moved on: whoever is given the floor is switched on (they asked for it), whoever gives it back
   * is muted.
   */
  private follow(before: ProgramView | null, after: ProgramView): void {
    const { me } = this.live.state.get();
    const was = before ? partOf(before, me) : null;
    const is = partOf(after, me);
    if (was !== null && is === "holder" && was !== "holder") {
      void this.turn("microphone", true);
      void this.turn("camera", true);
    } else if (was === "holder" && is === "audience") {
      void this.turn("microphone", false);
    }
    const screen = this.state.get().tracks.screen;
    if (screen && before && showsScreenOf(before, me) && !showsScreenOf(after, me)) this.release("screen");
    this.place();
    if (after.state === "ended") this.close();
  }

  private place(): void {
    const { snapshot, me } = this.live.state.get();
    const { tracks, microphoneOn, cameraOn } = this.state.get();
    if (!snapshot) {
      this.up.send(NO_TRACKS);
      return;
    }
    const wishes = { microphone: microphoneOn, camera: cameraOn, screen: tracks.screen !== null };
    const now = sends(snapshot.program, me, wishes);
    const sent = {
      microphone: now.microphone ? tracks.microphone : null,
      camera: now.camera ? tracks.camera : null,
      screen: now.screen ? tracks.screen : null,
    };
    this.up.send(sent);
    if (sent.microphone || sent.camera || sent.screen) this.startUp();
  }

  private async acquire(device: Device): Promise<MediaStreamTrack | null> {
    try {
      return this.opened(device, await openDevice(device, this.state.get().choice[device]));
    } catch (error) {
      this.state.set({ problems: { ...this.state.get().problems, [device]: problemOf(error) } });
      return null;
    }
  }

  private opened(device: Device, track: MediaStreamTrack): MediaStreamTrack {
    const problems = { ...this.state.get().problems };
    delete problems[device];
    this.state.set({ problems });
    this.keep(device, track);
    track.onended = () => this.unplugged(device, track);
    return track;
  }

  /** The cable was pulled, or the permission taken back. */
  private unplugged(device: Device, track: MediaStreamTrack): void {
    if (this.state.get().tracks[device] !== track) return;
    this.release(device);
    this.state.set({
      [device === "microphone" ? "microphoneOn" : "cameraOn"]: false,
      problems: { ...this.state.get().problems, [device]: "missing" },
    });
    this.place();
  }

  /** A muted microphone stays open, so that it comes back at once; a camera that is off must be seen to be off. */
  private switchOff(device: Device): void {
    const track = this.state.get().tracks[device];
    if (device === "camera") this.release("camera");
    else if (track) track.enabled = false;
  }

  private keep(source: keyof Tracks, track: MediaStreamTrack): void {
    this.release(source);
    this.state.set({ tracks: { ...this.state.get().tracks, [source]: track } });
  }

  private release(source: keyof Tracks): void {
    const track = this.state.get().tracks[source];
    if (!track) return;
    track.onended = null;
    track.stop();
    this.state.set({ tracks: { ...this.state.get().tracks, [source]: null } });
  }

  private async measure(): Promise<void> {
    try {
      const sample = await this.meter.sample(this.down.live, this.up.live);
      if (sample.received < this.receivedAtBeat) this.receivedAtBeat = 0; // a new connection counts from zero
      this.received = sample.received;
      const connected = this.down.state === "connected";
      this.state.set({ link: connected ? linkWord(sample) : "none" });
    } catch (error) {
      // A connection may be closed between the question and its answer.
      if (!(error instanceof DOMException)) throw error;
    }
  }
}
