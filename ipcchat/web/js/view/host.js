// What the view asks of the rest of the program: one object with these methods, and nothing else.
//
// Rules:
// 1. The view reads the desk (js/model) and changes nothing in it but drafts, the folding of joins and parts, and a
//    scroll position of its own; everything else is asked of the host. Whoever changes the desk calls `app.changed()`.
// 2. A method that returns text returns "" when it is done, else one sentence for our user that says what to do.
// 3. A promise of the host is never rejected: what goes wrong is said in the buffer, or is the text that it returns.

/** @typedef {import("../model/buffer.js").Buffer} Buffer */
/** @typedef {import("../model/entries.js").Said} Said */

/**
 * What may be done to a message; the view shows a button for each.
 * @typedef {"reply" | "react" | "edit" | "delete" | "pin" | "link" | "resend" | "discard"} MessageAction
 */

/**
 * One way to go on with a text, as in js/model/completion.js.
 * @typedef {object} Candidate
 * @property {string} text what replaces the text from `start` to the cursor
 * @property {string} shown
 * @property {string} detail
 * @property {number} start
 */

/**
 * One message that was found.
 * @typedef {object} Found
 * @property {Buffer} buffer
 * @property {Said} said
 */

/**
 * @typedef {object} Results
 * @property {Found[]} found the latest first
 * @property {boolean} more whether there are older ones
 * @property {string} mistake why nothing was found out; "" when all is well
 */

/**
 * @typedef {object} Host
 * @property {import("../files.js").Files} files of the server
 * @property {string} suggestedNick the nick that was used last in this browser, or ""
 * @property {boolean} maySignUp whether the server registers accounts
 * @property {(buffer: Buffer, text: string, options: {replyTo: Said | null, editing: Said | null}) => string} send
 *   a message, another text of a message, or a command; with a reason the text stays in its field
 * @property {(buffer: Buffer, said: Said) => ReadonlySet<MessageAction>} actions what may be done to it now
 * @property {(buffer: Buffer, said: Said, sign: string) => void} react adds our reaction, or takes it back
 * @property {(buffer: Buffer, said: Said) => void} delete
 * @property {(buffer: Buffer, said: Said) => void} pin pins it, or takes the pin away
 * @property {(buffer: Buffer, said: Said) => void} resend sends a failed one again
 * @property {(buffer: Buffer, said: Said) => void} discard takes a failed one away
 * @property {(buffer: Buffer) => Promise<void>} loadOlder the page before the first entry
 * @property {(buffer: Buffer) => Promise<void>} loadNewer the page behind the last entry of a window that is not live
 * @property {(buffer: Buffer) => Promise<void>} loadLatest the window is live again
 * @property {(buffer: Buffer, msgid: string) => Promise<string>} jumpTo loads what is around a message
 * @property {(buffer: Buffer) => void} markRead all that is there was read just now
 * @property {(words: string, before: Said | null) => Promise<Results>} search what was said before that one
 * @property {(buffer: Buffer, state: "active" | "paused" | "done") => void} typing
 * @property {(buffer: Buffer) => void} go looks at a buffer
 * @property {(channel: string) => Promise<string>} join a channel, and looks at it
 * @property {(buffer: Buffer) => void} part leaves a channel, and takes its buffer off the list
 * @property {(nick: string) => void} openPerson looks at the conversation with somebody
 * @property {(buffer: Buffer, muted: boolean) => void} mute
 * @property {(before: string, asked: boolean) => readonly Candidate[]} complete how the text may go on at its end;
 *   `asked`: by a key, and not just by typing
 * @property {(nick: string) => Promise<string>} joinAsGuest
 * @property {(account: string, password: string, stays: boolean) => Promise<string>} logIn
 * @property {(account: string, password: string, address: string, stays: boolean) => Promise<string>} signUp
 *   `stays`: the next visit needs no login
 * @property {() => void} logOut
 * @property {() => Promise<import("../push.js").Push>} push to this browser while our user is away
 * @property {() => Promise<boolean>} isOperator of the network, as far as the server says
 * @property {() => void} reconnect tries to connect now
 * @property {() => void} awake the page is seen again, or the network is back: a connection that waits is tried now, one
 *   that seems to stand is asked whether it does
 * @property {() => readonly {usage: string, summary: string}[]} commands for help, in the order in which they are shown
 */

export {};
