// What the page's main.js is in tests of the view: the view over the fixtures. `chat` is for the tests.

import { App } from "../../ipcchat/web/js/view/app.js";
import { FakeHost, deskOf } from "./fixtures.js";

const asked = new URLSearchParams(location.search);
const { desk, network, past } = deskOf(Number(asked.get("entries") ?? 0));
const host = new FakeHost(desk, network, past);
const app = new App(desk, host);
host.app = app;
network.reads = (/** @type {import("../../ipcchat/web/js/model/buffer.js").Buffer} */ buffer) => app.reads(buffer);
app.changed();
if (asked.has("welcome")) void app.welcome();
Object.assign(window, { chat: { app, desk, network, host } });
