// Commands about one's own account. Passwords are asked for and not shown, never typed behind a command, where they
// would stand on the screen and in what Up brings back.

import { ChatError } from "../chat/errors.js";
import { printable } from "../text/printable.js";
import { command, firstWord } from "./commandTable.js";

/** @typedef {import("./commandTable.js").Room} Room */

const PASSWORD_TRIES = 3;

/** @param {Room} room @param {string} rest */
async function register(room, rest) {
  if (/\s/.test(rest) || (rest && !rest.includes("@"))) {
    room.tell("only an e-mail address stands behind /register; the password is asked for");
    return;
  }
  const registered = await room.chat.register(await newPassword(room), { email: rest });
  const name = printable(registered.account);
  if (registered.pending) {
    room.tell(printable(registered.text) || `${name} is registered`);
    room.tell("type /verify and the code that you are sent");
  } else {
    room.tell(yours(name));
    await room.loggedIn();
  }
}

/** @param {Room} room @param {string} rest */
async function verify(room, rest) {
  room.tell(yours(printable(await room.chat.verify(firstWord(rest)[0]))));
}

/** @param {Room} room @param {string} rest */
async function login(room, rest) {
  const account = firstWord(rest)[0] || room.chat.wantedNick;
  const password = await room.askSecret(`password of ${printable(account)}`);
  if (!password) {
    room.tell("not logged in");
    return;
  }
  await room.chat.login(account, password);
  await room.loggedIn();
  await room.tellUnread();
}

/** @param {Room} room */
async function logout(room) {
  await room.loggingOut();
  await room.chat.logout();
}

/** A registration is complete. @param {string} name */
function yours(name) {
  return `${name} is yours; log in as ${name} next time`;
}

/** A password, typed twice. Throws ChatError. @param {Room} room */
async function newPassword(room) {
  for (let turn = 0; turn < PASSWORD_TRIES; turn++) {
    const password = await room.askSecret("new password");
    if (!password) {
      throw new ChatError("nothing was registered");
    }
    if (await room.askSecret("once more") === password) {
      return password;
    }
    room.tell("these were two different passwords");
  }
  throw new ChatError("nothing was registered");
}

export const ACCOUNT_COMMANDS = [
  command("/register [EMAIL]", "Register your name, so that it is yours alone", register,
    { details: "You are asked for a password. From then on you log in with it. Some servers want an e-mail address, " +
      "to which they send a code for /verify." }),
  command("/verify CODE", "Complete your registration with a code", verify),
  command("/login [NAME]", "Log in to your account", login,
    { details: "You are asked for the password. Without a name it is the account of the name you wanted. What you " +
      "have not read yet is told." }),
  command("/logout", "Log out of your account", logout, { details: "The connection is made anew for it." }),
];
