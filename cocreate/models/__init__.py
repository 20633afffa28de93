"""Finding, bringing, checking and naming the models. Nothing heavy is imported before a download starts."""

from cocreate.models.errors import FetchStopped, ModelRefused, ModelUnavailable
from cocreate.models.listing import ModelRow, configured, list_models, suggest
from cocreate.models.resolve import ResolvedModel, languages_of, resolve, resolve_embedder
from cocreate.models.specs import DEFAULTS, EMBEDDER, SUGGESTIONS, WRITER, ModelSpec, Suggestion
from cocreate.models.store import ModelStore

__all__ = [
    "DEFAULTS",
    "EMBEDDER",
    "SUGGESTIONS",
    "WRITER",
    "FetchStopped",
    "ModelRefused",
    "ModelRow",
    "ModelSpec",
    "ModelStore",
    "ModelUnavailable",
    "ResolvedModel",
    "Suggestion",
    "configured",
    "languages_of",
    "list_models",
    "resolve",
    "resolve_embedder",
    "suggest",
]
