// What is wrong with the devices, and what to do about it.
import type { Device, Problem } from "../live/devices";
import { say } from "./text";

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One sentence or two for a device that cannot be used. */
export function problemText(device: Device, problem: Problem): string {
  return capital(say(`problem.${problem}`, { device: say(`problem.${device}`) }));
}

export interface ProblemNotice {
  title: string;
  texts: string[];
}

/** One notice for all that is wrong; the same problem of both devices is said once. Null where all is well. */
export function notice(problems: Partial<Record<Device, Problem>>): ProblemNotice | null {
  const { microphone, camera } = problems;
  if (microphone && camera) {
    const devices = say("problem.both");
    const texts =
      microphone === camera
        ? [capital(say(`problem.${microphone}`, { device: devices }))]
        : [problemText("microphone", microphone), problemText("camera", camera)];
    return { title: say("problem.title", { devices }), texts };
  }
  const device = microphone ? "microphone" : "camera";
  const problem = microphone ?? camera;
  if (!problem) return null;
  return { title: say("problem.title", { devices: say(`problem.${device}`) }), texts: [problemText(device, problem)] };
}
