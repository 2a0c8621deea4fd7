"""How many examples a law tries. HYPOTHESIS_PROFILE=quick tries a few of them, for an answer while one works."""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

SHARES = {"quick": 0.05, "whole": 1.0}
SHARE = SHARES[os.environ.get("HYPOTHESIS_PROFILE", "whole")]
LEAST = 5


def law(examples: int, **more: Any) -> settings:
    """The settings of a law with this many examples in the whole suite.

    A failing example is shown as found: to make it smaller can take
    minutes.
    """
    return settings(
        max_examples=max(LEAST, int(examples * SHARE)),
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        **more,
    )
