// Generated from conference/protocol.py by `node scripts/wire.mjs`; do not edit.

export type Command =
  | Hello
  | Heartbeat
  | Resync
  | UpOffer
  | DownStart
  | DownAnswer
  | SessionTo
  | AgendaStart
  | PresenterSet
  | SpeakerPin
  | FloorRequest
  | FloorWithdraw
  | FloorYield
  | FloorGrant
  | FloorRefuse
  | FloorMove
  | FloorRecall
  | ContentDeck
  | ContentScreen
  | ContentClear
  | ChatSend
  | Leave;
export type Event = ProgramChanged | SeatsChanged | DeckChanged | AgendaChanged | ChatPosted | RecordingChanged;
export type ServerMessage =
  | Welcome
  | Resynced
  | Ok
  | Failed
  | Alive
  | UpAnswer
  | DownOffer
  | LinkView
  | MediaLost
  | SeatTaken
  | ProgramChanged
  | SeatsChanged
  | DeckChanged
  | AgendaChanged
  | ChatPosted
  | RecordingChanged;

export interface Wire {
  command: Command;
  event: Event;
  server: ServerMessage;
}
/**
 * First message of a page. ``page`` is random, made once a tab and kept in sessionStorage: the same tab comes back into its
 * seat at once; another tab is refused (``seat.occupied``) unless it says ``take_over``.
 *
 * ``receive``: send the node's offer right after the welcome, as ``down.start`` would.
 */
export interface Hello {
  page: string;
  receive?: boolean;
  ref?: string | null;
  take_over?: boolean;
  type: "hello";
  version: number;
}
export interface Heartbeat {
  client_ms?: number | null;
  media_flowing?: boolean;
  number: number;
  ref?: string | null;
  type: "heartbeat";
}
export interface Resync {
  ref?: string | null;
  type: "resync";
}
export interface UpOffer {
  ref?: string | null;
  sdp: string;
  type: "up.offer";
}
export interface DownStart {
  ref?: string | null;
  type: "down.start";
}
export interface DownAnswer {
  ref?: string | null;
  sdp: string;
  type: "down.answer";
}
export interface SessionTo {
  ref?: string | null;
  state: "open" | "live" | "break" | "ended";
  type: "session.to";
}
export interface AgendaStart {
  item: string;
  ref?: string | null;
  type: "agenda.start";
}
export interface PresenterSet {
  ref?: string | null;
  seat: string | null;
  type: "presenter.set";
}
export interface SpeakerPin {
  ref?: string | null;
  seat: string | null;
  type: "speaker.pin";
}
export interface FloorRequest {
  ref?: string | null;
  type: "floor.request";
}
export interface FloorWithdraw {
  ref?: string | null;
  type: "floor.withdraw";
}
export interface FloorYield {
  ref?: string | null;
  type: "floor.yield";
}
export interface FloorGrant {
  ref?: string | null;
  seat: string;
  type: "floor.grant";
}
/**
 * Take a seat's request out of the queue.
 */
export interface FloorRefuse {
  ref?: string | null;
  seat: string;
  type: "floor.refuse";
}
export interface FloorMove {
  ref?: string | null;
  seat: string;
  to: number;
  type: "floor.move";
}
export interface FloorRecall {
  ref?: string | null;
  type: "floor.recall";
}
/**
 * Show page ``page`` of a deck, and so also: turn the page.
 */
export interface ContentDeck {
  deck: string;
  page: number;
  ref?: string | null;
  type: "content.deck";
}
/**
 * Show the screen of the seat that says so.
 */
export interface ContentScreen {
  ref?: string | null;
  type: "content.screen";
}
export interface ContentClear {
  ref?: string | null;
  type: "content.clear";
}
export interface ChatSend {
  ref?: string | null;
  room?: "all" | "technicians";
  text: string;
  type: "chat.send";
}
/**
 * The page says goodbye: presence ends now, not when the lease runs out.
 */
export interface Leave {
  ref?: string | null;
  type: "leave";
}
export interface ProgramChanged {
  kind: string;
  program: ProgramView;
  seq: number;
  type: "program.changed";
}
export interface ProgramView {
  agenda_done: string[];
  agenda_item: string | null;
  agenda_since_ms: number | null;
  chair: string | null;
  content: ContentView;
  ended_ms: number | null;
  floor: FloorView;
  pinned: string | null;
  presenter: string | null;
  speaker: string | null;
  started_ms: number | null;
  state: "scheduled" | "open" | "live" | "break" | "ended";
  voices: string[];
}
export interface ContentView {
  deck: string | null;
  kind: "none" | "deck" | "screen";
  page: number | null;
  pages: number | null;
  seat: string | null;
}
export interface FloorView {
  holder: string | null;
  queue: RequestView[];
  since_ms: number | null;
}
export interface RequestView {
  at_ms: number;
  seat: string;
}
/**
 * Seats are new, or have come online or gone. Who comes within a moment is told of together: the event stands for all the
 * numbers from ``first`` to ``seq``, and is applied by whoever knows of those before ``first``.
 */
