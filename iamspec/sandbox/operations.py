"""The base of all operations: parameters of the request, the account, and the named entities."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.backend import Backend
from iamspec.sandbox.entities import Group, Policy, Role, User
from iamspec.sandbox.refusals import Refused, missing
from iamspec.sandbox.sessions import Caller
from iamspec.sandbox.upstream import ActionResult, EmptyResult, IamResponse

DONE = EmptyResult()


class Operations(IamResponse):
    """A request to IAM. Operations that no subclass has are answered by moto."""

    RESPONSE_KEY_PATH_TO_TRANSFORMER: Mapping[str, Callable[[Any], Any]] = {}  # the views show what IAM shows

    def __init__(self, backend: Backend, params: dict[str, Any], caller: Caller, accounts: Accounts) -> None:
        super().__init__()
        self.account, self.params, self.caller, self.directory = backend, params, caller, accounts
        self.uri_match: dict[str, Any] = {}
        self.current_account, self.partition, self.region = backend.account_id, backend.partition, "us-east-1"

    @property
    def backend(self) -> Backend:
        return self.account

    def get_access_key(self) -> str:
        return self.caller.key_id

    def user(self) -> User:
        found: User | None = self.account.users.get(self.params["UserName"])
        if found is None:
            raise missing(f"The user with name {self.params['UserName']}")
        return found

    def group(self) -> Group:
        found: Group | None = self.account.groups.get(self.params["GroupName"])
        if found is None:
            raise missing(f"The group with name {self.params['GroupName']}")
        return found

    def role(self) -> Role:
        name, roles = self.params["RoleName"], self.account.roles
        found: Role
        for found in roles.values():
            if found.name == name:
                return found
        raise missing(f"The role with name {name}")

    def own_role(self) -> Role:
        """The role, unless only the service that it is linked to may change it."""
        if (role := self.role()).service_linked:
            raise Refused("UnmodifiableEntity", f"Cannot perform the operation on the protected role '{role.name}'")
        return role

    def policy(self) -> Any:
        arn = self._policy_arn()
        if (found := self.account.managed_policies.get(arn)) is None:
            raise Refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
        return found

    def own_policy(self, change: str) -> Policy:
        """The customer-managed policy of the account.

        `change` completes the refusal for a policy of AWS or of
        another account.
        """
        if self._policy_arn().split(":")[4] != self.account.account_id:
            raise Refused("AccessDenied", f"Cannot {change} policies outside your own account.")
        found: Policy = self.policy()
        return found

    def taggable_policy(self) -> Policy:
        if self._policy_arn().split(":")[4] == "aws":
            raise Refused("InvalidInput", "Tags not supported for policies in this domain")
        found: Policy = self.policy()
        return found

    def _policy_arn(self) -> str:
        arn = str(self.params["PolicyArn"])
        if not self.account.policy_arn_regex.fullmatch(arn):
            raise Refused("InvalidInput", f"ARN {arn} is not valid.")
        if (partition := arn.split(":")[1]) != self.account.partition:
            raise Refused("ValidationError", f"Partition {partition} is not valid for resource {arn}.")
        return arn

    def listed(self, key: str, entities: Iterable[Any], view: Callable[[Any], Any]) -> Any:
        """All entities below the request's PathPrefix.

        Each is viewed only if the page holds it.
        """
        prefix = self.params.get("PathPrefix", "/")
        return ActionResult({key: [_later(view, one) for one in entities if one.path.startswith(prefix)]})


def _later(view: Callable[[Any], Any], entity: Any) -> Callable[[], Any]:
    return lambda: view(entity)
