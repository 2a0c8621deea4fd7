"""Who changed it: drift with the calls that made it, as the event history of the sandbox has them."""

from story import ACCOUNT

SPEC = (
    f"{ACCOUNT}users: {{chloe: {{access_keys: {{active: 0}}}}, ben: {{groups: [ops]}}}}\n"
    "groups: {ops: {}}\npolicies: {deploy: {document: {Version: '2012-10-17', Statement: []}}}\n"
)
