// One RTCPeerConnection that is kept alive: made anew, with backoff, whenever it fails. Nothing is ever renegotiated.
import { retryDelayMs } from "./socket";

export type PeerState = "idle" | "connecting" | "connected" | "broken";

/** A connection that only stumbles gets this long to find its way back before it is replaced. */
const STUMBLE_MS = 4_000;
const NEGOTIATION_MS = 12_000;

export abstract class Peer {
  protected connection: RTCPeerConnection | null = null;
  private current: PeerState = "idle";
  private attempt = 0;
  private generation = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `servers`: the TURN servers that the session names now, for those whose network lets no UDP out. */
  constructor(
    private readonly onState: (state: PeerState) => void,
    private readonly servers: () => RTCIceServer[] = () => [],
  ) {}

  get state(): PeerState {
    return this.current;
  }

  /** The connection to read statistics from, where there is one. */
  get live(): RTCPeerConnection | null {
    return this.connection;
  }

  /**
   * Describes itself to the node and learns the node's description. Rejects where the node or the socket does
   * not answer.
   */
  protected abstract negotiate(connection: RTCPeerConnection): Promise<void>;

  /** Makes a new connection now, in place of any that there is. */
  restart(): void {
    clearTimeout(this.timer);
    this.discard();
    void this.open(++this.generation);
  }

  close(): void {
    this.generation += 1;
    clearTimeout(this.timer);
    this.discard();
    this.become("idle");
  }

  private async open(generation: number): Promise<void> {
    this.become("connecting");
    const connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
      iceServers: this.servers(),
    });
    this.connection = connection;
    connection.onconnectionstatechange = () => {
      if (this.connection === connection) this.follow(connection.connectionState);
    };
    this.timer = setTimeout(() => this.retry(), NEGOTIATION_MS);
    try {
      await this.negotiate(connection);
    } catch {
      // Closed by us meanwhile, or the node does not answer: in both cases the state is told elsewhere, in words.
      if (generation === this.generation) this.retry();
    }
  }

  private follow(state: RTCPeerConnectionState): void {
    if (state === "connected") {
      clearTimeout(this.timer);
      this.attempt = 0;
      this.become("connected");
    } else if (state === "failed" || state === "closed") {
      this.retry();
    } else if (state === "disconnected") {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.retry(), STUMBLE_MS);
    }
  }

  private retry(): void {
    clearTimeout(this.timer);
    const generation = ++this.generation;
    this.discard();
    this.become("broken");
    this.timer = setTimeout(
      () => {
        if (generation === this.generation) this.restart();
      },
      retryDelayMs(this.attempt++, Math.random()),
    );
  }

  protected discard(): void {
    const old = this.connection;
    this.connection = null;
    if (!old) return;
    old.onconnectionstatechange = null;
    old.ontrack = null;
    old.close();
  }

  private become(state: PeerState): void {
    if (state === this.current) return;
    this.current = state;
    this.onState(state);
  }
}
