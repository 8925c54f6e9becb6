// Push: the server's word to this browser while our user is away, shown by the service worker (sw.js).
//
// Rules:
// 1. Nothing is asked of the browser, and nothing registered, before our user switches it on.
// 2. Where it is on, it is renewed at each start: browsers change their endpoints.
// 3. Who switches it off, or logs out, is not pushed to any more: the browser forgets it, whether or not the server hears.
//
// Specification: W3C Push API, soju.im/webpush.

import { ChatError } from "./chat/errors.js";
import { printable } from "./text/printable.js";

/** @typedef {import("./chat/chat.js").Chat} Chat */
/** @typedef {import("./kept.js").Kept} Kept */

const WORKER = "sw.js";
const BLOCKED = "Your browser blocks notifications of this page. Allow them beside the address, then choose again.";
const NO_SERVICE = "Your browser has no push service, or cannot reach it now.";

export class Push {
  /** @param {() => Chat | null} chat @param {Kept} kept */
  constructor(chat, kept) {
    this.chat = chat;
    this.kept = kept;
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      const hash = data?.hash;
      if (typeof hash === "string" && hash.startsWith("#/c/")) location.hash = hash;
    });
  }

  /** Why there is no such thing, for our user; "" where there is. */
  get problem() {
    if (!isSecureContext) return "It takes a page that came by https.";
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
      return "Your browser cannot do it; on an iPhone or iPad, add this page to the home screen first.";
    }
    const chat = this.chat();
    if (!chat?.connected) return "There is no connection now.";
    if (!chat.support.get("VAPID")) return "This server does not do it.";
    return chat.account ? "" : "It takes an account: log in first.";
  }

  get isOn() {
    return this.kept.pushes;
  }

  /** Switch it on, by a click of our user; why that could not be, "" when it is. */
  async on() {
    if ((await Notification.requestPermission()) !== "granted") return BLOCKED;
    const mistake = await this.subscribe();
    this.kept.pushes = !mistake;
    return mistake;
  }

  /** What was on is still. */
  async renew() {
    if (this.isOn && !this.problem && Notification.permission === "granted") await this.subscribe();
  }

  async subscribe() {
    const chat = this.chat();
    if (chat === null) return "There is no connection now.";
    try {
      const subscription = await subscribed(keyOf(chat.support.get("VAPID") ?? ""));
      const { endpoint = "", keys } = subscription.toJSON();
      await chat.registerPush(endpoint, keys?.["p256dh"] ?? "", keys?.["auth"] ?? "");
      return "";
    } catch (error) {
      if (error instanceof ChatError) return printable(error.message);
      if (error instanceof DOMException) return error.name === "NotAllowedError" ? BLOCKED : NO_SERVICE;
      throw error;
    }
  }

  /** Switch it off. */
  async off() {
    this.kept.pushes = false;
    const registration = await navigator.serviceWorker?.getRegistration();
    const subscription = await registration?.pushManager.getSubscription();
    if (!subscription) return;
    const chat = this.chat();
    try {
      if (chat?.connected) await chat.unregisterPush(subscription.endpoint);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error; // Rule 3.
    }
    await subscription.unsubscribe();
  }
}

/** This browser's subscription for a server's key; one for another key is worth nothing.
 * @param {Uint8Array<ArrayBuffer>} key */
async function subscribed(key) {
  await navigator.serviceWorker.register(workerAddress());
  const { pushManager } = await navigator.serviceWorker.ready;
  const kept = await pushManager.getSubscription();
  if (kept !== null && !isSame(kept.options.applicationServerKey, key)) await kept.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** @param {ArrayBuffer | null} one @param {Uint8Array} other */
function isSame(one, other) {
  return one !== null && String(new Uint8Array(one)) === String(other);
}

/** The bytes that a text in base64url means. @param {string} text */
function keyOf(text) {
  const letters = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

/** @type {{createScriptURL: (url: string) => string} | null} */
let policy = null;

/** The worker's address, which the page's policy (Trusted Types) lets nothing else be. */
function workerAddress() {
  const { trustedTypes } = /** @type {any} */ (window);
  policy ??= trustedTypes?.createPolicy("worker", { createScriptURL: () => WORKER }) ?? { createScriptURL: (url) => url };
  return /** @type {{createScriptURL: (url: string) => string}} */ (policy).createScriptURL(WORKER);
}
