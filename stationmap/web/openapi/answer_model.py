"""What models of answers have in common: they describe, and nothing is checked by them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class AnswerModel(BaseModel):
    """A part of an answer as its description has it; made ready when that is asked for, not when a server starts."""

    model_config = ConfigDict(defer_build=True)
