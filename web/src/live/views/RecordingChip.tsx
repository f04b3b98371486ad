import { Chip } from "../../ui/Chip";
import { useSnapshot } from "../context";
import { say } from "../text";

/** Whether the session is recorded now, in words. */
export function RecordingChip() {
  const { state } = useSnapshot().recording;
  if (state === "recording")
    return (
      <Chip tone="brand" live>
        {say("recording.recording")}
      </Chip>
    );
  if (state === "trouble")
    return (
      <Chip tone="bad" icon="triangle-alert">
        {say("recording.trouble")}
      </Chip>
    );
  if (state === "finishing") return <Chip tone="gold">{say("recording.finishing")}</Chip>;
  return state === "ready" ? <Chip tone="ok">{say("recording.ready")}</Chip> : null;
}
