"""The shell around core: sockets, threads, the journal's outcomes, time and signals.

    app        options, start, signals, graceful stop, exit codes
    process    what is set for the whole process: file limit, garbage collector, thread switching
    listeners  listener URLs, listening sockets, accepting
    connection one socket: bytes to messages, the send queue
    lane       one I/O loop: which sockets are ready, deadlines, cut-offs
    loops      the two hand-overs between core and a lane, in the same loop or in another thread
    outbox     one turn's output for a lane: every connection is written to once
    shell      the turn: messages and outcomes in, effects out
    logs       standard error: for people on a terminal, JSON lines elsewhere

Rules:
1. Core decides and the shell performs: nothing here knows a command or a channel.
2. Everything is batched by turns: one append to the journal, one write for each connection, one wake-up for each
   thread.
3. Nothing waits without a limit and nothing grows without a limit.
"""
