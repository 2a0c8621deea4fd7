"""The calls about customer-managed policies and their versions."""

from collections.abc import Iterable
from dataclasses import replace

from iamspec.iam import Call
from iamspec.kinds import effects
from iamspec.kinds.contract import (
    sweep,
)
from iamspec.kinds.operation import (
    Access,
    Answer,
    Authorised,
    Effect,
    Lookup,
    Loss,
    Operation,
    Parameter,
    State,
    Verb,
)
from iamspec.kinds.policy.shape import Policy, PolicyFacts
from iamspec.kinds.rows import (
    DOCUMENT,
    PATH,
    TAGS,
    Listing,
    creating,
    deleting,
    document_is,
    optional,
    subject,
    tagging,
)
from iamspec.kinds.tags import own_tags
from iamspec.kinds.values import is_true

NAME = subject("PolicyName", "policy")
OWNER = subject("PolicyArn", "policy", by_arn=True)
LISTING = Listing("LocalManagedPolicy", "Policies", NAME.name)
TAGGING = tagging("Policy", OWNER, ignores_case=False)


def _made(state: State, call: Call) -> Policy:
    name, path = call.params["PolicyName"], call.params["Path"]
    return Policy(
        name=name,
        path=path,
        tags=own_tags(call.params.get("Tags", ())),
        document=effects.document(state, call),
        description=call.params.get("Description"),
        facts=PolicyFacts(state.account.arn(f"policy{path}{name}")),
    )


def _renew(state: State, call: Call) -> Effect:
    """Adds a version.

    The id of the old default version is unknown, so `versions` has
    all versions but the new default.
    """
    address, policy = effects.entity(OWNER, state, call)
    return {address: replace(policy, document=effects.document(state, call))}


def _forget(state: State, call: Call) -> Effect:
    address, policy = effects.entity(OWNER, state, call)
    problem = f"{address} has no such version:"
    left = effects.without(call, policy.facts.versions, call.params["VersionId"], problem)
    return {address: replace(policy, facts=replace(policy.facts, versions=left))}


def _is_renewed(call: Call, pages: Iterable[Answer]) -> bool | None:
    record = LISTING.record(pages, "Arn", call.params["PolicyArn"])
    return None if record is None else document_is(record, call.params)


CREATE = creating(
    "CreatePolicy",
    NAME,
    (PATH, DOCUMENT, Parameter("Description", required=False, shown=False), optional(TAGS)),
    _made,
    LISTING,
    authorised=Authorised(NAME.name, also=(("Tags", TAGGING.tag.name),)),
)
RENEW = Operation(
    name="CreatePolicyVersion",
    verb=Verb.UPDATE,
    parameters=(OWNER, DOCUMENT, Parameter("SetAsDefault", is_true, shown=False)),
    effect=_renew,
    authorised=Authorised(OWNER.name),
    opens=(Access.DOCUMENT, (OWNER.name,)),
    once=True,
    lookup=Lookup(lambda call: sweep(LISTING.entity) if OWNER.name in call.params else None, _is_renewed),
    back="CreatePolicyVersion",
    renewed="its document comes back as a new version, with another number",
)
FORGET = Operation(
    name="DeletePolicyVersion",
    verb=Verb.TAKE,
    parameters=(OWNER, Parameter("VersionId")),
    effect=_forget,
    authorised=Authorised(OWNER.name),
    takes=Loss("older version"),
)
DELETE = deleting("DeletePolicy", OWNER)
