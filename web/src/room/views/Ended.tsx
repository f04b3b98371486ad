// After the end: thanks, and the way to the replay as soon as it plays.
import { Progress } from "../../ui/Meter";
import { useReach, useSnapshot } from "../../live/context";
import { say as sayLive } from "../../live/text";
import { Card } from "../../live/views/Gone";
import { say } from "../text";

export function Ended() {
  const { config } = useReach();
  const { recording, session } = useSnapshot();
  const ready = recording.state === "ready" && recording.replay_url;
  return (
    <Card
      icon="flag"
      title={say("ended.title")}
      actions={
        <>
          <a class="button" href={config.homeUrl}>
            {sayLive("home")}
          </a>
          {session.module_url && (
            <a class={ready ? "button" : "button button-primary"} href={session.module_url}>
              {say("ended.module")}
            </a>
          )}
          {ready && (
            <a class="button button-primary" href={recording.replay_url ?? ""} data-testid="replay">
              {say("ended.replay")}
            </a>
          )}
        </>
      }
    >
      <p class="strong">{session.conference}</p>
      <p>{say("ended.thanks")}</p>
      <div role="status">
        {(recording.state === "finishing" || recording.state === "recording") && (
          <>
            <p>{say("ended.finishing")}</p>
            <Progress label={sayLive("recording.finishing")} tone="gold" />
          </>
        )}
        {recording.state === "trouble" && <p>{say("ended.trouble")}</p>}
      </div>
    </Card>
  );
}
