"""The table of numeric replies: code, name, customary text and family.

Rules:
1. A code and a name occur once each. Where servers disagree about a code, the row is the meaning of Modern IRC.
2. `text` is the last parameter where that is for people, and programs never read it; "" where it carries a value.
3. A text with {names} in braces is filled by `str.format` by the one who sends it.
4. Every row is a constant of this module under its own name, and in NUMERICS by its code.

Specifications: Modern IRC "Numerics" (https://modern.ircdocs.horse/#numerics), RFC 2812 5,
IRCv3 for MONITOR, metadata and SASL.
"""

from __future__ import annotations

import msgspec


class Numeric(msgspec.Struct, frozen=True):
    """One reply: three digits, its name, the text customarily sent with it, and the family it belongs to."""

    code: str
    name: str
    text: str = ""
    family: str = ""


NUMERICS: dict[str, Numeric] = {}
BY_NAME: dict[str, Numeric] = {}


def _add(family: str, code: str, name: str, text: str = "") -> Numeric:
    """Put one row into the table. Raises ValueError when the code or the name is there already."""
    if code in NUMERICS or name in BY_NAME:
        raise ValueError(f"{code} {name} is in the table already")
    numeric = Numeric(code, name, text, family)
    NUMERICS[code] = BY_NAME[name] = numeric
    return numeric


# Registration and what the server supports.
RPL_WELCOME = _add("welcome", "001", "RPL_WELCOME", "Welcome to the {network} Network, {nick}")
RPL_YOURHOST = _add("welcome", "002", "RPL_YOURHOST", "Your host is {server}, running version {version}")
RPL_CREATED = _add("welcome", "003", "RPL_CREATED", "This server was created {time}")
RPL_MYINFO = _add("welcome", "004", "RPL_MYINFO")
RPL_ISUPPORT = _add("welcome", "005", "RPL_ISUPPORT", "are supported by this server")
RPL_SNOMASK = _add("welcome", "008", "RPL_SNOMASK", "Server notice mask")
RPL_BOUNCE = _add("welcome", "010", "RPL_BOUNCE", "Please use this server and port instead")
RPL_YOURID = _add("welcome", "042", "RPL_YOURID", "your unique ID")
RPL_REMOTEISUPPORT = _add("welcome", "105", "RPL_REMOTEISUPPORT", "are supported by that server")

# MAP.
RPL_MAP = _add("map", "015", "RPL_MAP")
RPL_MAPEND = _add("map", "017", "RPL_MAPEND", "End of /MAP")
RPL_MAPUSERS = _add("map", "018", "RPL_MAPUSERS")

# STATS and TRACE.
RPL_TRACEOPERATOR = _add("stats", "204", "RPL_TRACEOPERATOR")
RPL_TRACEUSER = _add("stats", "205", "RPL_TRACEUSER")
RPL_STATSLINKINFO = _add("stats", "211", "RPL_STATSLINKINFO")
RPL_STATSCOMMANDS = _add("stats", "212", "RPL_STATSCOMMANDS")
RPL_STATSKLINE = _add("stats", "216", "RPL_STATSKLINE")
RPL_ENDOFSTATS = _add("stats", "219", "RPL_ENDOFSTATS", "End of /STATS report")
RPL_STATSUPTIME = _add("stats", "242", "RPL_STATSUPTIME", "Server up {time}")
RPL_STATSOLINE = _add("stats", "243", "RPL_STATSOLINE")
RPL_STATSDEBUG = _add("stats", "249", "RPL_STATSDEBUG")
RPL_TRACEEND = _add("stats", "262", "RPL_TRACEEND", "End of TRACE")

# A user's own modes.
RPL_UMODEIS = _add("mode", "221", "RPL_UMODEIS")

# LUSERS: how many people are here.
RPL_LUSERCLIENT = _add(
    "lusers", "251", "RPL_LUSERCLIENT", "There are {users} users and {invisible} invisible on {servers} servers"
)
RPL_LUSEROP = _add("lusers", "252", "RPL_LUSEROP", "IRC operators online")
RPL_LUSERUNKNOWN = _add("lusers", "253", "RPL_LUSERUNKNOWN", "unregistered connections")
RPL_LUSERCHANNELS = _add("lusers", "254", "RPL_LUSERCHANNELS", "channels formed")
RPL_LUSERME = _add("lusers", "255", "RPL_LUSERME", "I have {clients} clients and {servers} servers")
RPL_LOCALUSERS = _add("lusers", "265", "RPL_LOCALUSERS", "Current local users {users}, max {max}")
RPL_GLOBALUSERS = _add("lusers", "266", "RPL_GLOBALUSERS", "Current global users {users}, max {max}")

