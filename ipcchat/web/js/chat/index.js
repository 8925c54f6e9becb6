// The client library: what the page talks through.
//
// Rules:
// 1. It knows only `wire`; nothing of the page is imported.
// 2. What is decided is pure, what is done is thin: everything up to `conversation` takes lines and times; `socket` and
//    `running` add the WebSocket and the clock.
// 3. Every wait and every queue has a limit, and a program is told when it was reached.
//
// Reading order: events, errors, support, people, view (what one connection knows), hearing (lines to events), answers,
// asks, batches, capabilities, sasl, authentication, registration, multiline, session (one connection), catchup, missed,
// joining, presence (which channels we want to be in), outbox, delivery, standing, liveness, conversation (all of it
// over any number of connections), clock, socket, state, running, results, saying, pastCalls, channelCalls, peopleCalls,
// accountCalls, chat.

export { Chat, connect } from "./chat.js";
export * from "./errors.js";
export * from "./events.js";
export { Channel, Member, Person } from "./people.js";
export { READ_MARKER, SEARCH, emptyPage } from "./pastCalls.js";
export { REGISTRATION } from "./accountCalls.js";
export { EDITS } from "./hearing/messages.js";
export { State } from "./state.js";
