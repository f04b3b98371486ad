// A video element that shows one track, and knows whether the picture moves.
import { useEffect, useRef, useState } from "preact/hooks";

export type Motion = "waiting" | "live" | "stalled";

const LOOK_EVERY_MS = 250;
const STALLED_AFTER_MS = 2000;

/**
 * Whether frames arrive. `subject` names who should be seen: when it changes, the old picture stands until the new
 * one comes, and counts as waiting once nothing came for two seconds; without a change that is a stalled picture.
 */
function useMotion(video: { current: HTMLVideoElement | null }, subject: string): Motion {
  const [motion, setMotion] = useState<Motion>("waiting");
  useEffect(() => {
    const changedAt = performance.now();
    let frames = -1;
    let movedAt = -Infinity;
    const look = () => {
      const now = performance.now();
      const count = video.current?.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
      if (frames >= 0 && count > frames) movedAt = now;
      frames = count;
      if (now - Math.max(movedAt, changedAt) < STALLED_AFTER_MS) {
        if (movedAt > changedAt) setMotion("live");
      } else {
        setMotion(movedAt > changedAt + 500 ? "stalled" : "waiting");
      }
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [video, subject]);
  return motion;
}

export function Video({
  stream,
  subject,
  label,
  mirrored = false,
  onMotion,
  testId,
}: {
  stream: MediaStream | null;
  subject: string;
  label: string;
  mirrored?: boolean;
  onMotion?: (motion: Motion) => void;
  testId?: string;
}) {
  const video = useRef<HTMLVideoElement>(null);
  const motion = useMotion(video, subject);
  useEffect(() => {
    const element = video.current;
    if (!element || element.srcObject === stream) return;
    element.srcObject = stream;
    if (stream) element.play().catch(() => undefined); // muted pictures may always play; a stream that ends stops it
  }, [stream]);
  useEffect(() => onMotion?.(motion), [motion, onMotion]);
  return (
    <video
      ref={video}
      class={mirrored ? "live-video is-mirrored" : "live-video"}
      aria-label={label}
      data-testid={testId}
      data-motion={motion}
      autoplay
      playsInline
      muted
    />
  );
}

/** A stream of one local track; the same object as long as the track is the same. */
export function useStreamOf(track: MediaStreamTrack | null): MediaStream | null {
  const [stream, setStream] = useState<MediaStream | null>(null);
  useEffect(() => setStream(track ? new MediaStream([track]) : null), [track]);
  return stream;
}
