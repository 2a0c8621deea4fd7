"""`iamspec undo JOURNAL`: plans the way back from an apply."""

from collections.abc import Sequence

from iamspec.commands.options import Options
from iamspec.commands.reviewing import reviewed
from iamspec.iam import Reader
from iamspec.live import observe
from iamspec.review import guard
from iamspec.review.model import Review
from iamspec.saved.files import text_of
from iamspec.saved.journal_reader import Journal, read_journal
from iamspec.saved.undo.plan import needs, undo


def load_journal(path: str) -> Journal:
    """The journal in a file."""
    return read_journal(text_of(path), path)


def undoing(journal: Journal, reader: Reader, allow: Sequence[str] = ()) -> Review:
    """The plan that takes an apply back, over the account as one sweep finds it now."""
    guard.check_names(allow)
    live = observe.read_named(reader, journal.account, journal.named)
    live = observe.fill(reader, live, needs(journal, live))
    return reviewed(undo(journal, live), live, reader, Options(allow=tuple(allow)))
