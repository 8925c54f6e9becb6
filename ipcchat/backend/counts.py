"""What a journal counts about itself. The journal's thread counts, any thread reads."""

from __future__ import annotations

from ipcchat.core.histogram import NUMBERS, SECONDS, Histogram


class JournalCounts:
    """`facts` are those that were made durable since the start, `refused_commits` how often the disk said no. `refusal`
    says why the last commit was refused; "" when none was, or one worked since. `oldest_at` is the time (Unix ms) of
    the oldest entry that is kept, as it was looked up a minute ago at most; None where nobody looked."""

    __slots__ = ("commit_facts", "commit_seconds", "facts", "oldest_at", "refusal", "refused_commits")

    def __init__(self) -> None:
        self.facts = 0
        self.commit_seconds = Histogram(SECONDS)
        self.commit_facts = Histogram(NUMBERS)
        self.refused_commits = 0
        self.refusal = ""
        self.oldest_at: int | None = None

    def committed(self, facts: int, seconds: float) -> None:
        """A commit worked."""
        self.facts += facts
        self.commit_facts.observe(facts)
        self.commit_seconds.observe(seconds)
        self.refusal = ""

    def refused(self, reason: str) -> None:
        """A commit did not work, but a later one may."""
        self.refused_commits += 1
        self.refusal = reason
