"""Finding, bringing, checking and naming the models. Nothing heavy is imported before a download starts."""

from cocreate.model_views import ModelRow
from cocreate.models.errors import FetchStopped, ModelRefused, ModelUnavailable
from cocreate.models.listing import configured, list_models, survey
from cocreate.models.recommended import RECOMMENDED
from cocreate.models.resolve import ResolvedModel, languages_of, resolve, resolve_embedder
from cocreate.models.specs import DEFAULTS, EMBEDDER, WRITER, ModelSpec
from cocreate.models.store import ModelStore

__all__ = [
    "DEFAULTS",
    "EMBEDDER",
    "RECOMMENDED",
    "WRITER",
    "FetchStopped",
    "ModelRefused",
    "ModelRow",
    "ModelSpec",
    "ModelStore",
    "ModelUnavailable",
    "ResolvedModel",
    "configured",
    "languages_of",
    "list_models",
    "resolve",
    "resolve_embedder",
    "survey",
]
