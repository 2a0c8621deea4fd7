"""The meaning of a change: the actions gained and lost, and the verdict."""

from iamspec.policy.meaning.atoms import Atom, atoms
from iamspec.policy.meaning.comparison import Meaning, Remark, Verdict, compare
from iamspec.policy.meaning.grants import Grants, allowed
from iamspec.policy.meaning.scopes import Scope, weight

__all__ = ["Atom", "Grants", "Meaning", "Remark", "Scope", "Verdict", "allowed", "atoms", "compare", "weight"]
