"""The meaning of a change: the actions gained and lost, and the verdict."""

from iamspec.policy.meaning.atoms import Atom, atoms
from iamspec.policy.meaning.comparison import Grants, Meaning, Remark, Verdict, allowed, compare

__all__ = ["Atom", "Grants", "Meaning", "Remark", "Verdict", "allowed", "atoms", "compare"]
