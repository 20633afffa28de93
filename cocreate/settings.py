"""One typed object of configuration, passed in. Precedence: command line, environment, config.toml, default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Keys of config.toml and COCREATE_* variables have these names."""

    home: Path
    """Data directory: the database, the search cache, config.toml. Set by COCREATE_HOME only."""
    cache: Path
    """Where models that can be fetched again lie. Set by COCREATE_CACHE only."""
    engine: str = "auto"
    """auto, llamacpp, torch or scripted."""
    model: str = ""
    """Path of a GGUF file or a Hugging Face folder, or a hub id; "" is the default model."""
    embedder: str = ""
    """Folder of a sentence-transformers model, or a hub id; "" is the default."""
    threads: int = 0
    """CPU threads for models; 0 means all cores."""
    context: int = 2048
    """Tokens of prompt and reply together, per draft."""
    ideas: int = 6
    """Directions to look for in a turn."""
    drafts: int = 4
    """Drafts to write in a turn."""
    revisions: int = 1
    """Rounds of revision in a turn."""
    theme: str = "cocreate-dark"
    """Colours of the screen: a Textual theme name."""
    enter_sends: bool = True
    """Enter sends and Ctrl+J breaks the line; false swaps them."""