# ADMIN.
RPL_ADMINME = _add("admin", "256", "RPL_ADMINME", "Administrative info")
RPL_ADMINLOC1 = _add("admin", "257", "RPL_ADMINLOC1")
RPL_ADMINLOC2 = _add("admin", "258", "RPL_ADMINLOC2")
RPL_ADMINEMAIL = _add("admin", "259", "RPL_ADMINEMAIL")

# The server is too busy.
RPL_TRYAGAIN = _add("load", "263", "RPL_TRYAGAIN", "Please wait a while and try again.")

# SILENCE.
RPL_SILELIST = _add("silence", "271", "RPL_SILELIST")
RPL_ENDOFSILELIST = _add("silence", "272", "RPL_ENDOFSILELIST", "End of silence list")
ERR_SILELISTFULL = _add("silence", "511", "ERR_SILELISTFULL", "Your silence list is full")

# AWAY, USERHOST and ISON.
RPL_NONE = _add("user", "300", "RPL_NONE")
RPL_AWAY = _add("user", "301", "RPL_AWAY")
RPL_USERHOST = _add("user", "302", "RPL_USERHOST")
RPL_ISON = _add("user", "303", "RPL_ISON")
RPL_UNAWAY = _add("user", "305", "RPL_UNAWAY", "You are no longer marked as being away")
RPL_NOWAWAY = _add("user", "306", "RPL_NOWAWAY", "You have been marked as being away")
RPL_USERIP = _add("user", "340", "RPL_USERIP")

# WHO, WHOIS and WHOWAS.
RPL_WHOISCERTFP = _add("whois", "276", "RPL_WHOISCERTFP", "has client certificate fingerprint {fingerprint}")
RPL_WHOISREGNICK = _add("whois", "307", "RPL_WHOISREGNICK", "has identified for this nick")
RPL_WHOISUSER = _add("whois", "311", "RPL_WHOISUSER")
RPL_WHOISSERVER = _add("whois", "312", "RPL_WHOISSERVER")
RPL_WHOISOPERATOR = _add("whois", "313", "RPL_WHOISOPERATOR", "is an IRC operator")
RPL_WHOWASUSER = _add("whois", "314", "RPL_WHOWASUSER")
RPL_ENDOFWHO = _add("whois", "315", "RPL_ENDOFWHO", "End of WHO list")
RPL_WHOISIDLE = _add("whois", "317", "RPL_WHOISIDLE", "seconds idle, signon time")
RPL_ENDOFWHOIS = _add("whois", "318", "RPL_ENDOFWHOIS", "End of /WHOIS list")
RPL_WHOISCHANNELS = _add("whois", "319", "RPL_WHOISCHANNELS")
RPL_WHOISSPECIAL = _add("whois", "320", "RPL_WHOISSPECIAL")
RPL_WHOISACCOUNT = _add("whois", "330", "RPL_WHOISACCOUNT", "is logged in as")
RPL_WHOISBOT = _add("whois", "335", "RPL_WHOISBOT", "is a bot")
RPL_WHOISACTUALLY = _add("whois", "338", "RPL_WHOISACTUALLY", "Actual user@host, actual IP")
RPL_WHOREPLY = _add("whois", "352", "RPL_WHOREPLY")
RPL_WHOSPCRPL = _add("whois", "354", "RPL_WHOSPCRPL")
RPL_ENDOFWHOWAS = _add("whois", "369", "RPL_ENDOFWHOWAS", "End of WHOWAS")
RPL_WHOISHOST = _add("whois", "378", "RPL_WHOISHOST", "is connecting from {address}")
RPL_WHOISMODES = _add("whois", "379", "RPL_WHOISMODES", "is using modes {modes}")
RPL_WHOISSECURE = _add("whois", "671", "RPL_WHOISSECURE", "is using a secure connection")

