"""Ideas with the real default models, as they ship: distinct, on theme, none that says the theme again."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.contracts import Brief, Engine
from agents.critique.scorecard import Critic
from agents.idea_judge import IdeaJudge
from agents.idea_lines import restates
from agents.ideation import Ideation
from agents.sifting import LIKELY
from cocreate.engines.choose import open_engine
from cocreate.models import resolve
from cocreate.roles.library import roles_of
from cocreate.settings import Settings
from memory.embedder import SentenceEmbedder

pytestmark = pytest.mark.model

THEME = "a lighthouse in winter"
BRIEF = Brief(THEME, kind="idea", theme=THEME)


@pytest.fixture
def engine(model_cache: Path, writer_path: Path, tmp_path: Path) -> Iterator[Engine]:
    settings = Settings(tmp_path / "home", model_cache, threads=2, context=1024)
    resolved = resolve(settings)
    opened = open_engine(settings, resolved, roles_of(settings, resolved.path))
    yield opened
    opened.close()


def test_ideas_for_a_lighthouse_in_winter_are_distinct_and_none_restates_it(
    engine: Engine, embedder_path: Path, writer_path: Path, model_cache: Path
) -> None:
    from cocreate.engines.torch_engine import TorchScorer

    embedder = SentenceEmbedder(embedder_path, threads=2)
    scorer = TorchScorer(writer_path, cache=model_cache, threads=2)
    judge = IdeaJudge(scorer, embedder, Critic(scorer, embedder))
    assert judge.holds("en")
    ideation = Ideation(engine, embedder, judge)
    found = ideation.ideas(BRIEF, count=10, seed=3, stop=threading.Event())
    texts = [one.text for one in found]
    assert 4 <= len(texts) <= 10 and not any(restates(text, THEME) for text in texts)
    rows = embedder.embed(texts)
    same = judge.comparing(THEME)
    assert all(same(texts[a], texts[b], rows[a], rows[b]) < LIKELY for a in range(len(texts)) for b in range(a))
    assert all(one.original is not None and 1 <= one.original <= 5 for one in found)
    # What a small model makes of one idea depends on how its batch came together: it is asked as a writer would, again.
    pushed = [
        one
        for seed in (3, 4, 5, 6)
        for one in ideation.push(
            texts[:1], "sense", BRIEF, count=2, seed=seed, stop=threading.Event(), others=texts[1:]
        )
    ]
    assert pushed and not {one.text for one in pushed} & set(texts)
    assert all(one.parents == (texts[0],) and one.how == "sense" for one in pushed)
