"""IRC programs that people use, as tables: how each is started, what is typed for an act, and what can then be read.

Rules:
1. `started_by`, `set_up` and `secure` are what docs/clients.md tells people to type, with the port of the test and, for
   an account by TLS, its password and the certificate's fingerprint in the two ways in which programs want it.
2. What a program shows is a regular expression for one row of its screen.
3. A program without a command for an act is told to send the line itself, as its users would.
"""

from __future__ import annotations

from dataclasses import dataclass

STATUS = "status"
"""The place of what belongs to no channel and no person."""
ACTION = "\x01ACTION {text}\x01"


@dataclass(frozen=True)
class Program:
    """One IRC client. `options` are what only a test needs on its command line, `started` can be read when keys may be
    pressed, `look` and `look_at_status` lead to a place, and `looking` is the pattern of what can be read in a channel
    that she went to, where a program may miss it."""

    name: str
    started_by: str
    started: str
    set_up: tuple[str, ...]
    secure: tuple[str, ...]
    look: str
    look_at_status: str
    acts: dict[str, str]
    shows: dict[str, str]
    options: tuple[str, ...] = ()
    looking: str = ""
    reconnects: bool = True
    capabilities: frozenset[str] = frozenset()


COMMON_ACTS = {
    "join": "/join {channel}",
    "part": "/part {channel} {text}",
    "nick": "/nick {nick}",
    "topic": "/topic {channel} {text}",
    "tell": "/query {nick} {text}",
    "act": "/me {text}",
    "mode": "/mode {channel} {modes}",
    "kick": "/kick {channel} {nick} {text}",
    "invite": "/invite {nick} {channel}",
    "whois": "/whois {nick}",
    "away": "/away {text}",
    "back": "/away",
    "history": "/quote CHATHISTORY LATEST {channel} * 20",
    "capabilities": "/quote CAP LIST",
    "quit": "/quit {text}",
}

IRSSI = Program(
    name="irssi",
    started_by="irssi",
    started="[(status)]",
    set_up=(
        "/network add -nick iris -user iris -cmdspeed 250 -cmdmax 20 ipc",
        "/server add -network ipc -notls 127.0.0.1 {port}",
        "/set server_reconnect_time 2s",
        "/set show_server_time on",
        "/connect ipc",
    ),
    secure=(
        "/network add -nick iris -user iris -cmdspeed 250 -cmdmax 20 -sasl_mechanism PLAIN -sasl_username iris "
        "-sasl_password {password} ipc",
        "/server add -network ipc -tls -notls_verify -tls_pinned_cert {pairs} 127.0.0.1 {port}",
        "/set server_reconnect_time 2s",
        "/set show_server_time on",
        "/connect ipc",
    ),
    look="/window goto {place}",
    look_at_status="/window 1",
    acts=COMMON_ACTS,
    shows={
        "present": r"\[[ @+]?{nick}\]",
        "said": r"<[ @+]{nick}> {text}",
        "acted": r" \* {nick} {text}",
        "told": r"<{nick}> {text}",
        "joined": r"{nick} \[{mask}\] has joined {channel}",
        "left": r"{nick} \[{mask}\] has left {channel} \[{text}\]",
        "renamed": r"{nick} is now known as {new}",
        "nick is taken": r"Nick {nick} is already in use",
        "topic": r"Topic for {channel}: {text}",
        "new topic": r"{nick} changed the topic of {channel} to: {text}",
        "mode": r"mode/{channel} \[{modes}\] by {nick}",
        "kicked": r"{nick} was kicked from {channel} by {by} \[{text}\]",
        "I am banned": r"Cannot join to channel {channel} \(You are banned\)",
        "I may not speak": r"Cannot send to channel",
        "invited": r"{nick} invites you to {channel}",
        "whois": r"{nick} \[{mask}\]",
        "whois channels": r"channels : {channels}",
        "is away": r"(?:{nick} is away|away +): {text}",
        "I am away": r"You have been marked as being away",
        "I am back": r"You are no longer marked as being away",
        "quit": r"{nick} \[{mask}\] has quit \[{text}\]",
        "cut": r"Connection lost to 127\.0\.0\.1",
        "not its certificate": r"Pinned certificate mismatch",
        "login failed": r"SASL authentication failed",
        "my capabilities": r"Capabilities currently enabled: ",
    },
    capabilities=frozenset(
        {
            "account-notify",
            "away-notify",
            "chghost",
            "extended-join",
            "invite-notify",
            "multi-prefix",
            "server-time",
            "setname",
        }
    ),
)

