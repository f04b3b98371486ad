// Whoever is on the main picture, with a name plate.
import { useEffect, useState } from "preact/hooks";
import { Chip } from "../../ui/Chip";
import { Icon } from "../../ui/Icon";
import { useLive, useMedia, useSnapshot } from "../context";
import { captionOf, seatOf } from "../roll";
import { say } from "../text";
import { type Motion, useStreamOf, Video } from "./Video";

const CAMERA_OFF_AFTER_MS = 5000;

export function Speaker() {
  const snapshot = useSnapshot();
  const { me } = useLive();
  const { streams, tracks } = useMedia();
  const { program } = snapshot;
  const [motion, setMotion] = useState<Motion>("waiting");
  const seat = seatOf(snapshot, program.speaker);
  const mine = seat?.id === me;
  const own = useStreamOf(mine ? tracks.camera : null);
  const subject = seat?.id ?? "";
  const stream = mine ? own : (streams.speaker ?? null);
  const on = program.state === "live" || program.state === "open";
  const seen = on && seat !== null && motion !== "waiting" && stream !== null;
  return (
    <figure class={seen ? "speaker" : "speaker is-empty"} data-testid="speaker" data-seat={subject}>
      <Video
        stream={on && seat ? stream : null}
        subject={subject}
        label={seat?.name ?? ""}
        onMotion={setMotion}
        testId="speaker-video"
      />
      {!seen && <Empty key={subject} there={seat?.online ?? false} nobody={seat === null} on={on} mine={mine} />}
      {seen && motion === "stalled" && (
        <span class="speaker-state">
          <Chip tone="bad" icon="pause">
            {say("picture.stalled")}
          </Chip>
        </span>
      )}
      {seat && (
        <figcaption class="plate">
          <div class="plate-name">{seat.name}</div>
          <div class="plate-caption">{captionOf(seat) || say(`role.${seat.role}`)}</div>
        </figcaption>
      )}
    </figure>
  );
}

/** In place of the picture: not here yet, still coming, or the camera is off. */
function Empty({ there, nobody, on, mine }: { there: boolean; nobody: boolean; on: boolean; mine: boolean }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), CAMERA_OFF_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const words = () => {
    if (nobody) return say("picture.nobody");
    if (!there) return say("link.absent");
    if (!on) return "";
    return say(mine || late ? "picture.no_camera" : "picture.waiting");
  };
  return (
    <div class="speaker-empty">
      <Icon name={nobody ? "tv" : "circle-user-round"} />
      <span>{words()}</span>
    </div>
  );
}
