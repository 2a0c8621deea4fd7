"""All rows by the name of the call, and the sets of calls that stages use."""

from iamspec.kinds import KINDS
from iamspec.kinds.operation import Operation

OPERATIONS: dict[str, Operation] = {row.name: row for kind in KINDS.values() for row in kind.operations}
PLANNED = frozenset(OPERATIONS)
MAKING = frozenset(row.name for row in OPERATIONS.values() if row.secret)  # these make a secret
SIGNING = frozenset(row.name for row in OPERATIONS.values() if row.signs_in)  # these change a credential of a spec
NEVER_TWICE = frozenset(row.name for row in OPERATIONS.values() if row.once)
