// What is done for staying logged in: a token is got from the server, kept (staying.js), and given back.

import { ChatError, LoginFailed } from "./chat/errors.js";
import { dropLogin, keepLogin, keptLogin } from "./staying.js";

/** @typedef {import("./chat/chat.js").Chat} Chat */

export const NOT_KEPT = "This browser is not logged in any more. Log in again.";
// Who logs out is gone soon, whether or not the server hears of it.
const LAST_WORDS_MS = 2_000;

/** Keep what logs in the next time, where our user wants that and the server gives it.
 * @param {Chat} chat @param {boolean} wanted */
export async function stay(chat, wanted) {
  dropLogin();
  if (!wanted || !chat.account) return;
  try {
    keepLogin({ account: chat.account, token: await chat.rememberLogin() });
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
  }
}

/** Log in by itself no more: here, and on the server as far as it can be told. @param {Chat | null} chat */
export async function forgetLogin(chat) {
  const kept = keptLogin();
  dropLogin();
  if (kept === null || !chat?.connected || chat.account !== kept.account) return;
  const late = new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
  await Promise.race([chat.forgetLogin(kept.token).catch(() => {}), late]);
}

/** Whether the server has looked at what was kept, and will not have it. @param {unknown} error */
export function isRefused(error) {
  return error instanceof LoginFailed && error.isVerdict;
}