# LIST, NAMES, topics, modes and the lists of a channel.
RPL_LISTSTART = _add("channel", "321", "RPL_LISTSTART", "Users  Name")
RPL_LIST = _add("channel", "322", "RPL_LIST")
RPL_LISTEND = _add("channel", "323", "RPL_LISTEND", "End of /LIST")
RPL_CHANNELMODEIS = _add("channel", "324", "RPL_CHANNELMODEIS")
RPL_CHANNEL_URL = _add("channel", "328", "RPL_CHANNEL_URL")
RPL_CREATIONTIME = _add("channel", "329", "RPL_CREATIONTIME")
RPL_NOTOPIC = _add("channel", "331", "RPL_NOTOPIC", "No topic is set")
RPL_TOPIC = _add("channel", "332", "RPL_TOPIC")
RPL_TOPICWHOTIME = _add("channel", "333", "RPL_TOPICWHOTIME")
RPL_INVITELIST = _add("channel", "336", "RPL_INVITELIST")
RPL_ENDOFINVITELIST = _add("channel", "337", "RPL_ENDOFINVITELIST", "End of /INVITE list")
RPL_INVITING = _add("channel", "341", "RPL_INVITING")
RPL_INVEXLIST = _add("channel", "346", "RPL_INVEXLIST")
RPL_ENDOFINVEXLIST = _add("channel", "347", "RPL_ENDOFINVEXLIST", "End of channel invite exception list")
RPL_EXCEPTLIST = _add("channel", "348", "RPL_EXCEPTLIST")
RPL_ENDOFEXCEPTLIST = _add("channel", "349", "RPL_ENDOFEXCEPTLIST", "End of channel exception list")
RPL_NAMREPLY = _add("channel", "353", "RPL_NAMREPLY")
RPL_ENDOFNAMES = _add("channel", "366", "RPL_ENDOFNAMES", "End of /NAMES list")
RPL_BANLIST = _add("channel", "367", "RPL_BANLIST")
RPL_ENDOFBANLIST = _add("channel", "368", "RPL_ENDOFBANLIST", "End of channel ban list")
RPL_QUIETLIST = _add("channel", "728", "RPL_QUIETLIST")
RPL_ENDOFQUIETLIST = _add("channel", "729", "RPL_ENDOFQUIETLIST", "End of channel quiet list")

# VERSION, LINKS, INFO, MOTD, TIME and USERS.
RPL_VERSION = _add("server", "351", "RPL_VERSION")
RPL_LINKS = _add("server", "364", "RPL_LINKS")
RPL_ENDOFLINKS = _add("server", "365", "RPL_ENDOFLINKS", "End of /LINKS list")
RPL_INFO = _add("server", "371", "RPL_INFO")
RPL_MOTD = _add("server", "372", "RPL_MOTD")
RPL_ENDOFINFO = _add("server", "374", "RPL_ENDOFINFO", "End of /INFO list")
RPL_MOTDSTART = _add("server", "375", "RPL_MOTDSTART", "- {server} Message of the day -")
RPL_ENDOFMOTD = _add("server", "376", "RPL_ENDOFMOTD", "End of /MOTD command")
RPL_TIME = _add("server", "391", "RPL_TIME")
RPL_USERSSTART = _add("server", "392", "RPL_USERSSTART", "UserID   Terminal  Host")
RPL_USERS = _add("server", "393", "RPL_USERS")
RPL_ENDOFUSERS = _add("server", "394", "RPL_ENDOFUSERS", "End of users")
RPL_NOUSERS = _add("server", "395", "RPL_NOUSERS", "Nobody logged in")
RPL_VISIBLEHOST = _add("server", "396", "RPL_VISIBLEHOST", "is now your displayed host")

# Operators.
RPL_YOUREOPER = _add("oper", "381", "RPL_YOUREOPER", "You are now an IRC operator")
RPL_REHASHING = _add("oper", "382", "RPL_REHASHING", "Rehashing")
ERR_NOOPERHOST = _add("oper", "491", "ERR_NOOPERHOST", "No O-lines for your host")
ERR_NOPRIVILEGES = _add("oper", "481", "ERR_NOPRIVILEGES", "Permission denied: you are not an IRC operator")
ERR_CANTKILLSERVER = _add("oper", "483", "ERR_CANTKILLSERVER", "You can't kill a server")
RPL_PRIVS = _add("oper", "270", "RPL_PRIVS")
ERR_NOPRIVS = _add("oper", "723", "ERR_NOPRIVS", "Insufficient oper privileges")

