"""A kind that somebody has not finished: it writes and reads policies and a boundary, and forgets them everywhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pydantic import Field

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds.contract import Declared, Given, Granted, Kind, Phase, Resource, Shape, Step, World, sweep
from iamspec.kinds.fields import Flag, Grants, Inlines, Nullable, Text
from iamspec.kinds.operation import Operation, Verb
from iamspec.kinds.rows import BOUNDARY, PATH, Listing, creating, optional, subject
from iamspec.policy.document import Document


class HalfSpec(Shape):
    path: Text = "/"
    policies: Grants = Field(default_factory=list)
    inline_policies: Inlines = Field(default_factory=dict)
    permissions_boundary: Nullable = None
    external: Flag = False


@dataclass(frozen=True, slots=True)
class Half(Resource):
    path: str = "/"
    policies: frozenset[str] = frozenset()
    inline_policies: Mapping[str, Document] = field(default_factory=dict)
    permissions_boundary: str | None = None


OWNER = subject("RoleName", "half")
CREATE = creating(
    "CreateHalf",
    OWNER,
    (PATH, optional(BOUNDARY)),
    lambda _state, call: Half(call.params["RoleName"], path=call.params["Path"]),
    Listing("Role", "RoleDetailList", "RoleName"),
)
DELETE = Operation(
    name="DeleteHalf",
    verb=Verb.DELETE,
    parameters=(OWNER,),
    effect=lambda _state, _call: {},
)


class HalfKind(Kind[HalfSpec, Half]):
    name: ClassVar[str] = "half"
    section: ClassVar[str] = "halves"
    shape = HalfSpec
    listing: ClassVar[Call] = sweep("Role")
    details: ClassVar[str] = "RoleDetailList"
    operations = (CREATE,)

    def check(self, declared: Declared[HalfSpec]) -> Iterator[Issue]:
        yield from ()

    def desired(self, declared: Declared[HalfSpec], granted: Granted, world: World) -> Half:
        return Half(
            name=declared.address.name,
            path=declared.shape.path,
            policies=frozenset(map(world.policy_arn, granted.policies)),
            inline_policies={name: world.document(data) for name, data in granted.inline_policies.items()},
            permissions_boundary=world.policy_arn(granted.boundary) if granted.boundary else None,
        )

    def parse(self, record: Any, account: Account) -> Half:
        return Half(record["RoleName"])

    def written(self, resource: Half, account: Account) -> dict[str, Any]:
        return {"name": resource.name, "path": resource.path, "policies": sorted(resource.policies)}

    def as_created(self, resource: Half) -> Half:
        return replace(resource, policies=frozenset(), inline_policies={}, permissions_boundary=None)

    def create(self, after: Half, world: World) -> Iterator[Step]:
        yield Step(self.address(after), Phase.CREATE, CREATE.call(RoleName=after.name, Path=after.path))

    def update(self, before: Half, after: Half, world: World) -> Iterator[Step]:
        yield from ()

    def delete(self, before: Half) -> Iterator[Step]:
        yield Step(self.address(before), Phase.DELETE, DELETE.call(RoleName=before.name))


class ForgetfulKind(HalfKind):
    """It knows what it is given, and has no call for it."""

    def given(self, shape: HalfSpec) -> Given:
        return Given((), shape.policies, shape.inline_policies, shape.permissions_boundary)


class PowerlessKind(ForgetfulKind):
    """It says that it makes requests, while its resource is no Principal."""

    is_principal: ClassVar[bool] = True
