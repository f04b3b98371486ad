// Cameras, microphones, loudspeakers: which there are, which was chosen, and what is wrong, as something that
// can be told.

export type Device = "microphone" | "camera";
export type Problem = "denied" | "missing" | "busy" | "insecure" | "failed";

export interface Choice {
  microphone: string;
  camera: string;
  speaker: string;
}

export interface DeviceLists {
  microphone: MediaDeviceInfo[];
  camera: MediaDeviceInfo[];
  speaker: MediaDeviceInfo[];
}

const KEY = "diemcau.devices";
const EMPTY: Choice = { microphone: "", camera: "", speaker: "" };

/** What was chosen in this browser before; "" means the system's default. */
export function readChoice(storage: Pick<Storage, "getItem"> = localStorage): Choice {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    const choice = { ...EMPTY };
    if (typeof stored !== "object" || stored === null) return choice;
    for (const [name, value] of Object.entries(stored)) {
      if (name in choice && typeof value === "string") choice[name as keyof Choice] = value;
    }
    return choice;
  } catch {
    return { ...EMPTY };
  }
}

export function rememberChoice(choice: Choice, storage: Pick<Storage, "setItem"> = localStorage): void {
  storage.setItem(KEY, JSON.stringify(choice));
}

/** What a failed getUserMedia means to a person. */
export function problemOf(error: unknown): Problem {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return "denied";
    case "SecurityError":
      return "insecure";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}

export async function listDevices(): Promise<DeviceLists> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== "");
  return { microphone: of("audioinput"), camera: of("videoinput"), speaker: of("audiooutput") };
}

function constraints(device: Device, id: string): MediaStreamConstraints {
  const deviceId = id ? { exact: id } : undefined;
  if (device === "microphone") {
    return { audio: { deviceId, echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
  }
  return { video: { deviceId, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } };
}

function hinted(device: Device, stream: MediaStream): MediaStreamTrack {
  const track = (device === "microphone" ? stream.getAudioTracks() : stream.getVideoTracks())[0];
  if (!track) throw new DOMException("no track", "NotFoundError");
  track.contentHint = device === "microphone" ? "speech" : "motion";
  return track;
}

function mediaDevices(): MediaDevices {
  // Missing on an insecure address, whatever the type says.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new DOMException("not a secure context", "SecurityError");
  return devices;
}

/** Microphone and camera, in this order, with one question to the person. Throws where either cannot be opened. */
export async function openTogether(choice: Choice): Promise<[MediaStreamTrack, MediaStreamTrack]> {
  const both = { ...constraints("microphone", choice.microphone), ...constraints("camera", choice.camera) };
  const stream = await mediaDevices().getUserMedia(both);
  return [hinted("microphone", stream), hinted("camera", stream)];
}

/**
 * Opens a device; where the chosen one is gone, the default one. Throws what the browser throws: see {@link
 * problemOf}.
 */
export async function openDevice(device: Device, id: string): Promise<MediaStreamTrack> {
  const open = async (wanted: string) => hinted(device, await mediaDevices().getUserMedia(constraints(device, wanted)));
  try {
    return await open(id);
  } catch (error) {
    if (id && problemOf(error) === "missing") return open("");
    throw error;
  }
}

/** Asks which screen or window to show. Rejects with NotAllowedError where the person changed their mind. */
export async function openScreen(): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getDisplayMedia({
    video: { frameRate: { ideal: 15, max: 15 } },
    audio: false,
  });
  const track = stream.getVideoTracks()[0];
  if (!track) throw new DOMException("no track", "NotFoundError");
  track.contentHint = "detail";
  return track;
}

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** Sends an element's sound to a chosen loudspeaker; the default one where the browser cannot, or it is gone. */
export async function routeSound(element: HTMLMediaElement, id: string): Promise<void> {
  if (!("setSinkId" in element)) return;
  await element.setSinkId(id).catch(() => element.setSinkId("").catch(() => undefined));
}