export interface SeatsChanged {
  first: number;
  seats: SeatView[];
  seq: number;
  type: "seats.changed";
}
export interface SeatView {
  caption: string;
  hub: boolean;
  id: string;
  kind: "site" | "person";
  name: string;
  online: boolean;
  role: "chair" | "presenter" | "secretary" | "technician" | "site_operator" | "delegate" | "viewer";
}
export interface DeckChanged {
  deck: DeckView;
  seq: number;
  type: "deck.changed";
}
export interface DeckView {
  error: string | null;
  id: string;
  page_url: string;
  pages: number;
  state: "rendering" | "ready" | "failed";
  title: string;
}
export interface AgendaChanged {
  agenda: AgendaItemView[];
  seq: number;
  type: "agenda.changed";
}
export interface AgendaItemView {
  id: string;
  kind: "item" | "break";
  planned_minutes: number;
  planned_start_ms: number;
  presenter: string | null;
  title: string;
}
/**
 * ``message`` is None where this seat may not read it: the number is still used up, so that no gap appears.
 */
export interface ChatPosted {
  message: ChatView | null;
  seq: number;
  type: "chat.posted";
}
export interface ChatView {
  at_ms: number;
  id: string;
  room: "all" | "technicians";
  seat: string;
  text: string;
}
export interface RecordingChanged {
  recording: RecordingView;
  seq: number;
  type: "recording.changed";
}
export interface RecordingView {
  code: string | null;
  free_bytes: number | null;
  replay_url: string | null;
  state: "off" | "recording" | "finishing" | "ready" | "trouble";
}
export interface Welcome {
  abilities: string[];
  heartbeat_s: number;
  ice: IceServer[];
  seat: string;
  server_ms: number;
  snapshot: Snapshot;
  type: "welcome";
  version: number;
}
/**
 * A TURN server, in the words of the browser's ``RTCIceServer``.
 */
export interface IceServer {
  credential: string;
  urls: string[];
  username: string;
}
export interface Snapshot {
  agenda: AgendaItemView[];
  chat: ChatView[];
  decks: DeckView[];
  program: ProgramView;
  recording: RecordingView;
  seats: SeatView[];
  seq: number;
  session: SessionView;
}
export interface SessionView {
  conference: string;
  id: string;
  module_url: string | null;
  planned_start_ms: number;
  rehearsal: boolean;
  title: string;
}
export interface Resynced {
  ref: string | null;
  snapshot: Snapshot;
  type: "resynced";
}
export interface Ok {
  ref: string | null;
  type: "ok";
}
/**
 * A command was refused; nothing changed. ``text`` is in the page's language; ``code`` is stable.
 */
export interface Failed {
  code: string;
  ref: string | null;
  text: string;
  type: "error";
}
/**
 * Answer to a heartbeat. ``server_ms`` lets the page show the right time.
 */
export interface Alive {
  number: number;
  server_ms: number;
  type: "alive";
}
export interface UpAnswer {
  ref: string | null;
  sdp: string;
  type: "up.answer";
}
export interface DownOffer {
  ref: string | null;
  sdp: string;
  type: "down.offer";
}
/**
 * One seat's link as the node sees it, to that seat and to those who operate the session; not numbered, may be lost.
 */
export interface LinkView {
  down: boolean;
  down_bps: number;
  loss_down: number | null;
  loss_up: number | null;
  pictures: PictureLink[];
  rtt_ms: number | null;
  seat: string;
  sending: ("mic" | "camera" | "screen")[];
  type: "link";
  up: boolean;
  up_bps: number;
}
/**
 * What a seat is sent of a picture; see :class:`media.plane.PictureState`.
 */
export interface PictureLink {
  bps: number;
  height: number | null;
  layer: string;
  slot: "speaker" | "content";
  why: "best" | "line" | "rising" | "paused" | "waiting" | "silent" | "codec";
  width: number | null;
}
/**
 * The node has forgotten this seat's connections (restart, long silence): make them anew.
 */
export interface MediaLost {
  type: "media.lost";
}
/**
 * Another page of the same login has taken this seat; this page must not come back by itself.
 */
export interface SeatTaken {
  type: "seat.taken";
}
