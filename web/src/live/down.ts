// What this page receives: five fixed slots, whose tracks stay the same while the node changes who is in them.
import { Peer, type PeerState } from "./peer";
import { Playout } from "./playout";

export const VOICES = ["voice0", "voice1", "voice2"] as const;
export type Slot = (typeof VOICES)[number] | "speaker" | "content";
export type SlotStreams = Partial<Record<Slot, MediaStream>>;

const SLOTS: readonly string[] = [...VOICES, "speaker", "content"];

export interface DownExchange {
  offer(): Promise<string>;
  answer(sdp: string): Promise<void>;
}

export class Down extends Peer {
  private streams: SlotStreams = {};
  private playout: Playout | null = null;

  constructor(
    private readonly exchange: DownExchange,
    private readonly onStreams: (streams: SlotStreams) => void,
    onState: (state: PeerState) => void,
    servers?: () => RTCIceServer[],
  ) {
    super(onState, servers);
  }

  protected async negotiate(connection: RTCPeerConnection): Promise<void> {
    this.streams = {};
    connection.ontrack = (event) => {
      const slot = event.transceiver.mid;
      if (slot === null || !SLOTS.includes(slot)) return;
      // A stream of its own for each element; lips and sound are kept together by the stream that the node names.
      this.streams = { ...this.streams, [slot]: new MediaStream([event.track]) };
      this.onStreams(this.streams);
    };
    const offer = await this.exchange.offer();
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    const answer = await connection.createAnswer();
    await connection.setLocalDescription(answer);
    await this.exchange.answer(connection.localDescription?.sdp ?? "");
    if (this.connection === connection) this.playout = new Playout(connection);
  }

  protected override discard(): void {
    this.playout?.stop();
    this.playout = null;
    super.discard();
  }
}
