"""`iamspec accept ADDRESS…`: writes live entities into the existing spec.

Start with `acceptance`. `model` has what is accepted, `refusals`
the reasons against it, and `edits` the changes of the files.
"""

from iamspec.commands.accept.acceptance import acceptance, carry_out
from iamspec.commands.accept.model import Acceptance, Official, Refused

__all__ = ["Acceptance", "Official", "Refused", "acceptance", "carry_out"]
