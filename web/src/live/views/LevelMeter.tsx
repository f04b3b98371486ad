// The loudness of a microphone as a bar.
import { useEffect, useState } from "preact/hooks";
import { Meter } from "../../ui/Meter";
import { watchLoudness } from "../sound";

export function LevelMeter({ track, label }: { track: MediaStreamTrack; label: string }) {
  const [level, setLevel] = useState(0);
  useEffect(() => watchLoudness(track, setLevel), [track]);
  return <Meter value={level} label={label} />;
}
