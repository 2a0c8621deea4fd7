"""The base of everything that people write."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Unknown keys are errors, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
