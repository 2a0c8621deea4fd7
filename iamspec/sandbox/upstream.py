"""The names that the sandbox takes from moto, as Any: the types of moto do not foresee subclasses."""

from typing import Any

from moto.core import parse, responses, serialize, utils
from moto.iam import aws_managed_policies, exceptions, models, policy_validation
from moto.iam.responses import IamResponse as _IamResponse

utcnow = utils.utcnow
camelcase_to_underscores = utils.camelcase_to_underscores
IAMException = exceptions.IAMException
VALID_CONDITIONS = policy_validation.VALID_CONDITIONS
SERVICE_NAMES: dict[str, str] = models.SERVICE_NAME_CONVERSION
AWS_MANAGED_POLICIES: str = aws_managed_policies.aws_managed_policies_data

ActionResult: Any = responses.ActionResult
EmptyResult: Any = responses.EmptyResult
IamResponse: Any = _IamResponse
QueryParser: Any = parse.QueryParser
QuerySerializer: Any = serialize.QuerySerializer
AttributePicker: Any = serialize.XFormedAttributePicker
service_model: Any = utils.get_service_model

IAMBackend: Any = models.IAMBackend
BaseUser: Any = models.User
BaseGroup: Any = models.Group
BaseRole: Any = models.Role
ManagedPolicy: Any = models.ManagedPolicy
AWSManagedPolicy: Any = models.AWSManagedPolicy
PolicyVersion: Any = models.PolicyVersion
BaseProfile: Any = models.InstanceProfile
BaseDevice: Any = models.VirtualMfaDevice
IdentityValidator: Any = policy_validation.IAMPolicyDocumentValidator
TrustValidator: Any = policy_validation.IAMTrustPolicyDocumentValidator
