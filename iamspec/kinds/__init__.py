"""The kinds of IAM entity.

KINDS is the only register of kinds, in the order of creation.
"""

from typing import Any

from iamspec.kinds.account import AccountKind
from iamspec.kinds.contract import Kind
from iamspec.kinds.group import GroupKind
from iamspec.kinds.password_policy import PasswordPolicyKind
from iamspec.kinds.policy.kind import PolicyKind
from iamspec.kinds.profile import ProfileKind
from iamspec.kinds.provider.kind import ProviderKind
from iamspec.kinds.role.kind import RoleKind
from iamspec.kinds.user.kind import UserKind

AnyKind = Kind[Any, Any]  # the seam: each kind has a shape and a resource of its own
KINDS: dict[str, AnyKind] = {
    kind.name: kind
    for kind in (
        *(PolicyKind(), ProviderKind(), GroupKind(), UserKind(), ProfileKind(), RoleKind()),
        *(AccountKind(), PasswordPolicyKind()),
    )
}
SCOPED = {kind.name: kind for kind in reversed(KINDS.values()) if kind.scoped}  # holders before what they hold
SECTIONS = {kind.section: kind for kind in KINDS.values()}
RANK = {name: rank for rank, name in enumerate(KINDS)}
