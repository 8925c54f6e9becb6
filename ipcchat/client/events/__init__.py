"""What a program hears: frozen events with the fields' names in the library's words.

    Event                    `time`
     +-- Act                 somebody did it: `source`, `msgid`, `account`, `bot`, `oper`, `missed`, `tags`
     |    +-- Message, Edited, TagMessage (Typing, Reaction), Redacted, Wallops                    messages
     |    +-- Joined, Parted, Kicked, TopicChanged, ModeChanged, Invited, InvitedOther,
     |    |   ChannelRenamed, Knocked                                                             channels
     |    +-- Quit, NickChanged, AwayChanged, AccountChanged, HostChanged, RealnameChanged,
     |        MetadataChanged                                                                     people
     +-- ReadMarked                                                                               messages
     +-- Netsplit, Netjoin, IsAway, MonitorOnline, MonitorOffline, CallerIdBlocked,
     |   CallerIdWaiting                                                                          people
     +-- ServerText (Numeric, StandardReply), ServerError, SupportChanged, CapabilitiesChanged,
         Connected, Disconnected, Distrusted, CaughtUp, Gap                                       server

Rules:
1. Texts and names are as they were sent: whoever prints them to a terminal passes them through `ipcchat.printable`.
2. `time` is the server's time in UTC where it gives one (IRCv3 server-time), else the time the event was received.
3. `mine` says that this Chat's own user did it, or for Kicked that it was done to him; messages sent by this Chat come
   back as events too, in the order everybody sees.
4. When an event is heard, `Chat.channels` and `Chat.people` know of it already.
5. The lines that answer a command of this Chat are given to who sent it and are no events, unless something happened
   by them: a JOIN is Joined, its refusal is raised.
"""

from ipcchat.client.events.basis import Act, Addressed, Event
from ipcchat.client.events.channels import (
    ChannelRenamed,
    Invited,
    InvitedOther,
    Joined,
    Kicked,
    Knocked,
    ModeChange,
    ModeChanged,
    ModeKind,
    Parted,
    TopicChanged,
)
from ipcchat.client.events.messages import (
    Edited,
    Message,
    Reaction,
    ReadMarked,
    Redacted,
    TagMessage,
    Typing,
    Wallops,
)
from ipcchat.client.events.people import (
    AccountChanged,
    AwayChanged,
    CallerIdBlocked,
    CallerIdWaiting,
    HostChanged,
    IsAway,
    MetadataChanged,
    MonitorOffline,
    MonitorOnline,
    Netjoin,
    Netsplit,
    NickChanged,
    Quit,
    RealnameChanged,
)
from ipcchat.client.events.server import (
    CapabilitiesChanged,
    CaughtUp,
    Connected,
    Disconnected,
    Distrusted,
    Gap,
    Numeric,
    ServerError,
    ServerText,
    StandardReply,
    SupportChanged,
)

__all__ = [
    "AccountChanged",
    "Act",
    "Addressed",
    "AwayChanged",
    "CallerIdBlocked",
    "CallerIdWaiting",
    "CapabilitiesChanged",
    "CaughtUp",
    "ChannelRenamed",
    "Connected",
    "Disconnected",
    "Distrusted",
    "Edited",
    "Event",
    "Gap",
    "HostChanged",
    "Invited",
    "InvitedOther",
    "IsAway",
    "Joined",
    "Kicked",
    "Knocked",
    "Message",
    "MetadataChanged",
    "ModeChange",
    "ModeChanged",
    "ModeKind",
    "MonitorOffline",
    "MonitorOnline",
    "Netjoin",
    "Netsplit",
    "NickChanged",
    "Numeric",
    "Parted",
    "Quit",
    "Reaction",
    "ReadMarked",
    "RealnameChanged",
    "Redacted",
    "ServerError",
    "ServerText",
    "StandardReply",
    "SupportChanged",
    "TagMessage",
    "TopicChanged",
    "Typing",
    "Wallops",
]
