// The room's page: takes what the template gave and draws.
import "../live/live.css";
import "./room.css";
import { render } from "preact";
import { readConfig } from "../live/config";
import { startLivePage } from "../live/start";
import { ReachProvider } from "../live/context";
import { App } from "./views/App";

const config = readConfig("room-config");
const root = document.getElementById("room");
if (root) {
  void startLivePage(config, true).then((reach) => {
    render(
      <ReachProvider value={reach}>
        <App />
      </ReachProvider>,
      root,
    );
  });
}
