"""The rows of docs/hostile-input.md: what comes, and what happens then. Their tests are found by name.

A row without a test says why in LATER. `./run docs` writes the page; tests/hostile/test_rows.py holds it to the tests.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

FOLDER = Path(__file__).parent
TEST_NAME = re.compile(r"test_([A-Z]\d\d)_")

FAMILIES = {
    "F": "Framing and encoding",
    "O": "Sizes and numbers",
    "S": "Slow readers, slow writers, queues",
    "C": "Floods of connections, and addresses",
    "N": "Nicks and identity",
    "A": "Authentication",
    "P": "Permission",
    "I": "Injection",
    "R": "Using up what everybody shares",
    "T": "TLS",
    "W": "WebSocket and HTTP",
    "U": "The local door and the plain door",
    "D": "Disk and clock",
    "X": "The process",
    "K": "Several nodes",
}

ROWS = {
    "F01": ("bytes without an end of line", "417 and the line is dropped; at 16 KiB without an end `ERROR` and close"),
    "F02": ("a TLS handshake on a plain port", "closed at once, one log line, no reply"),
    "F03": ("an HTTP request from a browser", "closed at the first line; its body is never read as commands"),
    "F04": ("SSH, SMTP, RDP, Redis, random bytes", "421 or 451, then the budget before registration ends it"),
    "F05": ("a bare CR inside a line", "the whole line is refused and reaches nobody"),
    "F06": ("NUL anywhere", "the whole line is refused; nothing is cut off at the NUL"),
    "F07": ("one byte at a time, cut anywhere, LF alone, CR CR LF", "the same as in one piece"),
    "F08": ("10,000 lines in one segment", "in order, 64 at a time, others in between"),
    "F09": ("invalid UTF-8", "`FAIL * INVALID_UTF8`; not relayed, not stored, not logged"),
    "F10": ("a text that fits in but not out with its sender's prefix", "417; nothing is cut"),
    "F11": ("empty lines, lone `:` and `@`", "ignored or 421; never an exception"),
    "F12": ("every command with every number of parameters", "461 or something small; never an exception"),
    "F13": ("odd, doubled and very many tags", "the last one counts; escapes as specified"),
    "F14": ("a client that sends a source", "the source is ignored"),
    "F15": ("numerics and commands of server protocols", "421: there is no server protocol on a client's port"),
    "F16": ("telnet negotiation on the plain door", "swallowed; interrupt closes politely"),
    "F17": ("an end in the middle of a line", "the half line is not executed"),
    "F18": ("a half-close behind whole lines", "they are served and their replies sent, then it is closed"),
    "F19": ("a byte order mark, invisible or full-width letters in a command", "421: commands are ASCII"),
    "O01": ("tags over their limit", "417; what the server adds always fits"),
    "O02": ("labels that are too long, empty, doubled, or need escapes", "ignored over 64 bytes; echoed exactly"),
    "O03": ("AUTHENTICATE without end, not Base64, very long passwords", "904 or 905 before anything is hashed"),
    "O04": ("names and texts beyond their limits", "432, 476, 696 or cut where the limit is told (TOPICLEN, ...)"),
    "O05": (
        "batches unclosed, nested, too long, foreign",
        "`FAIL BATCH` or `FAIL` of the type; freed with the connection",
    ),
    "O06": ("impossible limits, times and ids in CHATHISTORY", "clamped, or FAIL with what is expected"),
    "O07": ("impossible arguments of modes", "696, 472; MODES counts"),
    "O08": ("JOIN of very many channels, of one again and again, JOIN 0", "407, each once, leaves all"),
    "O09": ("very many recipients", "407; each recipient once"),
    "O10": ("a hostile server's numbers, before the library and our clients", "clamped; the client lives"),
    "O11": ("one word of 100,000 characters, combining marks, emoji sequences, shown in a terminal", "shown in time"),
    "O12": (
        "hostile JSON: nested, doubled, endless, no UTF-8, in what is imported, in the audit log, in a backup",
        "refused with the number of its line, nothing done by half; at a door for lines it is a text",
    ),
    "S01": ("a reader who stops", "closed at 256 KiB queued, `SendQ exceeded`; memory bounded"),
    "S02": ("a reader of a byte now and then", "closed when the oldest queued byte is 60 seconds old"),
    "S03": ("one who asks and does not read", "neither read nor answered above 16 KiB queued, until he reads"),
    "S04": ("very many readers who do not read", "64 MiB for all queues; the longest are closed first"),
    "S05": ("a connection that does not register, or a byte at a time", "closed after 30 seconds, whatever came"),
    "S06": ("a TLS handshake or a proxy's header that does not come", "closed after 10 and 3 seconds"),
    "S07": ("a peer that vanished", "PING after 90 seconds of silence, closed after 150; one QUIT"),
    "S08": ("a client stopped and continued", "its order intact, or closed; never a hole"),
    "S09": ("a flood of lines from one who is registered", "20 at once, then 4 a second, in order"),
    "S10": ("writes that rely on a drain", "none: every connection counts its own bytes"),
    "C01": ("connects as fast as one address can", "16 at once, 32 in ten minutes, 8 unregistered; others are served"),
    "C02": ("the same over an IPv6 network", "counted by /64, four times as much for a /48"),
    "C03": ("one address in many spellings", "one place"),
    "C04": ("no file descriptors left", "accepting pauses and recovers; who is connected is served"),
    "C05": ("unregistered connections held open", "8 of an address, 1,000 altogether; others go on"),
    "C06": ("connections that come and go without end", "nothing of them stays"),
    "C07": ("a flood before registration", "64 lines and 8 KiB, then closed"),
    "C08": ("PROXY headers, trusted and not, broken in every way", "untrusted: closed; trusted: strict, or closed"),
    "C09": (
        "forwarded addresses in HTTP: X-Forwarded-For, Forwarded, X-Real-IP",
        "by http:// and https:// X-Forwarded-For of a trusted proxy counts; anywhere else who connects is counted and "
        "banned, and a door for IRC closes at the first line",
    ),
    "C10": ("somebody banned behind a gateway or proxy", "refused once, counted and banned by his own address"),
    "C11": ("reverse DNS that is slow or lies", "nothing is looked up"),
    "C12": ("everybody comes back at once after a restart", "all are back within 30 seconds, with their history"),
    "N01": ("names that differ in case only", "one casemapping everywhere"),
    "N02": ("names that look like reserved or registered ones", "433: a skeleton is taken once"),
    "N03": ("zero-width, bidirectional, combining and changing characters in names", "432"),
    "N04": ("names that are addresses, masks, services, servers", "432 or 433"),
    "N05": ("one nick wanted twice at once", "one wins, the other gets 433; nobody is killed"),
    "N06": ("failed, empty and case-only changes of nick", "the old nick stays; one event or none"),
    "N07": ("a flood of nicks", "438: three in a minute"),
    "N08": ("tags that only a server may set", "dropped, every one of them"),
    "N09": ("the nick of somebody who is away, or whose node died", "it is his account's; ghosts go"),
    "N10": ("strange credentials on a Unix socket", "the number at connect counts; none is anonymous"),
    "N11": (
        "guessing an address from its cloak",
        "a keyed hash with 256 bits; addresses only for operators with the privilege `addresses`",
    ),
    "N12": ("a text that looks like a notice of the server", "it has a mark that no text can forge"),
    "A01": (
        "guessing passwords",
        "3 a minute for an account and address, 10 for an address; the owner is never locked out",
    ),
    "A02": ("which accounts exist", "one text and the same work for unknown account and wrong password"),
    "A03": ("200 logins at once", "a small queue of hash workers; the chat goes on"),
    "A04": ("AUTHENTICATE out of order, misspelled, in the middle of others", "904, 906, 907"),
    "A05": ("an authorization identity that is another", "904"),
    "A06": ("PLAIN without encryption", "not offered and refused, but on this machine"),
    "A07": ("certificates that are none, expired, foreign", "SHA-256 of the whole certificate counts, never a name"),
    "A08": ("SCRAM with wrong bindings, nonces, proofs", "904; compared in constant time"),
    "A09": ("commands before, between and after registration of an account", "never a way around"),
    "A10": ("suspension and changed passwords while sessions live", "they end at that place of the order"),
    "A11": ("guessed and replayed tokens", ""),
    "A12": ("where a password could be seen", "nowhere but as its hash"),
    "A13": ("guessing operators' passwords", "one in 10 seconds, and audited"),
    "P01": ("history of a channel one may not see", "the same answer as for one that is not there"),
    "P02": ("ids of messages of another channel", "as unknown ids"),
    "P03": ("every question about what is hidden", "the same bytes as if it were not there"),
    "P04": ("history from before one came, or while one was out", "as the channel's policy says"),
    "P05": ("changing what another has said", "refused: authority is the account's"),
    "P06": ("the banned, the unvoiced and strangers, by every command", "refused, by one table of permissions"),
    "P07": ("going around a ban", "every form of an identity is matched at that place of the order"),
    "P08": ("messages to operators, in others' history", "never there"),
    "P09": ("the last operator leaves, a restart, an empty channel", "nobody is operator because he came first"),
    "P10": ("KICK, MODE and JOIN at once", "one order for all"),
    "P11": ("acting just after a rank was taken", "refused at that place of the order"),
    "P12": ("INVITE to what is not there, hidden, or closed to oneself", "401, 403, 442"),
    "P13": ("read markers of others", "one's own only"),
    "P14": (
        "a stolen node's credentials, a peer's commands, facts from outside",
        "no door is for servers: nodes of a cluster speak over NATS, each with a key of its own, and trust each other",
    ),
    "P15": ("a local user of some group", "an operator by configuration only"),
    "I01": ("CR, LF and NUL by doors without lines", "one constructor of lines refuses them"),
    "I02": ("separators in tag values", "one escaper"),
    "I04": ("terminal escapes", "shown in a visible form; only formatting is interpreted"),
    "I06": ("line ends, escapes and format strings in the log", "escaped and cut at 256 characters"),
    "I07": ("searches that are statements, patterns, or too long", "words in quotes, and a quarter of a second"),
    "I10": (
        "URLs that lead the server to itself or its neighbours: odd spellings, names that change, redirects",
        "nothing is sent; the address that was looked at is the one that is connected to",
    ),
    "I13": ("something to be read that would run", "nothing reads pickles, evaluates, or starts a shell"),
    "R01": ("channels, accounts and nicks without end", "limits for each user and for all"),
    "R02": ("MONITOR, SILENCE and METADATA of very many names", "100 entries; nothing stays of who left"),
    "R03": ("very many masks, and masks made to be slow", "100 in a list; matching in linear time"),
    "R04": ("patterns of operators made to be slow", "masks, no regular expressions"),
    "R05": ("questions about everybody, again and again", "each costs what it searches, out of one bucket"),
    "R06": ("paging through all of history", "found by an index, in threads of its own and limited in time"),
    "R07": ("long tags to very many", "they cost as much as lines of their length; encoded once"),
    "R08": (
        "history that fills the disk",
        "what is kept of a channel and of an account has limits (`[history]`); a full disk refuses and heals (D01)",
    ),
    "R09": ("storms of AWAY, SETNAME, NICK, typing", "a few in a minute or two; typing beyond that is not passed on"),
    "R10": (
        "a stored item that cannot be applied",
        "its sender is told, it is in no history, the server goes on and starts",
    ),
    "R11": ("keys that collide, very many timers", "keyed hashes; no timer, task or thread for a connection"),
    "R12": ("tables over a long time", "every table has a cap"),
    "T01": ("old protocols and weak ciphers", "refused: TLS 1.2 with ECDHE and AEAD, and 1.3"),
    "T02": ("renegotiation, key updates, tiny records, long chains", "refused, or closed after a second's work"),
    "T03": ("a certificate renewed, broken, mismatched, expired", "taken over, or the old one stays and it is said"),
    "T04": ("a key that others can read", "the server does not start"),
    "T05": ("plain text before a handshake", "never delivered"),
    "T06": ("early data, old tickets", "off"),
    "T07": ("strict transport security that would lock people out", "cannot be configured"),
    "T08": (
        "certificates of other hosts, expired, unknown, for our clients",
        "verified unless somebody says otherwise",
    ),
    "T09": ("a connection cut in the middle of a record", "as F17"),
    "W01": ("a WebSocket for a page of another place", "403, unless `server.web_origins` names it"),
    "W02": ("frames that are none: unmasked, reserved bits, broken control frames", "closed with 1002"),
    "W03": ("a frame of 2^63 bytes, announced", "closed with 1009 by its header alone"),
    "W04": ("a message in 100,000 pieces", "closed with 1009 behind 64"),
    "W05": ("compressed bombs", "compression is never agreed on: closed with 1002"),
    "W06": ("floods of pings and pongs, and nobody who reads the answers", "closed with 1008 behind 100"),
    "W07": ("a message with two lines or a NUL", "refused as a whole, closed with 1008"),
    "W08": ("text that is no UTF-8, or another kind than was agreed on", "closed with 1007 or 1003"),
    "W09": (
        "HTTP: heads and bodies without end, two lengths, paths that lead out, what is no HTTP",
        "4xx and closed; files are a map in memory",
    ),
    "W10": ("cookies and passwords that a browser adds", "nobody is known by them"),
    "W11": ("frames cut anywhere", "the same as in one piece"),
    "U01": ("connecting before the socket's mode is set", "impossible: the folder is closed first"),
    "U02": ("something else where the socket should be", "a stale socket is replaced; anything else is refused"),
    "U03": ("a local user's flood", "64 connections for each user"),
    "U04": ("no credentials on a Unix socket", "anonymous"),
    "U05": ("what people type at the plain door", "no secret is echoed; nothing escapes"),
    "D01": ("a full disk, at each call", "refused, shown to nobody, and it heals by itself; reading goes on"),
    "D02": (
        "each call in turn fails: write, sync, truncate, open, read; interrupted, or done by half",
        "refused, or exit code 74 and a clean start; after a failed sync nothing is written any more",
    ),
    "D03": (
        "a disk that becomes read-only; files moved away, deleted, replaced while it runs",
        "refused at once, said within 5 seconds; goes on when they are back",
    ),
    "D04": (
        "bits flipped, pages zeroed, files cut off or empty, another program's, a newer version's",
        "refused and left as it is; never another text than what was said; an empty journal never in silence",
    ),
    "D05": (
        "a second server in the same folder; a folder on a network file system",
        "refused, and told who has it, or where to go",
    ),
    "D06": (
        "a reader who stays",
        "the log grows while he does; from 64 MiB on he is named, and it is short when he has left",
    ),
    "D07": ("two that copy the log at once", "only the writer does; readers cannot write"),
    "D08": ("a migration that is cut off", "the old journal or the new one, whole"),
    "D09": (
        "a backup made under load; one restored over what is newer",
        "a beginning of the history, with all that was echoed before; nothing is ever put over a journal",
    ),
    "D10": (
        "a wall clock that jumps hours and years, nodes with different clocks",
        "times never fall, order stays, nobody is disconnected; a node whose clock is wrong is named, and moves no "
        "time but its own",
    ),
    "D11": (
        "syncs that take two to ten seconds",
        "their messages wait, beyond 8,192 or 8 MiB FAIL TRY_AGAIN; everything else is answered as always",
    ),
    "X01": ("SIGKILL while people talk", "nothing echoed is lost (tests/crash)"),
    "X02": ("SIGTERM with very many people", "a goodbye, exit code 0 within 5 seconds"),
    "X03": (
        "SIGSTOP, and SIGCONT after a while",
        "a pause of the server is nobody's silence: who had to answer gets his time; all that was said is there once. "
        "A node of a cluster that the others declared down meanwhile confirms nothing more and starts anew",
    ),
    "X04": ("256 MiB of memory and very many who do not read", "they are closed first, everybody else is served"),
    "X05": ("an exception in any command", "that command gets FAIL INTERNAL_ERROR, one log entry; its session goes on"),
    "X06": (
        "an event loop that stands",
        "after 5 seconds the log has every thread's stack; systemd, if it watches, hears nothing and starts it again",
    ),
    "X07": (
        "a journal that hangs",
        "after 10 seconds an alarm; systemd hears nothing after 60, and nothing that was echoed is lost",
    ),
    "X08": (
        "a broken, missing, unreadable configuration, or one of another user's; a thousand SIGHUPs",
        "the old one stays, the log and the operator hear why; the newest counts in the end",
    ),
    "X09": ("nobody reads the log", "the server goes on"),
    "X10": (
        "what a newer version wrote",
        "a newer journal, or an entry of an unknown kind, is refused and left as it is. Of two nodes that "
        "would read facts in two ways the one that started later stops",
    ),
    "K01": (
        "SIGKILL of a node while people talk",
        "nothing echoed is lost, doubled or in another order; its users' QUIT is seen once, within 15 seconds",
    ),
    "K02": (
        "SIGKILL of NATS servers: one, the leader, all",
        "nothing is confirmed without a quorum, and nothing that was confirmed is lost",
    ),
    "K03": ("SIGSTOP of a NATS server, again and again", "the same, and all nodes have one journal afterwards"),
    "K04": (
        "nodes cut from NATS, NATS cut in two, one-way and flapping cuts, delay and loss",
        "who is cut off refuses posts with FAIL and is read all the same; one journal when it is over. A node behind a "
        "NATS server that lost the others tries another one",
    ),
    "K05": ("the acknowledgement of a publish is lost", "it is published again under its id until it is seen: once"),
    "K06": ("it is published again when NATS has forgotten the id", "every node drops it by what its journal knows"),
    "K07": (
        "a node that is far behind, or reads slowly",
        "it asks for what it has room for and leaves nothing out; how far it is behind is a metric",
    ),
    "K08": (
        "the stream is deleted, made anew, rolled back or damaged",
        "nothing of it is applied; the nodes wait for those they know and make a new one on the best journal",
    ),
    "K09": (
        "nodes whose journals differ, a row that was altered",
        "who is outvoted or damaged keeps its journal aside and takes another node's; without a majority nobody stores",
    ),
    "K10": ("a message comes again, or a node dies between two", "rows and position are in one transaction: once"),
    "K11": ("an old state is read from NATS", "nothing is decided by reading there: the order of the stream decides"),
    "K12": (
        "a key that is revoked, a certificate that is over, a stream that is full",
        "FAIL and an alarm that says what to do; nothing is dropped to make room",
    ),
    "K13": (
        "a NATS server that is old, or that syncs nobody knows how",
        "an old one is refused; what is not known is durability grade C, in the log and in the metrics",
    ),
    "K14": ("ten nodes that come at once, one that was away for a month", "a copy of a node's journal, one at a time"),
    "K15": ("somebody goes from one node to another while he talks", "in his order, each message once"),
    "K16": ("a message of the stream that is no fact of this version", "a stranger's is left out, ours stops the node"),
}

LATER: dict[str, str] = {}

ELSEWHERE = {
    "P02": "tests/core/handlers/test_history.py",
    "O11": "tests/tui/text/test_rows.py",
    "D10": "tests/backend/cluster/test_intake.py",
    "R10": "tests/backend/cluster/test_backend.py",
    "X03": "tests/e2e/test_cluster.py",
    "K01": "tests/nemesis/test_nemesis.py",
    "K02": "tests/nemesis/test_nemesis.py",
    "K03": "tests/nemesis/test_nemesis.py",
    "K04": "tests/nemesis/test_nemesis.py",
    "K05": "tests/backend/cluster/test_publishing.py",
    "K06": "tests/backend/cluster/test_intake.py",
    "K07": "tests/backend/cluster/test_replica.py",
    "K08": "tests/backend/cluster/test_mending.py",
    "K09": "tests/backend/cluster/test_watching.py",
    "K10": "tests/backend/cluster/test_replica.py",
    "K11": "tests/core/test_convergence.py",
    "K12": "tests/server/nats/test_refusals.py",
    "K13": "tests/server/test_durability.py",
    "K14": "tests/backend/cluster/test_snapshots.py",
    "K15": "tests/e2e/test_rolling_restart.py",
    "K16": "tests/backend/cluster/test_backend.py",
}
"""Rows with tests that stand beside what they test."""


def tests() -> dict[str, dict[str, list[str]]]:
    """The tests of each row: row -> file -> names."""
    found: dict[str, dict[str, list[str]]] = {}
    for file in sorted(FOLDER.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (row := TEST_NAME.match(node.name)):
                found.setdefault(row[1], {}).setdefault(file.name, []).append(node.name)
    return found


def page() -> str:
    """docs/hostile-input.md."""
    found = tests()
    blocks = [HEAD]
    for letter, title in FAMILIES.items():
        rows = [row for row in ROWS if row[0] == letter]
        lines = ["| row | what comes | what happens | proved by |", "|---|---|---|---|"]
        lines += [f"| {row} | {ROWS[row][0]} | {ROWS[row][1] or 'later'} | {_proof(row, found)} |" for row in rows]
        blocks.append(f"## {title}\n\n" + "\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _proof(row: str, found: dict[str, dict[str, list[str]]]) -> str:
    """The files with the row's tests and how many each has, or why there are none."""
    files = sorted(found.get(row, {}).items())
    proofs = [f"[{file}](../tests/hostile/{file}) {len(names)}" for file, names in files]
    if row in ELSEWHERE:
        proofs.append(f"[{Path(ELSEWHERE[row]).name}](../{ELSEWHERE[row]})")
    return ", ".join(proofs) or (f"later: {LATER[row]}" if row in LATER else "nothing yet")


HEAD = """# Hostile input: what happens, by number

<!-- Made from tests/hostile/rows.py and the names of the tests there by ./run docs: change those. -->

Each row is one kind of attack or fault, and tests with its name: `test_F01_...` in `tests/hostile`. The last column
says in which file they are, and how many.

What must be so after every row: the process lives and logged no exception; another client was answered within a second
all the time; no socket, thread or session is left; memory is back within 2 MiB; every line of the log is printable. How
it is measured stands in `tests/hostile/siege.py`. Some rows are smaller than life by default; `HOSTILE_FULL=1` in the
environment gives the full numbers.

The limits are settings ([settings.md](settings.md)); these are their defaults."""
