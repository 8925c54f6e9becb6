"""The latest message of each of many histories, by one statement.

Rules:
1. Of each history the newest place is looked up in the index, whatever its length; of what is not indexed yet the few
   thousand rows are walked once for all of them.
2. A conversation in which nothing was said since the time that is asked for is not looked at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from ipcchat.backend.sqlite_rows import INDEXED
from ipcchat.backend.sqlite_times import first_from
from ipcchat.backend.sqlite_unwritten import UNSEEN, Unwritten, is_in
from ipcchat.core.effects import Spans, Targets, TargetsAnswer
from ipcchat.core.facts import parties

_FIELDS = "json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')"

LATEST = f"""
WITH source(target, after, through) AS MATERIALIZED (
    SELECT {_FIELDS} FROM json_each(:sources)
    UNION ALL
    SELECT target, :account_after, :through FROM conversation WHERE account = :account AND seq >= :since
)
SELECT (
    SELECT json_group_array(json_array(source.target, journal.seq, journal.at)) FROM source CROSS JOIN journal
    ON journal.seq = (
        SELECT history.seq FROM history CROSS JOIN journal AS said ON said.seq = history.seq
        WHERE history.target = source.target AND history.seq > source.after AND history.seq <= source.through
            AND NOT said.hidden AND history.seq NOT IN {UNSEEN}
        ORDER BY history.seq DESC LIMIT 1
    )
), (
    SELECT json_group_array(json_array(target, seq, at)) FROM journal
    WHERE seq > {INDEXED} AND seq <= :end AND NOT hidden AND seq NOT IN {UNSEEN}
        AND (target IN (SELECT target FROM source) OR (:account != '' AND target >= '@' AND target < 'A'))
)
"""

_Row = tuple[str, int, int]
_rows = msgspec.json.Decoder(list[_Row]).decode


def targets(connection: sqlite3.Connection, query: Targets, unwritten: Unwritten) -> TargetsAnswer:
    """Answer `query` as the interface says. Raises sqlite3.Error."""
    sources = [(target, *span) for target, spans in query.spans.items() for span in spans]
    words = {
        "sources": msgspec.json.encode(sources).decode(),
        "account": query.account,
        "account_after": query.account_after,
        "through": query.through,
        "end": max([query.through, *(through for _, _, through in sources)]),
        "since": first_from(connection, query.after + 1) if query.account else 0,
        "unseen": unwritten.unseen(),
    }
    indexed, others = connection.execute(LATEST, words).fetchone()
    seen = [row for row in _rows(others) if is_in(_spans_of(query, row[0]), row[1])]
    latest = _latest([*_rows(indexed), *seen])
    found = sorted((row for row in latest if query.after < row[2] < query.before), key=lambda row: row[1])
    limit = max(query.limit, 0)
    return TargetsAnswer(found[max(len(found) - limit, 0) :] if query.newest else found[:limit])


def _spans_of(query: Targets, target: str) -> Spans:
    """What the asker may see of a history."""
    if target in query.spans:
        return query.spans[target]
    if query.account and target[0] == "@" and query.account in parties(target):
        return ((query.account_after, query.through),)
    return ()


def _latest(rows: Iterable[_Row]) -> list[_Row]:
    """Of each target the last one."""
    latest: dict[str, _Row] = {}
    for row in rows:
        if row[1] >= latest.get(row[0], row)[1]:
            latest[row[0]] = row
    return list(latest.values())
