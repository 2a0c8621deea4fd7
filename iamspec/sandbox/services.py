"""Operations on service-specific credentials: passwords and API keys for one service."""

import re
from datetime import timedelta
from typing import Any

from iamspec.sandbox.entities import ServiceCredential, User, unique_id
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.quotas import CREDENTIALS_PER_SERVICE
from iamspec.sandbox.refusals import Refused, missing
from iamspec.sandbox.upstream import ActionResult, utcnow

WITH_PASSWORD = frozenset({"cassandra.amazonaws.com", "codecommit.amazonaws.com"})
WITH_SECRET = frozenset(
    {
        "aws-external-anthropic.amazonaws.com",
        "bedrock.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "logs.amazonaws.com",
    }
)
SERVICE_NAME = re.compile(r"[a-zA-Z0-9.-]*")


class Services(Operations):
    """Service-specific credentials."""

    def create_service_specific_credential(self) -> Any:
        user, service = self.user(), self._service()
        if service not in WITH_PASSWORD | WITH_SECRET:
            raise missing(f"No such service {service} is supported for Service Specific Credentials; it")
        held = [one for one in user.service_credentials if one.service == service]
        if len(held) >= CREDENTIALS_PER_SERVICE:
            quota = f"ServiceSpecificCredentialsPerUser: {CREDENTIALS_PER_SERVICE}"
            raise Refused("LimitExceeded", f"Cannot exceed quota for {quota}")
        age = self.params.get("CredentialAgeDays")
        expires = utcnow() + timedelta(days=age) if age is not None else None
        credential = ServiceCredential(user.name, service, self._login(user, held), expires)
        user.service_credentials.append(credential)
        return ActionResult({"ServiceSpecificCredential": _shown(credential, secret=True)})

    def _login(self, user: User, held: list[ServiceCredential]) -> str:
        """A name that no other credential of the user for the service has.

        The second name has a number.
        """
        account = self.account.account_id
        taken = {one.login for one in held}
        names = (f"{user.name}{number}-at-{account}" for number in ("", *(f"+{one}" for one in range(1, 9))))
        return next(name for name in names if name not in taken)

    def list_service_specific_credentials(self) -> Any:
        everybody, service = self.params.get("AllUsers", False), self._service()
        if everybody and "UserName" in self.params:
            raise Refused("ValidationError", "UserName and AllUsers cannot be given together.")
        users = self.account.users.values() if everybody else [self.user()]
        found = [one for user in users for one in user.service_credentials if service in {None, one.service}]
        return ActionResult({"ServiceSpecificCredentials": [_shown(one) for one in found]})

    def update_service_specific_credential(self) -> Any:
        if (status := self.params["Status"]) == "Expired":
            raise Refused("InvalidInput", "The status of a service specific credential cannot be set to Expired.")
        self._credential().status = status
        return DONE

    def reset_service_specific_credential(self) -> Any:
        """Makes a new secret. Status, creation and expiry stay."""
        credential = self._credential()
        credential.secret = unique_id("", 40)
        return ActionResult({"ServiceSpecificCredential": _shown(credential, secret=True)})

    def delete_service_specific_credential(self) -> Any:
        self.user().service_credentials.remove(self._credential())
        return DONE

    def _service(self) -> str | None:
        service = self.params.get("ServiceName")
        if service is not None and not SERVICE_NAME.fullmatch(service):
            raise Refused("ValidationError", f"ServiceName must match {SERVICE_NAME.pattern}")
        return service

    def _credential(self) -> ServiceCredential:
        wanted = self.params["ServiceSpecificCredentialId"]
        for credential in self.user().service_credentials:
            if credential.id == wanted:
                return credential
        raise missing(f"Service specific credential {wanted}")


def _shown(credential: ServiceCredential, *, secret: bool = False) -> dict[str, Any]:
    """A user name and a password, or an alias and a secret.

    Secrets are shown only when they are made.
    """
    login, password = (
        ("ServiceUserName", "ServicePassword")
        if credential.service in WITH_PASSWORD
        else ("ServiceCredentialAlias", "ServiceCredentialSecret")
    )
    return {
        "UserName": credential.user_name,
        "ServiceName": credential.service,
        login: credential.login,
        "ServiceSpecificCredentialId": credential.id,
        "Status": credential.status,
        "CreateDate": credential.create_date,
        "ExpirationDate": credential.expires,
        password: credential.secret if secret else None,
    }
