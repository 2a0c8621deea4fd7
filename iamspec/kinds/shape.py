"""The base of everything that people write."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """The base of shapes. Unknown keys are errors, and values never change.

    `sample` has entities by name, as an example of a section.
    """

    sample: ClassVar[Mapping[str, Any]] = {}

    model_config = ConfigDict(extra="forbid", frozen=True)
