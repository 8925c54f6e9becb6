"""What operators of the network may do, by name: the configuration gives an operator some of these, or all.

That somebody has one is asked by `rules.has_privilege`; what no privilege stands for, every operator may do.
"""

from __future__ import annotations

ACCOUNTS, ADDRESSES, ANNOUNCE, AUDIT, BAN, CHANNELS = "accounts", "addresses", "announce", "audit", "ban", "channels"
ERASE, FIGURES, FILTER, FORCE, KILL, LOCKDOWN, OVERRIDE, REHASH = (
    "erase",
    "figures",
    "filter",
    "force",
    "kill",
    "lockdown",
    "override",
    "rehash",
)

PRIVILEGES = {
    ACCOUNTS: "register, suspend, restore and delete accounts of others, and see who is logged in to them",
    ADDRESSES: "see where people are, behind the hosts that others see",
    ANNOUNCE: "write to everybody (WALLOPS)",
    AUDIT: "read the audit log",
    BAN: "ban from the network, and lift bans (UBAN, KLINE, DLINE)",
    CHANNELS: "make channels persistent (+P), and give up or hand over registered ones of others",
    ERASE: "take everything that somebody said out of the files (ERASE)",
    FIGURES: "see what the server measures of itself (FIGURES)",
    FILTER: "set and lift filters of what is said (SPAMFILTER)",
    FORCE: "make others join, part and change their nick (SAJOIN, SAPART, SANICK)",
    KILL: "cut others off (KILL)",
    LOCKDOWN: "lock the network down, and open it again (DEFCON)",
    OVERRIDE: "change modes in channels without a rank there (SAMODE)",
    REHASH: "let the server read its configuration again (REHASH)",
}