# A target or a command is wrong.
ERR_UNKNOWNERROR = _add("error", "400", "ERR_UNKNOWNERROR", "The command could not be processed")
ERR_NOSUCHNICK = _add("error", "401", "ERR_NOSUCHNICK", "No such nick or channel")
ERR_NOSUCHSERVER = _add("error", "402", "ERR_NOSUCHSERVER", "No such server")
ERR_NOSUCHCHANNEL = _add("error", "403", "ERR_NOSUCHCHANNEL", "No such channel")
ERR_CANNOTSENDTOCHAN = _add("error", "404", "ERR_CANNOTSENDTOCHAN", "Cannot send to channel")
ERR_TOOMANYCHANNELS = _add("error", "405", "ERR_TOOMANYCHANNELS", "You have joined too many channels")
ERR_WASNOSUCHNICK = _add("error", "406", "ERR_WASNOSUCHNICK", "There was no such nickname")
ERR_TOOMANYTARGETS = _add("error", "407", "ERR_TOOMANYTARGETS", "Too many recipients")
ERR_NOSUCHSERVICE = _add("error", "408", "ERR_NOSUCHSERVICE", "No such service")
ERR_NOORIGIN = _add("error", "409", "ERR_NOORIGIN", "No origin specified")
ERR_INVALIDCAPCMD = _add("error", "410", "ERR_INVALIDCAPCMD", "Invalid CAP command")
ERR_NORECIPIENT = _add("error", "411", "ERR_NORECIPIENT", "No recipient given ({command})")
ERR_NOTEXTTOSEND = _add("error", "412", "ERR_NOTEXTTOSEND", "No text to send")
ERR_NOTOPLEVEL = _add("error", "413", "ERR_NOTOPLEVEL", "No top-level domain specified")
ERR_WILDTOPLEVEL = _add("error", "414", "ERR_WILDTOPLEVEL", "Wildcard in top-level domain")
ERR_BADMASK = _add("error", "415", "ERR_BADMASK", "Bad server or host mask")
ERR_TOOMANYMATCHES = _add("error", "416", "ERR_TOOMANYMATCHES", "Too many matches; narrow the request")
ERR_INPUTTOOLONG = _add("error", "417", "ERR_INPUTTOOLONG", "Input line was too long")
ERR_UNKNOWNCOMMAND = _add("error", "421", "ERR_UNKNOWNCOMMAND", "Unknown command")
ERR_NOMOTD = _add("error", "422", "ERR_NOMOTD", "There is no message of the day")
ERR_NOADMININFO = _add("error", "423", "ERR_NOADMININFO", "No administrative info available")
ERR_FILEERROR = _add("error", "424", "ERR_FILEERROR", "File error")
ERR_NOLOGIN = _add("error", "444", "ERR_NOLOGIN", "User not logged in")
ERR_SUMMONDISABLED = _add("error", "445", "ERR_SUMMONDISABLED", "SUMMON has been disabled")
ERR_USERSDISABLED = _add("error", "446", "ERR_USERSDISABLED", "USERS has been disabled")
ERR_NEEDMOREPARAMS = _add("error", "461", "ERR_NEEDMOREPARAMS", "Not enough parameters")
ERR_USERSDONTMATCH = _add("error", "502", "ERR_USERSDONTMATCH", "You can only see and change your own modes")
ERR_CANTSENDTOUSER = _add("error", "531", "ERR_CANTSENDTOUSER", "You can't send to this user now")

# A nick is wrong or taken.
ERR_NONICKNAMEGIVEN = _add("nick", "431", "ERR_NONICKNAMEGIVEN", "No nickname given")
ERR_ERRONEUSNICKNAME = _add("nick", "432", "ERR_ERRONEUSNICKNAME", "Erroneous nickname")
ERR_NICKNAMEINUSE = _add("nick", "433", "ERR_NICKNAMEINUSE", "Nickname is already in use")
ERR_BANONCHAN = _add("nick", "435", "ERR_BANONCHAN", "Cannot change nickname while banned on channel")
ERR_NICKCOLLISION = _add("nick", "436", "ERR_NICKCOLLISION", "Nickname collision")
ERR_UNAVAILRESOURCE = _add("nick", "437", "ERR_UNAVAILRESOURCE", "Nick or channel is temporarily unavailable")
ERR_NICKTOOFAST = _add("nick", "438", "ERR_NICKTOOFAST", "Nick changes too fast")
ERR_NONICKCHANGE = _add("nick", "447", "ERR_NONICKCHANGE", "You can't change your nickname here")

