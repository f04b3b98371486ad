// Whoever is on the main picture, with a name plate.
import { useEffect, useState } from "preact/hooks";
import { Chip } from "../../ui/Chip";
import { Icon } from "../../ui/Icon";
import { useLive, useMedia, useSnapshot } from "../context";
import { seatOf } from "../roll";
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
      <Video stream={on && seat ? stream : null} subject={subject} label={seat?.name ?? ""} onMotion={setMotion} testId="speaker-video" />
      {!seen && <Empty name={seat?.name ?? ""} waits={on && seat !== null && !mine} mine={mine} key={subject} />}
      {seen && motion === "stalled" && <span class="speaker-state"><Chip tone="bad" icon="pause">{say("picture.stalled")}</Chip></span>}
      {seat && (
        <figcaption class="plate">
          <div class="plate-name">{seat.name}</div>
          <div class="plate-caption">{seat.caption || say(`role.${seat.role}`)}</div>
        </figcaption>
      )}
    </figure>
  );
}

/** In place of the picture: still coming, or the camera is off. */
function Empty({ name, waits, mine }: { name: string; waits: boolean; mine: boolean }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), CAMERA_OFF_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const words = !name ? say("picture.nobody") : waits && !late ? say("picture.waiting") : waits || mine ? say("picture.no_camera") : "";
  return (
    <div class="speaker-empty">
      <Icon name={name ? "circle-user-round" : "tv"} />
      {words && <span>{words}</span>}
    </div>
  );
}
