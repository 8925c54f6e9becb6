// The whole page behind the first question: the chat of the server that it came from, and its view.

import { Client } from "./client.js";
import { App } from "./view/app.js";

const url = new URL("ws", location.href);
url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
url.hash = "";

export const client = new Client(url.href, location.hostname);
export const app = new App(client.desk, client);
client.app = app;
app.changed();
void client.loadMore();