# Registration failed or is missing.
ERR_NOTREGISTERED = _add("registration", "451", "ERR_NOTREGISTERED", "You have not registered")
ERR_ALREADYREGISTERED = _add("registration", "462", "ERR_ALREADYREGISTERED", "You may not reregister")
ERR_NOPERMFORHOST = _add("registration", "463", "ERR_NOPERMFORHOST", "Your host isn't among the privileged")
ERR_PASSWDMISMATCH = _add("registration", "464", "ERR_PASSWDMISMATCH", "Password incorrect")
ERR_YOUREBANNEDCREEP = _add("registration", "465", "ERR_YOUREBANNEDCREEP", "You are banned from this server")
ERR_YOUWILLBEBANNED = _add("registration", "466", "ERR_YOUWILLBEBANNED", "You will be banned from this server")

# Who may do what in a channel.
ERR_USERNOTINCHANNEL = _add("membership", "441", "ERR_USERNOTINCHANNEL", "They aren't on that channel")
ERR_NOTONCHANNEL = _add("membership", "442", "ERR_NOTONCHANNEL", "You're not on that channel")
ERR_USERONCHANNEL = _add("membership", "443", "ERR_USERONCHANNEL", "is already on channel")
ERR_KEYSET = _add("membership", "467", "ERR_KEYSET", "Channel key already set")
ERR_LINKCHANNEL = _add("membership", "470", "ERR_LINKCHANNEL", "Forwarding to another channel")
ERR_CHANNELISFULL = _add("membership", "471", "ERR_CHANNELISFULL", "Cannot join channel (+l)")
ERR_UNKNOWNMODE = _add("membership", "472", "ERR_UNKNOWNMODE", "is an unknown mode char to me")
ERR_INVITEONLYCHAN = _add("membership", "473", "ERR_INVITEONLYCHAN", "Cannot join channel (+i)")
ERR_BANNEDFROMCHAN = _add("membership", "474", "ERR_BANNEDFROMCHAN", "Cannot join channel (+b)")
ERR_BADCHANNELKEY = _add("membership", "475", "ERR_BADCHANNELKEY", "Cannot join channel (+k)")
ERR_BADCHANMASK = _add("membership", "476", "ERR_BADCHANMASK", "Bad channel mask")
ERR_NEEDREGGEDNICK = _add("membership", "477", "ERR_NEEDREGGEDNICK", "You need to be logged in to join that channel")
ERR_BANLISTFULL = _add("membership", "478", "ERR_BANLISTFULL", "Channel list is full")
ERR_BADCHANNAME = _add("membership", "479", "ERR_BADCHANNAME", "Illegal channel name")
ERR_CHANOPRIVSNEEDED = _add("membership", "482", "ERR_CHANOPRIVSNEEDED", "You're not channel operator")
ERR_UNIQOPRIVSNEEDED = _add("membership", "485", "ERR_UNIQOPRIVSNEEDED", "You're not the original channel operator")
ERR_SECUREONLYCHAN = _add(
    "membership", "489", "ERR_SECUREONLYCHAN", "Cannot join channel; a secure connection is needed (+z)"
)
ERR_UMODEUNKNOWNFLAG = _add("membership", "501", "ERR_UMODEUNKNOWNFLAG", "Unknown mode flag")
ERR_INVALIDKEY = _add("membership", "525", "ERR_INVALIDKEY", "Key is not well-formed")
ERR_INVALIDMODEPARAM = _add("membership", "696", "ERR_INVALIDMODEPARAM", "Invalid mode parameter")
ERR_LISTMODEALREADYSET = _add("membership", "697", "ERR_LISTMODEALREADYSET", "The mask is on the list already")
ERR_LISTMODENOTSET = _add("membership", "698", "ERR_LISTMODENOTSET", "The mask is not on the list")

# HELP.
ERR_HELPNOTFOUND = _add("help", "524", "ERR_HELPNOTFOUND", "No help available on this topic")
RPL_HELPSTART = _add("help", "704", "RPL_HELPSTART")
RPL_HELPTXT = _add("help", "705", "RPL_HELPTXT")
RPL_ENDOFHELP = _add("help", "706", "RPL_ENDOFHELP", "End of /HELP")

