"""CloudFormation as far as ownership goes: which stack, if any, a physical id belongs to."""

from xml.sax.saxutils import escape

from iamspec.sandbox.refusals import Refused

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


class Stacks:
    """The stacks that own something, as declared."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.owners: dict[tuple[str, str | None], str] = {}

    def own(self, physical_id: str, stack: str, region: str | None) -> None:
        self.owners[physical_id, region] = stack

    def describe(self, physical_id: str | None, region: str) -> str:
        """The answer to DescribeStackResources.

        Raises ValidationError, as AWS does, where no stack owns
        the id.
        """
        if not physical_id:
            raise Refused("ValidationError", "Either PhysicalResourceId or StackName must be specified")
        stack = self.owners.get((physical_id, region)) or self.owners.get((physical_id, None))
        if stack is None:
            raise Refused("ValidationError", f"Stack for {physical_id} does not exist")
        members = {
            "StackName": stack,
            "StackId": f"arn:aws:cloudformation:{region}:{self.account_id}:stack/{stack}/sandbox",
            "LogicalResourceId": "Resource",
            "PhysicalResourceId": physical_id,
            "ResourceType": "AWS::IAM::ManagedPolicy" if ":policy/" in physical_id else "AWS::IAM::User",
            "Timestamp": "2020-01-01T00:00:00Z",
            "ResourceStatus": "CREATE_COMPLETE",
        }
        member = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
        return (
            f'<DescribeStackResourcesResponse xmlns="{NAMESPACE}"><DescribeStackResourcesResult><StackResources>'
            f"<member>{member}</member></StackResources></DescribeStackResourcesResult>"
            "<ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></DescribeStackResourcesResponse>"
        )
