"""What a change means: which actions it gives and takes, and in one word whether it widens or narrows."""

from iamspec.policy.meaning.atoms import Atom, atoms
from iamspec.policy.meaning.comparison import Grants, Meaning, Remark, Verdict, allowed, compare

__all__ = ["Atom", "Grants", "Meaning", "Remark", "Verdict", "allowed", "atoms", "compare"]
