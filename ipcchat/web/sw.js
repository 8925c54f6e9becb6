// The service worker: shows what the server pushes while no page of ours looks, and leads a click to the message.
//
// Rules:
// 1. It keeps nothing and answers no request: there is no chat without a connection.
// 2. A push is one line of IRC (soju.im/webpush): a message is shown, MARKREAD takes its conversation's away. What is
//    something else is shown as such, for browsers want to see something of every push.
// 3. It is one classic script: not every browser loads modules here, so what it reads of a line it reads by itself.

const CONTROLS = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-f]{6}(?:,[\da-f]{6})?)?|[\x00-\x1f\x7f]/gi;
const BODY_MAX = 300;

/** A line's msgid, who says it, the command and its parameters. */
function read(line) {
  const found = /^(?:@(\S+) +)?(?::(\S+) +)?(\S+)(?: +(.*))?$/s.exec(line);
  if (found === null) return null;
  const [, tags = "", source = "", command = "", rest = ""] = found;
  const [middle = "", ...last] = ` ${rest}`.split(" :");
  const params = middle.split(" ").filter(Boolean);
  if (last.length > 0) params.push(last.join(" :"));
  const msgid = tags.split(";").find((tag) => tag.startsWith("msgid="))?.slice("msgid=".length) ?? "";
  return { msgid, nick: source.split("!")[0] ?? "", command, params };
}

/** A text as people read it. */
function plain(text) {
  const action = /^\x01ACTION (.*?)\x01?$/s.exec(text);
  const words = (action === null ? text : action[1]).replace(CONTROLS, "");
  return words.length > BODY_MAX ? `${[...words].slice(0, BODY_MAX).join("")}…` : words;
}

/** What a message is shown as. */
function notification({ msgid, nick, params: [target = "", text = ""] }) {
  const channel = target.replace(/^[~&@%+]+(?=#)/, "");
  const isChannel = channel.startsWith("#");
  const place = isChannel ? channel : nick;
  const hash = `#/c/${encodeURIComponent(place)}${msgid ? `/${encodeURIComponent(msgid)}` : ""}`;
  const body = /^\x01ACTION /.test(text) ? `* ${nick} ${plain(text)}` : plain(text);
  const options = { body, tag: place.toLowerCase(), icon: "icon.svg", data: { hash } };
  return { title: isChannel ? `${nick} in ${channel}` : nick, options };
}

async function show(line) {
  const message = read(line);
  if (message?.command === "MARKREAD") {
    const tag = (message.params[0] ?? "").toLowerCase();
    for (const shown of await self.registration.getNotifications({ tag })) shown.close();
    return;
  }
  const isMessage = message?.command === "PRIVMSG" && message.nick !== "";
  const { title, options } = isMessage ? notification(message) : { title: "IPC Chat", options: { icon: "icon.svg" } };
  await self.registration.showNotification(title, options);
}

/** A page of ours goes there: one that is open, or a new one. */
async function go(hash) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => !new URL(url).pathname.endsWith("/admin"));
  if (page === undefined) return self.clients.openWindow(`./${hash}`);
  page.postMessage({ hash });
  return page.focus();
}

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(event.data?.text() ?? "")));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(go(event.notification.data?.hash ?? ""));
});
