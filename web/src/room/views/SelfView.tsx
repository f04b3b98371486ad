// What this page sends of itself now: a small picture and words.
import { Chip } from "../../ui/Chip";
import { useLive, useMe, useMedia, useSnapshot } from "../../live/context";
import { airOf, isHeard, isNamed, mayBeSeen, sends } from "../../live/policy";
import { captionOf } from "../../live/roll";
import { say as sayLive } from "../../live/text";
import { useStreamOf, Video } from "../../live/views/Video";
import { say } from "../text";

export function SelfView() {
  const seat = useMe();
  const { program } = useSnapshot();
  const onAir = isHeard(program, seat.id) || mayBeSeen(program, seat.id);
  const { tracks, cameraOn } = useMedia();
  const stream = useStreamOf(cameraOn ? tracks.camera : null);
  return (
    <div class="self">
      {stream && (
        <div class="self-picture">
          <Video stream={stream} subject="self" label={say("bar.self")} mirrored testId="self-video" />
        </div>
      )}
      <div class="self-who">
        <div class="self-name truncate">{seat.name}</div>
        {!onAir && (
          <div class="muted small truncate self-caption">{captionOf(seat) || sayLive(`role.${seat.role}`)}</div>
        )}
        <AirState />
      </div>
    </div>
  );
}

function AirState() {
  const { me } = useLive();
  const { program } = useSnapshot();
  const { microphoneOn, cameraOn } = useMedia();
  const sent = sends(program, me, { microphone: microphoneOn, camera: cameraOn, screen: false });
  // Who waits in the queue may not speak yet: with the camera off, nothing is sent.
  if (!isNamed(program, me) && !sent.camera)
    return (
      <span class="muted small self-air" data-testid="air" data-air="off">
        {say("air.off")}
      </span>
    );
  const state = airOf(sent, program.speaker === me);
  const onAir = state !== "muted" && state !== "ready";
  return (
    <span class="self-air" data-testid="air" data-air={state}>
      <Chip tone={onAir ? "brand" : "gold"} live={onAir}>
        {say(`air.${state}`)}
      </Chip>
    </span>
  );
}
