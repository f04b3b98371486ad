// Choosing camera, microphone and loudspeaker, with a level and a test tone.
import { useEffect, useId, useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { useMedia, useReach } from "../../live/context";
import { type Choice, type DeviceLists, listDevices } from "../../live/devices";
import { playTone } from "../../live/sound";
import { LevelMeter } from "../../live/views/LevelMeter";
import { say } from "../text";

const NONE: DeviceLists = { microphone: [], camera: [], speaker: [] };

/** The devices that there are now; asked again when one is plugged in, and once the browser may tell their names. */
function useDevices(allowed: unknown): DeviceLists {
  const [lists, setLists] = useState(NONE);
  useEffect(() => {
    let here = true;
    const read = () => void listDevices().then((found) => here && setLists(found));
    read();
    navigator.mediaDevices?.addEventListener("devicechange", read);
    return () => {
      here = false;
      navigator.mediaDevices?.removeEventListener("devicechange", read);
    };
  }, [allowed]);
  return lists;
}

export function DevicePicker() {
  const { media } = useReach();
  const { choice, tracks } = useMedia();
  const lists = useDevices(tracks.microphone ?? tracks.camera);
  const choose = (change: Partial<Choice>) => void media.choose(change);
  return (
    <div class="devices">
      <Picker
        label={say("join.camera")}
        devices={lists.camera}
        value={choice.camera}
        onChoose={(camera) => choose({ camera })}
      />
      <Picker
        label={say("join.microphone")}
        devices={lists.microphone}
        value={choice.microphone}
        onChoose={(microphone) => choose({ microphone })}
      />
      {tracks.microphone && (
        <div class="devices-level">
          <LevelMeter track={tracks.microphone} label={say("join.level")} />
          <p class="muted small">{say("join.level_hint")}</p>
        </div>
      )}
      {lists.speaker.length > 0 && (
        <Picker
          label={say("join.speaker")}
          devices={lists.speaker}
          value={choice.speaker}
          onChoose={(speaker) => choose({ speaker })}
        />
      )}
      <TestTone speaker={choice.speaker} />
    </div>
  );
}

function Picker({
  label,
  devices,
  value,
  onChoose,
}: {
  label: string;
  devices: MediaDeviceInfo[];
  value: string;
  onChoose: (id: string) => void;
}) {
  const id = useId();
  const known = devices.some((device) => device.deviceId === value);
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <select
        id={id}
        class="input"
        value={known ? value : ""}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        <option value="">{say("join.default")}</option>
        {devices
          .filter((device) => device.deviceId !== "default")
          .map((device, index) => (
            <option key={device.deviceId} value={device.deviceId}>
              {device.label || say("join.unnamed", { number: index + 1 })}
            </option>
          ))}
      </select>
    </div>
  );
}

function TestTone({ speaker }: { speaker: string }) {
  const [playing, setPlaying] = useState(false);
  const test = async () => {
    setPlaying(true);
    await playTone(speaker).catch(() => undefined); // no loudspeaker at all: nothing is heard, which is the answer
    setPlaying(false);
  };
  return (
    <div>
      <Button size="small" icon="volume-2" disabled={playing} onClick={() => void test()}>
        {say(playing ? "join.testing" : "join.test")}
      </Button>
    </div>
  );
}
