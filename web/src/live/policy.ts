// Who may be heard and seen, as the program says, and so what this page sends. Pure; the server enforces the same.
import type { ProgramView } from "../wire.gen";

export interface Wishes {
  microphone: boolean;
  camera: boolean;
  screen: boolean;
}

/** The seat's part in the program now. */
export type Part = "chair" | "presenter" | "holder" | "pinned" | "audience";

export function partOf(program: ProgramView, seat: string): Part {
  if (program.floor.holder === seat) return "holder";
  if (program.presenter === seat) return "presenter";
  if (program.chair === seat) return "chair";
  if (program.pinned === seat) return "pinned";
  return "audience";
}

function running(program: ProgramView): boolean {
  return program.state === "open" || program.state === "live";
}

/** Whether the seat's microphone is forwarded now. */
export function isHeard(program: ProgramView, seat: string): boolean {
  return running(program) && program.voices.includes(seat);
}

/** Whether the program names the seat now: it is heard, on the main picture, or has a part. Nobody is in a break. */
export function isNamed(program: ProgramView, seat: string): boolean {
  const named = program.speaker === seat || partOf(program, seat) !== "audience";
  return isHeard(program, seat) || (running(program) && named);
}

/** The first of the queue stand ready, whichever of them the chair takes. */
const READY_IN_QUEUE = 6;

/**
 * Whether the seat may come on the picture at any moment: then its camera is sent, so that the switch is immediate. The node
 * shows it to nobody before.
 */
export function mayBeSeen(program: ProgramView, seat: string): boolean {
  const place = placeInQueue(program, seat);
  const next = place > 0 && place <= READY_IN_QUEUE;
  return isNamed(program, seat) || (running(program) && next);
}

/** Whether the content is the seat's shared screen; a deck whose pages it turns is not. */
export function showsScreenOf(program: ProgramView, seat: string): boolean {
  return program.content.kind === "screen" && program.content.seat === seat;
}

/** What of its wishes a seat sends: nothing while it is not on air, and no sound or camera in a break. */
export function sends(program: ProgramView, seat: string, wishes: Wishes): Wishes {
  return {
    microphone: wishes.microphone && isHeard(program, seat),
    camera: wishes.camera && mayBeSeen(program, seat),
    screen: wishes.screen && showsScreenOf(program, seat),
  };
}

/** The seat's place in the queue, 1-based; 0 where it does not wait. */
export function placeInQueue(program: ProgramView, seat: string): number {
  return program.floor.queue.findIndex((request) => request.seat === seat) + 1;
}

/** What others have of a seat that is on air; see {@link airOf}. */
export type Air = "heard" | "heard_only" | "heard_unseen" | "seen_only" | "ready" | "muted";

/** `shown`: it is on the main picture. A camera that is sent but not shown stands ready, and nobody sees it. */
export function airOf(sent: Wishes, shown: boolean): Air {
  if (sent.microphone) return !sent.camera ? "heard_only" : shown ? "heard" : "heard_unseen";
  if (sent.camera) return shown ? "seen_only" : "ready";
  return "muted";
}
