"""E-mail addresses, and addresses of the web that name a user. Searched from their signs: @, http, hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnkit.texts.personal.found import EMAIL, WEB, Found, one_of

_LOCAL_CHARS, _HOST_CHARS, _PATH_CHARS = 64, 160, 300  # at most: RFC 5321 for the first
_AT = re.compile(
    r"\s?[\[({]\s?(?:at|ät|arroba|chiocciola)\s?[\])}]\s?|@|\uff20| at (?=[\w-]{1,63} dot )", re.IGNORECASE
)
_LOCAL = re.compile(r"[\w+%'-](?:[\w.+%'-]*[\w+%-])?\Z")
_DOT = r"(?:\.|\s?[\[({]\s?(?:dot|punkt|point|punto)\s?[\])}]\s?| dot )"
_HOST = re.compile(rf"(?:[\w-]{{1,63}}{_DOT}){{1,5}}([^\W\d_]{{2,24}})(?![\w@-])", re.IGNORECASE)
_FILES = re.compile(one_of("png jpg jpeg gif svg webp css js py h c md txt pdf mp3 mp4"), re.IGNORECASE)  # image@2x.png

# First parts of a path that are no person's at hosts where people have pages under their own names.
_NOBODY = re.compile(one_of(
    "about help legal login signup search explore share sharer hashtag home i intent settings watch results playlist "
    "embed feed topics trending privacy terms policies tos p reel reels stories tv status features pricing orgs "
    "marketplace sponsors apps jobs company school groups events pages story.php photo.php permalink.php plugins"
))  # fmt: skip
_HOSTS = one_of(
    "facebook.com fb.com instagram.com twitter.com x.com tiktok.com snapchat.com github.com gitlab.com t.me vk.com "
    "pinterest.com twitch.tv linkedin.com myspace.com flickr.com tumblr.com soundcloud.com bsky.app threads.net "
    "wa.me paypal.me steamcommunity.com linktr.ee medium.com reddit.com youtube.com"
)
_OF_PEOPLE = re.compile(rf"(?:\w+\.)?({_HOSTS})")
_WEB = re.compile(
    rf"(?:(?:https?|ftp)://|(?<![\w@.-])www\.|(?<![\w@.-])(?=(?:m\.|[a-z]{{2}}\.)?(?:{_HOSTS})/))[^\s<>\"”“»«]"
    rf"{{1,{_PATH_CHARS}}}",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"(?:\w+://)?(?:(?P<user>[^/?#@\s]+)@)?(?P<host>[^/?#:]+)(?::\d+)?(?P<path>[^?#]*)(?P<query>.*)", re.DOTALL
)
_FOLDERS = one_of(
    "user users u profile profiles profil people member members author authors in channel c account id add"
)
_FIELDS = one_of("user username userid uid login profile account member author id nick nickname name mail email e-mail")
_NAMED = re.compile(rf"/~[\w.-]+|/@[\w.-]{{2,}}|/{_FOLDERS}/[\w.@%-]{{2,}}|[?&]{_FIELDS}=[^&#]{{2,}}", re.IGNORECASE)
_NO_USER = re.compile(r"[?&](?:id|name|author)=", re.IGNORECASE)  # of anything, unless the host is one of people


def emails(text: str) -> Iterator[Found | None]:
    """E-mail addresses, with @ or written out."""
    for at in _AT.finditer(text):
        local = _LOCAL.search(text[max(0, at.start() - _LOCAL_CHARS) : at.start()])
        host = _HOST.match(text, at.end(), at.end() + _HOST_CHARS)
        if local is None or host is None or _FILES.fullmatch(host[1]):
            yield None
            continue
        start = at.start() - len(local[0].lstrip("'%-"))
        yield Found(start, host.end(), EMAIL, "a name, @ and a host" if at[0] == "@" else "@ and dot written out")


def web(text: str) -> Iterator[Found | None]:
    """Addresses of the web that say whose page it is."""
    for match in _WEB.finditer(text):
        address = match[0].rstrip(".,;:!?'…")
        if address.endswith(")") and "(" not in address:
            address = address.rstrip(").,;:")
        why = _user(address)
        yield Found(match.start(), match.start() + len(address), WEB, why) if why else None


def _user(address: str) -> str:
    """Where in an address a user is named; empty where none is."""
    parts = _PARTS.match(address)
    if parts is None:
        return ""
    if parts["user"]:
        return "a user name before the host"
    host = parts["host"].lower().removeprefix("www.")
    first = parts["path"].strip("/").partition("/")[0].lower()
    of_people = _OF_PEOPLE.fullmatch(host)
    named = _NAMED.search(parts["path"] + parts["query"])
    if named and (of_people or not _NO_USER.match(named[0])):
        return "a user name in the address"
    somebody = of_people and re.fullmatch(r"[\w.@%-]{2,}", first) and not _NOBODY.fullmatch(first)
    return f"a person's page at {of_people[1]}" if of_people and somebody else ""
