"""Base of every settings class: frozen, strict, closed, and the source of the configuration schema."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Frozen settings of one model or analysis.

    Unknown keys and values of the wrong type are refused. The string under a field is its description in the schema.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
