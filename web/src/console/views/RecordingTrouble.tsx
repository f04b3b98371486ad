// What is wrong with the recording, for those who can do something about it.
import { Icon } from "../../ui/Icon";
import { useSnapshot } from "../../live/context";
import { size } from "../../live/format";
import { sayCode, say as sayLive } from "../../live/text";

export function RecordingTrouble() {
  const { recording } = useSnapshot();
  if (recording.state !== "trouble") return null;
  const text = sayCode("recording", recording.code ?? "") ?? sayLive("recording.trouble");
  return (
    <div class="notice notice-bad" role="alert">
      <Icon name="triangle-alert" />
      <div class="notice-body">
        <p>
          {text}
          {recording.free_bytes !== null && ` ${sayLive("recording.free", { size: size(recording.free_bytes) })}`}
        </p>
        <p class="muted small">{recording.code}</p>
      </div>
    </div>
  );
}