# STARTTLS, which is deprecated.
RPL_STARTTLS = _add("tls", "670", "RPL_STARTTLS", "STARTTLS successful, proceed with TLS handshake")
ERR_STARTTLS = _add("tls", "691", "ERR_STARTTLS", "STARTTLS failed")

# KNOCK and caller-id (ACCEPT).
RPL_ACCEPTLIST = _add("knock", "281", "RPL_ACCEPTLIST")
RPL_ENDOFACCEPT = _add("knock", "282", "RPL_ENDOFACCEPT", "End of ACCEPT list")
ERR_ACCEPTFULL = _add("knock", "456", "ERR_ACCEPTFULL", "Your accept list is full")
ERR_ACCEPTEXIST = _add("knock", "457", "ERR_ACCEPTEXIST", "is on your accept list already")
ERR_ACCEPTNOT = _add("knock", "458", "ERR_ACCEPTNOT", "is not on your accept list")
RPL_KNOCK = _add("knock", "710", "RPL_KNOCK", "has asked for an invite")
RPL_KNOCKDLVR = _add("knock", "711", "RPL_KNOCKDLVR", "Your KNOCK has been delivered")
ERR_TOOMANYKNOCK = _add("knock", "712", "ERR_TOOMANYKNOCK", "Too many KNOCKs")
ERR_CHANOPEN = _add("knock", "713", "ERR_CHANOPEN", "Channel is open")
ERR_KNOCKONCHAN = _add("knock", "714", "ERR_KNOCKONCHAN", "You are already on that channel")
ERR_CANNOTKNOCK = _add("knock", "480", "ERR_CANNOTKNOCK", "Cannot knock at that channel")
RPL_TARGUMODEG = _add("knock", "716", "RPL_TARGUMODEG", "is in +g mode")
RPL_TARGNOTIFY = _add("knock", "717", "RPL_TARGNOTIFY", "has been told that you messaged them")
RPL_UMODEGMSG = _add("knock", "718", "RPL_UMODEGMSG", "is messaging you, and you have mode +g set")

# MONITOR.
RPL_MONONLINE = _add("monitor", "730", "RPL_MONONLINE")
RPL_MONOFFLINE = _add("monitor", "731", "RPL_MONOFFLINE")
RPL_MONLIST = _add("monitor", "732", "RPL_MONLIST")
RPL_ENDOFMONLIST = _add("monitor", "733", "RPL_ENDOFMONLIST", "End of MONITOR list")
ERR_MONLISTFULL = _add("monitor", "734", "ERR_MONLISTFULL", "Monitor list is full")

# IRCv3 metadata.
RPL_WHOISKEYVALUE = _add("metadata", "760", "RPL_WHOISKEYVALUE")
RPL_KEYVALUE = _add("metadata", "761", "RPL_KEYVALUE")
RPL_KEYNOTSET = _add("metadata", "766", "RPL_KEYNOTSET", "No matching key")
RPL_METADATASUBOK = _add("metadata", "770", "RPL_METADATASUBOK")
RPL_METADATAUNSUBOK = _add("metadata", "771", "RPL_METADATAUNSUBOK")
RPL_METADATASUBS = _add("metadata", "772", "RPL_METADATASUBS")
RPL_METADATASYNCLATER = _add("metadata", "774", "RPL_METADATASYNCLATER")

# SASL and accounts.
RPL_LOGGEDIN = _add("sasl", "900", "RPL_LOGGEDIN", "You are now logged in as {account}")
RPL_LOGGEDOUT = _add("sasl", "901", "RPL_LOGGEDOUT", "You are now logged out")
ERR_NICKLOCKED = _add("sasl", "902", "ERR_NICKLOCKED", "You must use a nick assigned to you")
RPL_SASLSUCCESS = _add("sasl", "903", "RPL_SASLSUCCESS", "SASL authentication successful")
ERR_SASLFAIL = _add("sasl", "904", "ERR_SASLFAIL", "SASL authentication failed")
ERR_SASLTOOLONG = _add("sasl", "905", "ERR_SASLTOOLONG", "SASL message too long")
ERR_SASLABORTED = _add("sasl", "906", "ERR_SASLABORTED", "SASL authentication aborted")
ERR_SASLALREADY = _add("sasl", "907", "ERR_SASLALREADY", "You have already authenticated using SASL")
RPL_SASLMECHS = _add("sasl", "908", "RPL_SASLMECHS", "are available SASL mechanisms")
