// Where the page begins: the first question, who our user is, unless he stayed logged in; then everything else.
//
// Rules:
// 1. One can type before the chat is there: it is loaded when the first screen is, all of its modules at once. Whoever
//    answers sooner than that waits for it.
// 2. It is said when it cannot be loaded, and tried again with the next answer.

import { Kept } from "./kept.js";
import { Preferences } from "./view/preferences.js";
import { openWelcome } from "./view/welcome.js";
import { keptLogin } from "./staying.js";

/** @typedef {typeof import("./page.js")} Page */
/** @typedef {import("./view/welcome.js").Door} Door */

const NOT_LOADED = "The chat could not be loaded; try again, or load this page anew";

/** @type {Promise<Page> | null} */
let loading = null;

function load() {
  for (const link of document.querySelectorAll('link[rel="later"]')) link.setAttribute("rel", "modulepreload");
  loading ??= import("./page.js");
  return loading;
}

/** What the chat answers, when it is there. @param {(client: Page["client"]) => Promise<string>} ask */
async function asked(ask) {
  let page;
  try {
    page = await load();
  } catch {
    loading = null;
    return NOT_LOADED;
  }
  return ask(page.client);
}

new Preferences(() => {}); // The colours and the size are our user's from the first frame on.
const door = {
  suggestedNick: new Kept().nick,
  maySignUp: true,
  joinAsGuest: (/** @type {string} */ nick) => asked((client) => client.joinAsGuest(nick)),
  logIn: (/** @type {Parameters<Door["logIn"]>} */ ...words) => asked((client) => client.logIn(...words)),
  signUp: (/** @type {Parameters<Door["signUp"]>} */ ...words) => asked((client) => client.signUp(...words)),
};
const entered = () => void load().then(({ app }) => app.type());

/** Our user stayed logged in. */
async function comeBack() {
  const mistake = await asked((client) => client.comeBack());
  if (mistake) openWelcome(door, entered, { way: "logIn", told: mistake });
  else entered();
}

if (keptLogin() === null) openWelcome(door, entered);
else void comeBack();
addEventListener("load", () => void load().catch(() => {})); // Rule 2: it is said when somebody answers.
