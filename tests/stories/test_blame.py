"""Who changed it: drift with the calls that made it, as the event history of the sandbox has them."""

import json

import pytest
from story import ACCOUNT, Story

from iamspec.commands import blame as commands
from iamspec.commands.blame import MOST, last_apply, with_blame
from iamspec.commands.drift import drift
from iamspec.errors import IamError
from iamspec.iam import Account
from iamspec.live.aws import Aws
from iamspec.live.connection import Connection
from iamspec.live.trail import events, lookup
from iamspec.render import FORMATS
from iamspec.sandbox import environment, running
from iamspec.sandbox.environment import client_of

SPEC = (
    f"{ACCOUNT}users: {{chloe: {{access_keys: {{active: 0}}}}, ben: {{groups: [ops]}}}}\n"
    "groups: {ops: {}}\npolicies: {deploy: {document: {Version: '2012-10-17', Statement: []}}}\n"
)
