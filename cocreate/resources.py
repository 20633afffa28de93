"""The models of a studio, each loaded when it is first needed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agents.contracts import Embedder, Engine, Scorer
from cocreate.engines.queue import ModelQueue, QueuedEmbedder, queued
from cocreate.events import DownloadProgressed, Event, Noticed, StudioStarting
from cocreate.metering import MeteredEngine
from cocreate.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cocreate.models import ResolvedModel

Emit = Callable[[Event], None]


def while_working(work: Callable[[Emit], None], name: str) -> Iterator[Event]:
    """Run `work` in a thread called `name`; what it emits comes out while it works, its error at the end."""
    news: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            work(news.put)
            news.put(None)
        except Exception as error:  # noqa: BLE001 - thread boundary: raised again in the caller's thread
            news.put(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    while (item := news.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


class LazyEmbedder:
    """An embedder whose weights are loaded at the first text."""

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load
        self._loaded: Embedder | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """As Embedder.name; finds the model, for only its weights tell which it is."""
        return self.loaded().name

    @property
    def dimension(self) -> int:
        """As Embedder.dimension; loads the weights."""
        return self.loaded().dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As Embedder.embed."""
        return self.loaded().embed(texts)

    def loaded(self) -> Embedder:
        """Load the weights now, once."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


class Resources:
    """Engine, scorer and embedder by the settings. Thread safe; each is loaded once."""

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        self._settings = settings
        self._emit: Emit = lambda event: None
        self._lock = threading.RLock()
        self._resolved: ResolvedModel | None = None
        self.queue = ModelQueue()
        self._engine = MeteredEngine(engine, self.queue) if engine else None
        self._taught = frozenset({"en"})
        self._scorer: Scorer | None = None
        self.lazy_embedder = LazyEmbedder(self._load_embedder)
        self.embedder = QueuedEmbedder(self.lazy_embedder, self.queue)

    @property
    def scripted(self) -> bool:
        """Whether no real model is wanted."""
        return self._settings.engine == "scripted"

    def prepare(self, *, engine: bool = False, scorer: bool = False, embedder: bool = False) -> Iterator[Event]:
        """As `load`, in a thread of its own: stages and download progress come out while it works."""
        return while_working(
            lambda emit: self.load(emit, engine=engine, scorer=scorer, embedder=embedder), "load models"
        )

    def load(self, emit: Emit, *, engine: bool = False, scorer: bool = False, embedder: bool = False) -> None:
        """Bring and load what is asked for; `emit` hears of stages and downloads.

        Raises cocreate.models.ModelUnavailable and agents.errors.EngineFailed.
        """
        with self._lock:
            self._emit = emit
            try:
                if engine:
                    self.engine()
                if embedder:
                    self.lazy_embedder.loaded()
                if scorer:
                    self.scorer()
            finally:
                self._emit = lambda event: None

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes the language model writes."""
        if self.scripted:
            return ("en", "zh")
        if self._settings.engine == "server":
            from cocreate.models import languages_of

            return languages_of(str(getattr(self.engine().wrapped, "model", "")))
        return self._model().languages

    @property
    def model_name(self) -> str:
        """Name of the language model, without that of the engine where the two are known apart."""
        local = not self.scripted and self._settings.engine != "server"
        return self._model().name if local else self.engine().name

    @property
    def device(self) -> str:
        """Where the engine runs, such as "CPU, 2 threads"."""
        return str(getattr(self.engine().wrapped, "device", "CPU"))

    def engine(self) -> MeteredEngine:
        """The engine of all agents."""
        with self._lock:
            if self._engine is None:
                from cocreate.engines.choose import open_engine
                from cocreate.roles.library import taught

                elsewhere = self._settings.engine == "server"
                resolved = None if self.scripted or elsewhere else self._model()
                self._emit(StudioStarting("asking the server" if elsewhere else "loading the language model"))
                roles = self._roles(resolved)
                opened = open_engine(self._settings, resolved, roles, self._warn)
                if "role/ideation" in roles:  # a server's has no card here: it is taken for one of English
                    self._taught = taught(roles["role/ideation"])
                self._engine = MeteredEngine(opened, self.queue)
                if warning := str(getattr(self._engine.wrapped, "warning", "")):
                    self._emit(Noticed(warning, "Put the server behind https, or reach it through an SSH tunnel."))
            return self._engine

    def taught(self) -> frozenset[str]:
        """Languages the engine's adapter for ideas has learned, where it has one."""
        self.engine()
        return self._taught

    def scorer(self) -> Scorer:
        """What the critic asks for token log-probabilities."""
        with self._lock:
            if self._scorer is None:
                from cocreate.engines.choose import open_scorer

                resolved = None if self.scripted else self._model()
                engine = self.engine().wrapped
                self._emit(StudioStarting("loading the critic"))
                self._scorer = queued(open_scorer(self._settings, resolved, engine), self.queue)
            return self._scorer

    def close(self) -> None:
        """Free the models."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()

    def _model(self) -> ResolvedModel:
        with self._lock:
            if self._resolved is None:
                from cocreate.models import resolve

                self._resolved = resolve(self._settings, self._report("language model"))
            return self._resolved

    def _roles(self, resolved: ResolvedModel | None) -> dict[str, Path]:
        """The adapters for each agent's job that fit the model."""
        if resolved is None:
            return {}
        from cocreate.roles.library import roles_of

        return roles_of(self._settings, resolved.path, self._warn)

    def _warn(self, sentence: str, next_step: str) -> None:
        self._emit(Noticed(sentence, next_step))

    def _report(self, name: str) -> Callable[[int, int], None]:
        def progress(done: int, total: int) -> None:
            self._emit(DownloadProgressed(name, done, total))

        return progress

    def _load_embedder(self) -> Embedder:
        from memory.embedder import HashEmbedder, SentenceEmbedder

        if self.scripted:
            return HashEmbedder()
        from cocreate.models import resolve_embedder

        path = resolve_embedder(self._settings, self._report("embedding model"))
        self._emit(StudioStarting("loading the memory"))
        return SentenceEmbedder(path, threads=self._settings.threads)
