"""Operations on roles."""

from typing import Any
from uuid import uuid4

from iamspec.sandbox import documents, tags, trust, views
from iamspec.sandbox.entities import Role
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, conflict, missing
from iamspec.sandbox.trust import Trust
from iamspec.sandbox.upstream import SERVICE_NAMES, ActionResult

HOUR = 3600
NAMED_LATER = ("Description", "MaxSessionDuration")  # members that only later reads show


class Roles(Operations):
    """Roles, their trust, tags and boundaries."""

    def create_role(self) -> Any:
        """Makes a role. The answer has the trust policy as it was sent.

        It lacks description and session duration, which later
        reads have.
        """
        params, text = self.params, self.params["AssumeRolePolicyDocument"]
        role = self._made(params["RoleName"], params.get("Path", "/"), self._trust(text))
        role.description = params.get("Description", "")
        role.max_session_duration = params.get("MaxSessionDuration", HOUR)
        role.max_signin_session_duration = params.get("MaxSigninSessionDuration")
        self._kept(role)
        shown = {key: value for key, value in views.whole_role(role).items() if key not in NAMED_LATER}
        return ActionResult({"Role": shown | {"AssumeRolePolicyDocument": views.encoded(text), "RoleLastUsed": None}})

    def _made(self, name: str, path: str, trusted: Trust) -> Role:
        """A role that is not yet in the account."""
        self.account.claim("Role", name)
        self.account.limit("RolesQuota", len(self.account.roles) + 1)
        role = Role(self.account.account_id, self.partition, name, path, trusted)
        role.tags = tags.merged({}, self.params.get("Tags", []), folded=True)
        if boundary := self.params.get("PermissionsBoundary"):
            role.permissions_boundary_arn = self.account.boundary(boundary)
        return role

    def _kept(self, role: Role) -> None:
        self.account.roles[role.id] = role

    def create_service_linked_role(self) -> Any:
        service, suffix = self.params["AWSServiceName"], self.params.get("CustomSuffix")
        name = _linked_name(service) + (f"_{suffix}" if suffix else "")
        if any(role.name.lower() == name.lower() for role in self.account.roles.values()):
            raise Refused("InvalidInput", f"Service role name {name} has been taken in this account.")
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        role = self._made(
            name, f"/aws-service-role/{service}/", Trust({"Version": documents.VERSION, "Statement": [statement]})
        )
        role.description, role.max_session_duration = self.params.get("Description", ""), HOUR
        self._kept(role)
        return ActionResult({"Role": views.whole_role(role)})

    def get_role(self) -> Any:
        return ActionResult({"Role": views.whole_role(self.role())})

    def list_roles(self) -> Any:
        return self.listed("Roles", self.account.roles.values(), views.role)

    def update_role(self) -> Any:
        """Members that are left out stay as they are, against the API Reference and as recorded."""
        role, params = self.role(), self.params
        durations = params.keys() & {"MaxSessionDuration", "MaxSigninSessionDuration", "ResetMaxSigninSessionDuration"}
        if role.service_linked and durations:
            raise Refused("UnmodifiableEntity", f"The max session duration of {role.name} cannot be changed.")
        role.description = params.get("Description", role.description)
        role.max_session_duration = params.get("MaxSessionDuration", role.max_session_duration)
        signin = None if params.get("ResetMaxSigninSessionDuration") else role.max_signin_session_duration
        role.max_signin_session_duration = params.get("MaxSigninSessionDuration", signin)
        return DONE

    def update_assume_role_policy(self) -> Any:
        role = self.own_role()
        role.trust = self._trust(self.params["PolicyDocument"])
        return DONE

    def update_role_description(self) -> Any:
        role = self.role()
        role.description = self.params["Description"]
        return ActionResult({"Role": views.whole_role(role)})

    def delete_role(self) -> Any:
        role = self.own_role()
        for must, held in (
            ("remove roles from instance profile", self.account.profiles_of(role)),
            ("detach all policies", role.managed_policies),
            ("delete policies", role.policies),
        ):
            if held:
                raise conflict(must)
        self._forget(role)
        return DONE

    def _forget(self, role: Role) -> None:
        del self.account.roles[role.id]
        role.gone = True

    def delete_service_linked_role(self) -> Any:
        """Asked again, the answer is the same task."""
        name, tasks = self.params["RoleName"], self.account.deletion_tasks
        role = next((one for one in self.account.roles.values() if one.name == name), None)
        if role is None:
            task = next((task for task in reversed(tasks) if task.split("/")[-2].lower() == name.lower()), None)
            if task is None:
                raise missing(f"The role with name {name}")
            return ActionResult({"DeletionTaskId": task})
        if not role.service_linked:
            raise Refused("InvalidInput", f"The role {name} is not linked to a service.")
        self._forget(role)
        task = f"task{role.path}{role.name}/{uuid4()}"
        tasks[task] = "SUCCEEDED"
        return ActionResult({"DeletionTaskId": task})

    def get_service_linked_role_deletion_status(self) -> Any:
        task = self.params["DeletionTaskId"]
        if (status := self.account.deletion_tasks.get(task)) is None:
            raise missing(f"The deletion task {task}")
        return ActionResult({"Status": status})

    def put_role_permissions_boundary(self) -> Any:
        role = self.own_role()
        role.permissions_boundary_arn = self.account.boundary(self.params["PermissionsBoundary"])
        return DONE

    def delete_role_permissions_boundary(self) -> Any:
        if (role := self.own_role()).permissions_boundary_arn is None:
            raise missing(f"The permissions boundary of the role {role.name}")
        role.permissions_boundary_arn = None
        return DONE

    def list_role_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self.role().tags)})

    def tag_role(self) -> Any:
        role = self.role()
        role.tags = tags.added(role.tags, self.params["Tags"], folded=True)
        return DONE

    def untag_role(self) -> Any:
        role = self.role()
        role.tags = tags.without(role.tags, self.params["TagKeys"], folded=True)
        return DONE

    def _trust(self, text: str) -> Trust:
        found = trust.stored(text, self.directory)
        if documents.size(text) > (quota := self.account.quotas["AssumeRolePolicySizeQuota"]):
            raise Refused("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {quota}")
        return found


def _linked_name(service: str) -> str:
    """The name of a service-linked role, such as AWSServiceRoleForAutoScaling of autoscaling.amazonaws.com."""
    labels = service.removesuffix(".amazonaws.com").split(".")
    if not service.endswith(".amazonaws.com") or len(labels) > 2:
        raise Refused("InvalidInput", f"{service} has no service-linked roles.")
    name = SERVICE_NAMES.get(labels[-1], labels[-1])
    owner = "".join(word.capitalize() for word in labels[0].split("-"))
    return f"AWSServiceRoleFor{name}" + (f"_{owner}" if len(labels) == 2 else "")
