"""The studio's answers about its models: what there is, and taking another one. Nothing here loads a model."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Generator, Iterator

from agents.contracts import StopFlag
from cocreate.commands import UseModel
from cocreate.events import DownloadProgressed, Event, ModelChosen, ModelMissing, ModelsListed
from cocreate.machine import look
from cocreate.models.choosing import Changed, Choice, apply, choose
from cocreate.models.listing import survey
from cocreate.settings import Settings


def threads_of(settings: Settings) -> int:
    """CPU threads the engine runs on."""
    return settings.threads or os.cpu_count() or 1


def models_listed(settings: Settings) -> ModelsListed:
    """What there is and what this machine can hold."""
    return survey(settings, look(), threads_of(settings))


def use_model(settings: Settings, command: UseModel, stop: StopFlag) -> Iterator[Event]:
    """Check, ask or fetch, write the setting. Raises as `choose` and `apply`."""
    choice = choose(settings, command.name, look(), anyway=command.anyway)
    if choice.path is None and not command.fetch:
        yield ModelMissing(command.name, choice.question)
        return
    changed = yield from _applied(settings, choice, stop)
    yield ModelChosen(choice.setting, changed.sentence, changed.back)


def _applied(settings: Settings, choice: Choice, stop: StopFlag) -> Generator[Event, None, Changed]:
    """Run `apply` in a thread of its own, so that its progress can be told while it works."""
    news: queue.SimpleQueue[Event | Changed | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            news.put(apply(settings, choice, lambda done, total: news.put(
                DownloadProgressed(choice.title, done, total or choice.size)), stop))  # fmt: skip
        except Exception as error:  # noqa: BLE001 - thread boundary: raised again in the caller's thread
            news.put(error)

    threading.Thread(target=work, name="fetch model", daemon=True).start()
    while not isinstance(item := news.get(), Changed):
        if isinstance(item, BaseException):
            raise item
        yield item
    return item
