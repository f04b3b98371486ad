// The console's page: takes what the template gave and draws.
import "../live/live.css";
import "./console.css";
import { render } from "preact";
import { readConfig } from "../live/config";
import { startLivePage } from "../live/start";
import { ReachProvider } from "../live/context";
import { App } from "./views/App";

const config = readConfig("console-config");
const root = document.getElementById("console");
if (root) {
  void startLivePage(config, false).then((reach) => {
    render(
      <ReachProvider value={reach}>
        <App />
      </ReachProvider>,
      root,
    );
  });
}
