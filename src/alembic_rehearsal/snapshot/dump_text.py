"""The text of pg_dump: normalised to the same bytes for the same schema, and split by object.

Pure: it runs no program, and of SQL it knows only comments and quotes.  Schemas are not compared
by this text but by their pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alembic_rehearsal.core.schema.picture import split_name

# PostgreSQL manual, Lexical Structure: String Constants, Quoted Identifiers, Comments.
COMMENT = r"--[^\n]* | /\*.*?\*/"
QUOTED = r""""[^"]*" | (?<!\w)E'(?:[^'\\]|\\.|'')*' | '[^']*'
    | (?<![\w$])(?P<dollar>\$(?:[^\W\d]\w*)?\$).*?(?P=dollar)"""
_TOKEN = re.compile(rf"(?P<comment>{COMMENT}) | {QUOTED}", re.IGNORECASE | re.DOTALL | re.VERBOSE)
_HIDDEN = re.compile("\0(\\d+)\0")  # PostgreSQL allows no NUL in a text
# Lines that differ between two dumps of one schema, or that only the dumping session
# needed: pg_dump >= 15.14 and its siblings of August 2025 write \restrict with a random
# token; `SET transaction_timeout` (17 and later) stops an older server.
_UNSTABLE = re.compile(
    r"^(\\(un)?restrict .*"
    r"|-- Dumped (from database|by pg_dump) version .*"
    r"|SET (statement|lock|idle_in_transaction_session|transaction)_timeout = .*;)$"
)
# PostgreSQL 15.20 dumps a column option pg_attver, different in every database, and does not
# accept it when the dump is restored (seen with Debian's package, 2026-11).
_COLUMN_NUMBER = re.compile(r"pg_attver=\d+(, )?")
_NO_OPTION = re.compile(r"^ALTER TABLE ONLY .* ALTER COLUMN .* SET \(\);$")
_HEADER = re.compile(r"-- Name: (?P<name>.*); Type: (?P<kind>[^;]*); Schema: (?P<schema>[^;]*);")
_OPTIONS = re.compile(r" OPTIONS \([^)]*\)")
_MAPPING = "USER MAPPING"
# A COMMENT statement in a text whose quoted strings are hidden.
_COMMENT_ON = re.compile(
    r"^--\n-- Name: [^\n]*; Type: COMMENT; [^\n]*\n--\n\n"
    r"COMMENT ON (?P<kind>EXTENSION|TABLE) (?P<name>[^\n;]*) IS "
    r"(?P<text>(?:\0\d+\0)+);\n+",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """The part of a dump for one object.

    `kind`, `schema` ("-" for none) and `name` are as pg_dump writes them.  `start` is the offset
    of `text` in the dump, in characters from 0.
    """

    kind: str
    schema: str
    name: str
    start: int
    text: str


def normalise(text: str) -> str:
    """The dump without lines that change although the schema does not, and with single blank lines.

    Quoted text, such as the bodies of functions, is not changed.
    """
    hidden, quotes = _hide_quotes(text)
    lines = (_COLUMN_NUMBER.sub("", line.rstrip()) for line in hidden.split("\n"))
    kept = [line for line in lines if not _UNSTABLE.match(line) and not _NO_OPTION.match(line)]
    return _restore_quotes(re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() + "\n", quotes)


def without_credentials(text: str) -> str:
    """The dump without the options of user mappings: production's credentials on other servers.

    Only a superuser's dump has them, so without them every account's dump is the same.
    """
    if _MAPPING not in text:
        return text
    pieces, end = [], 0
    for each in sections(text):
        if each.kind == _MAPPING:
            hidden, quotes = _hide_quotes(each.text)
            pieces += [text[end : each.start], _restore_quotes(_OPTIONS.sub("", hidden), quotes)]
            end = each.start + len(each.text)
    return "".join([*pieces, text[end:]])


def without_comments_on_extensions(text: str) -> str:
    """The dump without comments on extensions, which only an extension's owner may set.

    CREATE EXTENSION sets its own comment, and on another server an administrator may own it.
    """
    return _change_comments(text, lambda kind, _, comment: "" if kind == "EXTENSION" else comment)


def without_comment_mark(text: str, table: str, mark: str) -> str:
    """The dump without the last line of a table's comment if that line begins with `mark`."""

    def unmarked(kind: str, name: str, comment: str) -> str:
        before, _, last = comment.rpartition("\n")
        is_marked = (
            kind == "TABLE" and last.startswith(mark) and split_name(name) == split_name(table)
        )
        return before if is_marked else comment

    return _change_comments(text, unmarked)


def _change_comments(text: str, change: Callable[[str, str, str], str]) -> str:
    """The dump with each comment replaced by `change(kind, name, comment)`; "" removes it."""
    hidden, quotes = _hide_quotes(text)

    def changed(found: re.Match[str]) -> str:
        literal = _restore_quotes(found["text"], quotes)
        begin, _, comment = literal[:-1].partition("'")
        new = change(found["kind"], _restore_quotes(found["name"], quotes), comment)
        return found[0].replace(found["text"], f"{begin}'{new}'") if new else ""

    return _restore_quotes(_COMMENT_ON.sub(changed, hidden), quotes)


def sections(text: str) -> Iterator[Section]:
    """The dump, object by object; each section begins with pg_dump's comment about the object."""
    named = [
        (each.start(), header)
        for each in _TOKEN.finditer(text)
        if each["comment"] and (header := _HEADER.match(each[0]))
    ]
    ends = [*(start for start, _ in named), len(text)][1:]
    for (start, header), end in zip(named, ends, strict=True):
        yield Section(header["kind"], header["schema"], header["name"], start, text[start:end])


def _hide_quotes(text: str) -> tuple[str, list[str]]:
    """The text with a number instead of each quoted string, and the list of these strings."""
    quotes: list[str] = []

    def hide(found: re.Match[str]) -> str:
        if found["comment"]:
            return found[0]
        quotes.append(found[0])
        return f"\0{len(quotes) - 1}\0"

    return _TOKEN.sub(hide, text), quotes


def _restore_quotes(hidden: str, quotes: list[str]) -> str:
    return _HIDDEN.sub(lambda found: quotes[int(found[1])], hidden)
