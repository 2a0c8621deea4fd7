"""How many examples a law tries, by HYPOTHESIS_PROFILE.

Each law says how many examples a thorough run tries, as a machine
does at night. Everyday a share of them is tried, and while one works
a few.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

SHARES = {"quick": 0.05, "everyday": 0.3, "thorough": 1.0}
SHARE = SHARES[os.environ.get("HYPOTHESIS_PROFILE", "everyday")]
LEAST = 5


def law(examples: int, **more: Any) -> settings:
    """The settings of a law with this many examples in a thorough run.

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
