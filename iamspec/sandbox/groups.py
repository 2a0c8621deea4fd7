"""Operations on groups and memberships."""

from typing import Any

from iamspec.sandbox import views
from iamspec.sandbox.entities import Group
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import conflict
from iamspec.sandbox.upstream import ActionResult


class Groups(Operations):
    """Groups and their members."""

    def create_group(self) -> Any:
        account, params = self.account, self.params
        account.claim("Group", params["GroupName"])
        account.limit("GroupsQuota", len(account.groups) + 1)
        group = Group(account.account_id, account.partition, params["GroupName"], params.get("Path", "/"))
        account.groups[group.name] = group
        return ActionResult({"Group": views.group(group)})

    def get_group(self) -> Any:
        group = self.group()
        return ActionResult({"Group": views.group(group), "Users": [views.user(user) for user in group.users]})

    def list_groups(self) -> Any:
        return self.listed("Groups", self.account.groups.values(), views.group)

    def list_groups_for_user(self) -> Any:
        return self.listed("Groups", self.account.groups_of(self.user()), views.group)

    def update_group(self) -> Any:
        """In place: the id, members and policies stay."""
        group = self.group()
        new = str(self.params.get("NewGroupName", group.name))
        self.account.claim("Group", new, group)
        groups = {new if one is group else name: one for name, one in self.account.groups.items()}
        group.name, group.path = new, self.params.get("NewPath", group.path)
        self.account.groups = groups
        return DONE

    def delete_group(self) -> Any:
        group = self.group()
        for must, held in (
            ("remove users from group", group.users),
            ("detach all policies", group.managed_policies),
            ("delete policies", group.policies),
        ):
            if held:
                raise conflict(must)
        del self.account.groups[group.name]
        return DONE

    def add_user_to_group(self) -> Any:
        group, user = self.group(), self.user()
        if user not in group.users:
            self.account.limit("GroupsPerUserQuota", len(self.account.groups_of(user)) + 1)
            group.users.append(user)
        return DONE

    def remove_user_from_group(self) -> Any:
        """Not being a member is no error, as has been observed of IAM."""
        group, user = self.group(), self.user()
        if user in group.users:
            group.users.remove(user)
        return DONE
