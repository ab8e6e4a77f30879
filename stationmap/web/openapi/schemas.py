"""JSON Schema of models, as OpenAPI has it: shared parts stand once, below `components`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"


def components(models: Iterable[type[BaseModel]]) -> dict[str, Schema]:
    """Return the schemas of models and of what they are made of, by name."""
    wanted = [(model, "validation") for model in dict.fromkeys(models)]
    _, made = models_json_schema(wanted, ref_template=REFERENCE, schema_generator=GenerateJsonSchema)  # type: ignore[arg-type]
    return {name: tidy(schema) for name, schema in sorted(made.get("$defs", {}).items())}


def properties(model: type[BaseModel]) -> tuple[dict[str, Schema], list[str]]:
    """Return the schemas of the members of a model and which of them are required, those first."""
    made = tidy(model.model_json_schema(ref_template=REFERENCE))
    required = made.get("required", [])
    found = made.get("properties", {})
    return {name: found[name] for name in sorted(found, key=lambda each: each not in required)}, required


def tidy(schema: Any) -> Any:
    """Return a schema without what says nothing: titles made of names, and defaults that cannot be sent."""
    if isinstance(schema, list):
        return [tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: value for name, value in schema.items() if not _is_void(name, value)}
    return {
        name: {member: tidy(each) for member, each in value.items()} if name in ("properties", "$defs") else tidy(value)
        for name, value in kept.items()
    }


def _is_void(name: str, value: Any) -> bool:
    return (name == "title" and isinstance(value, str)) or (name == "default" and value in (None, []))
