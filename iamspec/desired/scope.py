"""The scope of iamspec in an account: the same function for import, plan, apply and drift."""

import re
from collections.abc import Sequence
from functools import cache

from iamspec.desired.settings import ENTITIES, ScopeSpec
from iamspec.kinds import SECTIONS
from iamspec.policy.globs import bounded
from iamspec.policy.limits import belongs_to_aws, made_by_service

KIND_OF = {section: SECTIONS[section].name for section in ENTITIES}


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    signs = {"*": ".*", "?": "."}
    return re.compile(bounded(signs.get(sign) or re.escape(sign) for sign in glob), re.IGNORECASE | re.DOTALL)


def matches(globs: Sequence[str], path: str, name: str) -> bool:
    """Whether a glob matches the bare name, or path and name if it begins with `/`.

    `*` crosses `/`, and case is ignored.
    """
    return any(_pattern(glob).fullmatch(path + name if glob.startswith("/") else name) for glob in globs)


class Scope:
    """What iamspec answers for in an account."""

    def __init__(self, spec: ScopeSpec | None = None) -> None:
        spec = spec or ScopeSpec()
        globs = {section: spec.globs(section) for section in ENTITIES}
        self.everything = all(one is None for one in globs.values())
        self.globs = {KIND_OF[section]: one or [] for section, one in globs.items()}
        self.excluded = {KIND_OF[section]: one for section, one in spec.excluded.items()}

    def refusal(self, kind: str, path: str, name: str, *, declared: bool = False) -> str | None:
        """The reason why an entity is out of scope, as a clause.

        None if it is in scope. An entity made by a service is in
        scope only if it is declared. Users and groups are in scope
        whatever their path, so that no intruder hides behind a path
        of AWS.
        """
        if belongs_to_aws(kind, path):
            return f"{path} belongs to AWS"
        if made_by_service(kind, path) and not declared:
            return f"{path} is where AWS services put what they make"
        if matches(self.excluded.get(kind, ()), path, name):
            return "scope.exclude names it"
        if not self.everything and kind in self.globs and not matches(self.globs[kind], path, name):
            return "no glob of scope names it"
        return None