WEECHAT = Program(
    name="weechat",
    started_by="weechat",
    # Keys come faster from a test than from people: many lines at once would be taken for a paste. TLS is the default
    # from version 4 on; earlier versions say that there is no such option.
    options=("--run-command", "/set weechat.look.paste_max_lines -1;/set irc.server_default.tls off"),
    started="weechat.org",
    set_up=(
        "/server add ipc 127.0.0.1/{port} -nicks=iris -username=iris -capabilities=* -autoreconnect_delay=2",
        "/set irc.server.ipc.anti_flood_prio_high 0",
        "/set irc.server.ipc.anti_flood_prio_low 0",
        "/connect ipc",
    ),
    secure=(
        "/server add ipc 127.0.0.1/{port} -{tls} -nicks=iris -username=iris -autoreconnect_delay=2",
        "/set irc.server.ipc.{tls}_fingerprint {digits}",
        "/set irc.server.ipc.sasl_mechanism scram-sha-256",
        "/set irc.server.ipc.sasl_username iris",
        "/set irc.server.ipc.sasl_password {password}",
        "/set irc.server.ipc.anti_flood_prio_high 0",
        "/set irc.server.ipc.anti_flood_prio_low 0",
        "/connect ipc",
    ),
    look="/buffer {place}",
    look_at_status="/buffer irc.server.ipc",
    looking=r"\[irc/ipc\] \d+:{place}\b",
    acts=COMMON_ACTS,
    shows={
        "present": r"│[ @+]?{nick} *$",
        "said": r"[ @+]{nick} \| {text}",
        "acted": r"\* \| {nick} {text}",
        "told": r" {nick} \| {text}",
        "joined": r"{nick} \(.*\) \({mask}\) has joined {channel}",
        "left": r"{nick} \({mask}\) has left {channel} \({text}\)",
        "renamed": r"{nick} is now known as {new}",
        "nick is taken": r"{nick}: Nickname is already in use",
        "topic": r'Topic for {channel} is "{text}"',
        "new topic": r'{nick} has (?:set|changed) topic for {channel} (?:from ".*" )?to "{text}"',
        "mode": r"Mode {channel} \[{modes}\] by {nick}",
        "kicked": r"{by} has kicked {nick} \({text}\)",
        "I am banned": r"{channel}: Cannot join channel",
        "I may not speak": r"{channel}: Cannot send to channel",
        "invited": r"You have been invited to {channel} by {nick}",
        "whois": r"\[{nick}\] \({mask}\)",
        "whois channels": r"\[{nick}\] {channels}",
        "is away": r"\[{nick}\] is away: {text}",
        "I am away": r"You have been marked as being away",
        "I am back": r"You are no longer marked as being away",
        "quit": r"{nick} \({mask}\) has quit \({text}\)",
        "cut": r"irc: reconnecting to server in",
        "not its certificate": r"TLS handshake failed",
        "login failed": r"SASL authentication failed",
        "my capabilities": r"client capability, currently enabled: ",
    },
    capabilities=frozenset(
        {
            "message-tags",
            "server-time",
            "multi-prefix",
            "extended-join",
            "away-notify",
            "userhost-in-names",
            "invite-notify",
            "cap-notify",
            "setname",
            "chghost",
            "account-notify",
        }
    ),
)

SIC = Program(
    name="sic",
    started_by="sic -h 127.0.0.1 -p {port} -n iris",
    started="266 (iris",
    set_up=(),
    secure=(),
    look=":s {place}",
    look_at_status="",
    acts={
        "join": ":j {channel}",
        "part": ":PART {channel} :{text}",
        "nick": ":NICK {nick}",
        "topic": ":TOPIC {channel} :{text}",
        "tell": ":m {nick} {text}",
        "act": ACTION,
        "mode": ":MODE {channel} {modes}",
        "kick": ":KICK {channel} {nick} :{text}",
        "invite": ":INVITE {nick} {channel}",
        "whois": ":WHOIS {nick}",
        "away": ":AWAY :{text}",
        "back": ":AWAY",
        "history": ":CHATHISTORY LATEST {channel} * 20",
        "capabilities": ":CAP LIST",
        "quit": ":QUIT :{text}",
    },
    shows={
        "present": r">< 353 \(.* {channel}\): .*{nick}\b",
        "said": r"{channel} *: .* <{nick}> {text}",
        "acted": r"<{nick}> ACTION {text}",
        "told": r"<{nick}> {text}",
        "joined": r"^{nick} *: .* >< JOIN \({channel}\)",
        "left": r"^{nick} *: .* >< PART \({channel}\): {text}",
        "renamed": r"^{nick} *: .* >< NICK \({new}\)",
        "nick is taken": r">< 433 \(.* {nick}\)",
        "topic": r">< 332 \(.* {channel}\): {text}",
        "new topic": r"^{nick} *: .* >< TOPIC \({channel}\): {text}",
        "mode": r"^{nick} *: .* >< MODE \({channel} {modes}\)",
        "kicked": r"^{by} *: .* >< KICK \({channel} {nick}\): {text}",
        "I am banned": r">< 474 \(.* {channel}\)",
        "I may not speak": r">< 404 \(.* {channel}\)",
        "invited": r"^{nick} *: .* >< INVITE \(.* {channel}\)",
        "whois": r">< 311 \(.* {nick} ",
        "whois channels": r">< 319 \(.* {nick}\): {channels}",
        "is away": r">< 301 \(.* {nick}\): {text}",
        "I am away": r">< 306 ",
        "I am back": r">< 305 ",
        "quit": r"^{nick} *: .* >< QUIT \(\): {text}",
        "cut": r"sic: remote host closed connection",
        "my capabilities": r">< CAP \(iris LIST\): *$",
    },
    reconnects=False,
)

PROGRAMS = (IRSSI, WEECHAT, SIC)
SECURE_PROGRAMS = tuple(program for program in PROGRAMS if program.secure)
"""Those that know TLS and SASL."""
TLS_WORDS = {"weechat": ("ssl", "tls")}
"""What TLS is called in the settings of the version that was tried, and in newer ones: WeeChat's from 4.0 on."""
