"""Ideas for a theme on the scripted engine: what stays, what is asked again, what is pushed, and why it could work."""

import threading
import zlib
from collections.abc import Sequence

import numpy as np
import pytest

from agents.contracts import Brief, Direction
from agents.errors import BadBrief
from agents.idea_judge import IdeaJudge
from agents.idea_lines import clean_idea, echoes, new_words, says_angle
from agents.ideas import PUSHES, Idea, Push
from agents.ideation import ANGLES_EN, ANGLES_ZH, OVERSAMPLE, Ideation
from agents.promise import promise
from agents.reasons import reasons
from agents.sifting import Sieve
from cocreate.engines.scripted import ScriptedEngine
from cocreate.training.role_ideation import lessons
from memory.records import Hit, Passage

BRIEF = Brief("the sea", kind="idea", theme="the sea", language="en")
SEA = Brief("冬天的灯塔", kind="idea", theme="冬天的灯塔", language="zh")
GOOD = (
    "A ledger of tides lies open on the counter.", "The dog digs up somebody's wedding shoe.",
    "Two hands mend a net by the radio.", "Nobody rings the bell at the ferry house.",
    "The salt has eaten the name off her gate.", "A child sells jars of fog by the road.",
)  # fmt: skip


class Words:
    """Unit vectors from hashed words: texts that share words lie near each other."""

    name, dimension = "words", 64

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), 64), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                rows[row, zlib.crc32(word.strip(".,").encode()) % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Holding(IdeaJudge):
    """The heads as if their models were here: what shares a first word is the same, and longer is more original.

    An idea with a bell in it is likely.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, theme: str, ideas: Sequence[str]) -> list[tuple[float, float]]:
        return [(-1.0 if "bell" in idea else -9.0, 0.0) for idea in ideas]

    def holds(self, language: str) -> bool:
        return language == "en"

    def comparing(self, theme: str):
        return lambda one, other, a, b: 0.9 if one.split()[0] == other.split()[0] else 0.1

    def original(self, theme: str, ideas: Sequence[str]) -> list[float]:
        self.asked += ideas
        return [1 + 4 * min(1.0, len(idea) / 60) for idea in ideas]


def go() -> threading.Event:
    return threading.Event()


def alone(text: str) -> str:
    """A reply that stands alone, whatever sentence was begun for it."""
    return text if text[0].isupper() else text.capitalize()


def test_each_idea_keeps_the_angle_it_was_asked_by() -> None:
    engine = ScriptedEngine([alone(text) for text in GOOD])
    found = Ideation(engine, Words()).ideas(BRIEF, count=3, seed=1, stop=go())
    asked = {request.messages[-1].text: at for at, request in enumerate(engine.history)}
    assert len(found) == 3 and len(asked) == 6
    for one in found:
        assert one.angle == ANGLES_EN[GOOD.index(one.text)][0]
        assert (one.how, one.parents, one.original) == ("", (), None)


def test_too_few_that_differ_are_made_up_for_by_other_angles_and_seeds_in_at_most_two_more_rounds() -> None:
    engine = ScriptedEngine([GOOD[0]] * 8 + list(GOOD))
    told: list[tuple[int, int, int]] = []
    found = Ideation(engine, Words()).ideas(BRIEF, count=4, seed=1, stop=go(), told=lambda *far: told.append(far))
    assert len(found) == 4 and len(engine.history) == 8 + 6
    assert len({request.seed for request in engine.history}) == 14
    assert ANGLES_EN[8][0] in engine.history[8].messages[-1].text
    assert told[-1] == (14, 14, 6) and (8, 8, 1) in told
    never = ScriptedEngine([GOOD[0]] * 99)
    assert len(Ideation(never, Words()).ideas(BRIEF, count=4, seed=1, stop=go())) == 1
    assert len(never.history) == 8 + 6 + 6


def test_a_turn_asks_once_when_two_thirds_of_the_directions_differ() -> None:
    engine = ScriptedEngine([*GOOD[:3], GOOD[0], GOOD[1], GOOD[0], GOOD[1], GOOD[2]])
    found = Ideation(engine, Words()).find(BRIEF, [], count=4, seed=1, stop=go())
    assert len(engine.history) == 8
    assert [one.id for one in found] == ["d1", "d2", "d3"] and isinstance(found[0], Direction)
    assert {one.text for one in found} == set(GOOD[:3])


def test_a_turn_with_too_few_directions_asks_once_more_and_no_further() -> None:
    engine = ScriptedEngine([GOOD[0]] * 20)
    found = Ideation(engine, Words()).find(BRIEF, [], count=4, seed=1, stop=go())
    assert len(engine.history) == 8 + 6
    assert [(one.id, one.text) for one in found] == [("d1", GOOD[0])]


def test_the_examples_of_the_prompt_and_what_is_there_already_do_not_come_back() -> None:
    example = "A keeper's frozen boots stand by the stove, still full of sand."
    engine = ScriptedEngine([example, GOOD[0], GOOD[1], example])
    found = Ideation(engine, Words()).ideas(BRIEF, count=2, seed=1, stop=go(), rounds=0, others=[GOOD[0]])
    assert [one.text for one in found] == [GOOD[1]]


def test_the_trained_heads_decide_what_is_the_same_and_what_is_original() -> None:
    judge = Holding()
    near = ["The sea keeps " + rest for rest in ("a ledger.", "its hat on.", "nobody's time.")]
    ideas = [Idea(text) for text in (*near, "Old sea, new teeth, and a bell in the fog for the drowned.")]
    sieve = Sieve(Words(), judge)
    left = sieve.sift(ideas, BRIEF)
    assert len(left) == 2  # those that begin alike are one
    chosen = sieve.choose(left, BRIEF, 1)
    assert (chosen[0].original or 0) > 4 and chosen[0].text.startswith("Old sea")
    assert judge.asked == [one.text for one in chosen]  # only of those that are shown


def test_of_ideas_that_say_the_same_the_likelier_stays_and_it_stands_first() -> None:
    rings = "Salt and a bell over the sea."
    ideas = [Idea(text) for text in ("Salt and a boot over the sea.", rings, "Nobody mends the sea by day.")]
    sieve = Sieve(Words(), Holding())
    left = sieve.sift(ideas, BRIEF)
    assert [one.idea.text for one in left] == [rings, ideas[2].text]
    assert sieve.choose(left, BRIEF, 1)[0].text == rings


def test_an_idea_promises_most_near_its_theme_but_not_on_it_when_it_is_likely_and_where_the_head_hears_sense() -> None:
    assert promise(0.62, -3, 0) > max(promise(0.3, -3, 0), promise(0.95, -3, 0))
    assert promise(0.62, -2, 0) > promise(0.62, -4, 0) and promise(0.62, -2, 0.5) > promise(0.62, -2, 0)


def test_with_the_heads_more_replies_are_asked_for_and_the_adapter_for_drafts_writes_them() -> None:
    engine = ScriptedEngine(GOOD)
    engine.add_adapter("role/drafting", "x")
    found = Ideation(engine, Words(), Holding()).ideas(BRIEF, count=2, seed=1, stop=go(), rounds=0)
    assert found and len(engine.history) == 2 * OVERSAMPLE
    assert {request.adapter for request in engine.history} == {"role/drafting"}
    Ideation(engine, Words(), Holding()).ideas(SEA, count=2, seed=1, stop=go(), rounds=0)
    others = engine.history[2 * OVERSAMPLE :]
    assert {request.adapter for request in others} == {None}  # it knows no Chinese
    assert engine.history[0].sampling.temperature < others[0].sampling.temperature and len(others) == 4


@pytest.mark.parametrize("adapter", ["", "role/ideation"])
def test_a_small_context_sees_fewer_examples_and_the_theme_once(adapter: str) -> None:
    seen = []
    for context in (512, 2048):
        engine = ScriptedEngine(GOOD, context=context)
        if adapter:
            engine.add_adapter(adapter, "x")
        Ideation(engine, Words()).ideas(BRIEF, count=1, seed=1, stop=go(), rounds=0)
        seen.append(engine.history[0].messages)
    small, large = seen
    assert (len(small), len(large)) == ((2, 2) if adapter else (6, 26))
    assert small[-1] == large[-1] and sum("the sea" in message.text for message in small) == 1


def test_an_example_with_another_ending_is_no_idea() -> None:
    example = "Instead of playing, the pianist closes the lid and asks the audience to hum."
    assert echoes("Instead of playing, the musician takes a break.", [example])
    assert not echoes("Instead of playing, a child counts the gulls.", [example])
    engine = ScriptedEngine(["Instead of playing, the musician takes a break."])
    assert Ideation(engine, Words()).ideas(BRIEF, count=1, seed=1, stop=go(), rounds=0) == []
    assert not echoes("钢琴家合上琴盖。", ["钢琴家合上琴盖。"])


def test_far_from_the_theme_is_left_out_where_the_embedder_is_known_but_never_everything() -> None:
    off, on = Idea("Sheet metal and a bell rose again on Tuesday."), Idea("A ledger of the sea lies open.")
    assert [one.idea for one in Sieve(Words(), Holding()).sift([off, on], BRIEF)] == [on]
    assert [one.idea for one in Sieve(Words(), Holding()).sift([off], BRIEF)] == [off]
    assert len(Sieve(Words()).sift([off, on], BRIEF)) == 2  # an unknown embedder has no scale


@pytest.mark.parametrize("line", [
    "The sea and the seas.", "Write about the sea at night and the moon.", "A poem about the cold grey sea at dusk.",
    "Imagine a boat with no one in it at all.", "The theme is loss and the long way home.", "Here is an idea: a boat",
    "守塔人在炉边坐着。",
])  # fmt: skip
def test_talk_and_what_restates_the_theme_is_no_idea(line: str) -> None:
    assert clean_idea(line, BRIEF) == ""


@pytest.mark.parametrize(
    "line", ["冬天的灯塔。", "描写冬天的灯塔和守塔人。", "A keeper counts onions.", "这首诗写守塔人的孤独与等待。"]
)
def test_talk_and_what_restates_the_theme_is_no_idea_in_chinese(line: str) -> None:
    assert clean_idea(line, SEA) == ""


def test_an_idea_that_says_its_angle_word_for_word_is_left_out() -> None:
    angle = next(angle for angle, _ in ANGLES_EN if angle == "a small action")
    said, taken = f"Someone walks on the sand in {angle}.", GOOD[1]
    assert says_angle(said, angle) and not says_angle(taken, angle)
    assert not says_angle("The sound of the sea fills the shoe.", "a sound")
    place = [angle for angle, _ in ANGLES_EN].index(angle)
    replies = [said if at == place else GOOD[at % len(GOOD)] for at in range(6)]
    found = Ideation(ScriptedEngine(replies), Words()).ideas(BRIEF, count=3, seed=1, stop=go(), rounds=0)
    assert found and said not in {one.text for one in found}


def test_a_quotation_that_was_cut_off_is_closed() -> None:
    assert clean_idea('The old woman says, "I kept the lamp. I kept the oil."', BRIEF).endswith('the lamp."')
    assert clean_idea("老人说，“海把我的鞋还回来了。你看。”", SEA) == "老人说，“海把我的鞋还回来了。”"


def test_new_words_are_counted_whatever_their_ending() -> None:
    assert new_words("Lighthouses wintered.", "a lighthouse in winter") == 0
    assert new_words("Nets dry on the rail.", "a lighthouse in winter") == 3


def test_a_reply_cut_at_its_limit_is_no_idea_unless_its_sentence_had_ended() -> None:
    long = "A man walks " + "very " * 60
    ended = "A dog waits by the ferry house. " + "Then the man comes " * 30
    engine = ScriptedEngine([long, ended])
    found = Ideation(engine, Words()).ideas(BRIEF, count=1, seed=1, stop=go(), rounds=0)
    assert [one.text for one in found] == ["A dog waits by the ferry house."]


def test_after_a_stop_the_replies_that_were_complete_are_used() -> None:
    stop = go()
    engine = ScriptedEngine([GOOD[0], *[text + " And on and on it goes, as it does." for text in GOOD[1:4]]])

    def told(come: int, asked: int, kept: int) -> None:
        stop.set()

    found = Ideation(engine, Words()).ideas(BRIEF, count=2, seed=1, stop=stop, told=told)
    assert [one.text for one in found] == [GOOD[0]] and len(engine.history) == 4


def test_the_adapter_for_ideation_is_used_where_the_engine_has_it() -> None:
    engine = ScriptedEngine(GOOD)
    engine.add_adapter("role/ideation", "x")
    engine.add_adapter("voice/noir", "y")
    Ideation(engine, Words()).ideas(BRIEF, count=3, seed=1, stop=go(), rounds=0)
    assert {request.adapter for request in engine.history} == {"role/ideation"}


def test_an_adapter_is_not_asked_in_a_language_it_has_not_learned() -> None:
    for taught, adapter, messages in ((("en",), None, 26), (("en", "zh"), "role/ideation", 2)):
        engine = ScriptedEngine(["守塔人的靴子冻在炉边。"])
        engine.add_adapter("role/ideation", "x")
        Ideation(engine, Words(), taught=taught).ideas(SEA, count=1, seed=1, stop=go(), rounds=0)
        Ideation(engine, Words(), taught=taught).push(
            ["海上有一盏灯。"], "sense", SEA, count=1, seed=1, stop=go(), rounds=0
        )
        assert {request.adapter for request in engine.history} == {adapter}
        assert len(engine.history[0].messages) == messages


def test_where_the_heads_hear_more_in_an_idea_it_comes_first() -> None:
    class Hearing(Holding):
        def read(self, theme: str, ideas: Sequence[str]) -> list[tuple[float, float]]:
            return [(-3.0, 0.9 if "ledger" in idea else 0.0) for idea in ideas]

    plain, heard = Idea("A net of the sea hangs empty on its hook."), Idea("A ledger of the sea lies open at last.")
    assert Sieve(Words(), Hearing()).sift([plain, heard], BRIEF)[0].idea == heard
    assert Sieve(Words(), Holding()).sift([plain, heard], BRIEF)[0].idea == plain


def test_an_idea_like_an_example_the_adapter_never_saw_stays() -> None:
    like = "Instead of playing, the pianist closes the lid and asks the sea."
    engine = ScriptedEngine([like])
    assert Ideation(engine, Words()).ideas(BRIEF, count=1, seed=1, stop=go(), rounds=0) == []
    engine = ScriptedEngine([like])
    engine.add_adapter("role/ideation", "x")
    assert [one.text for one in Ideation(engine, Words()).ideas(BRIEF, count=1, seed=1, stop=go(), rounds=0)] == [like]


def test_the_adapter_is_asked_for_a_push_as_it_was_taught_without_examples() -> None:
    engine = ScriptedEngine(GOOD[2:])
    engine.add_adapter("role/ideation", "x")
    Ideation(engine, Words()).push([GOOD[0]], "sense", BRIEF, count=2, seed=1, stop=go(), rounds=0)
    asked = engine.history[0]
    assert [message.role for message in asked.messages] == ["system", "user"] and asked.adapter == "role/ideation"
    lesson = lessons(f"# {BRIEF.theme}\na sound | {GOOD[0]}\n+ 1 | a sound, nothing seen | Said.")[-1]
    assert asked.messages == lesson.messages and not asked.prefill


# --- pushed further ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", PUSHES)
def test_a_push_asks_for_one_change_of_the_idea_and_remembers_what_it_came_from(how: Push) -> None:
    engine = ScriptedEngine(GOOD[2:])
    found = Ideation(engine, Words()).push(GOOD[:2], how, BRIEF, count=2, seed=1, stop=go(), rounds=0)
    assert len(found) == 2
    for one in found:
        asked = engine.history[GOOD[2:].index(one.text)].messages[-1].text
        assert one.how == how and all(parent in asked for parent in one.parents)
        assert f"The change: {one.angle}." in asked
        assert one.parents == (GOOD[:2] if how == "combine" else (one.parents[0],))
    assert ("Another idea:" in engine.history[0].messages[-1].text) == (how == "combine")


def test_a_push_never_gives_back_what_it_came_from_nor_what_is_there() -> None:
    engine = ScriptedEngine([GOOD[0], GOOD[1], GOOD[2], GOOD[3]])
    found = Ideation(engine, Words()).push(
        [GOOD[0]], "form", BRIEF, count=2, seed=1, stop=go(), others=[GOOD[1]], rounds=0
    )
    assert sorted(one.text for one in found) == sorted([GOOD[2], GOOD[3]])


@pytest.mark.parametrize(
    ("ideas", "how"), [([], "form"), (["A boat."], "combine"), (["A boat.", "A boat."], "combine")]
)
def test_nothing_to_push_is_said_in_a_sentence(ideas: list[str], how: Push) -> None:
    with pytest.raises(BadBrief):
        Ideation(ScriptedEngine(), Words()).push(ideas, how, BRIEF, count=2, seed=1, stop=go())


@pytest.mark.parametrize("how", PUSHES)
def test_chinese_is_pushed_in_chinese_and_goes_on_from_the_beginning_it_was_given(how: Push) -> None:
    pair = ["守塔人把洋葱排在窗台上。", "两只海鸥分一级干的台阶。"]
    engine = ScriptedEngine(["煤油和旧毛毯的味道停在楼梯口。"] * 2 + ["信里只写了三个人的名字和潮水。"] * 2)
    found = Ideation(engine, Words()).push(pair, how, SEA, count=2, seed=1, stop=go(), rounds=0)
    assert "改法：" in engine.history[0].messages[-1].text
    assert found and all(one.how == how for one in found)
    begun = engine.history[0].prefill
    assert not begun or any(one.text.startswith(begun) for one in found)


def test_chinese_ideas_are_asked_by_chinese_angles_and_told_apart_by_their_characters() -> None:
    near = [
        "守塔人的靴子停在门口的雪里。",
        "守塔人的靴子停在门口的雪中。",
        "海鸥在雾里数着油灯和钟声。",
        "一封信夹在潮湿的航海日志里。",
    ]
    engine = ScriptedEngine(near)
    found = Ideation(engine, Words()).ideas(SEA, count=2, seed=1, stop=go(), rounds=0)
    assert ANGLES_ZH[0] in engine.history[0].messages[-1].text
    assert len(found) == 2 and sum("靴子" in one.text for one in found) <= 1


# --- why it could work ---------------------------------------------------------------------------------------


def test_the_reason_names_the_angle_the_far_words_and_the_passage_it_comes_near() -> None:
    text = "The salt ran out.\nHer ledger lay open in the winter rain.\nNo one came."
    hit = Hit(Passage(1, "w", 0, 0, len(text), text), "Well water", "", 0.6)
    idea = Idea("A ledger of summer tides lies open.", "an object")
    [why] = reasons([idea], Brief("winter", theme="winter by the sea"), Words(), touched=[hit])
    assert why.endswith("far from the theme; it came from the angle “an object”.")
    assert "“summer” stands against “winter”" in why
    assert why.startswith("It comes near your “Well water”: “Her ledger lay open in the winter rain.”; “")
    far = Hit(hit.passage, "Well water", "", 0.2)
    assert "Well water" not in reasons([idea], BRIEF, Words(), touched=[far])[0]


def test_the_reason_of_a_pushed_idea_names_what_it_came_from() -> None:
    made = Idea("The smell of tar, and nobody there.", "a smell", "sense", ("x",))
    both = Idea("They meet on the stairs.", "they meet", "combine", ("x", "y"))
    first, second = reasons([made, both], BRIEF, Words(), numbers=[(3,), (1, 4)])
    assert "t came from idea 3, by another sense (a smell)." in first and "(“nobody”)" in first
    assert "t came from idea 1 and idea 4, joined (they meet)." in second


def test_chinese_reasons_are_chinese_and_end_with_a_full_stop() -> None:
    text = "油灯灭了。洋葱在窗台上发芽。"
    hit = Hit(Passage(1, "w", 0, 0, len(text), text), "井边", "", 0.7)
    idea = Idea("守塔人把洋葱排在窗台上，数到夏天。", "一件物品")
    made = Idea("没有人来敲门。", "原来有的没有了", "opposite", ("x",))
    first, second = reasons([idea, made], SEA, Words(), touched=[hit, None], numbers=[(), (2,)])
    assert first.startswith("靠近你的《井边》：“洋葱在窗台上发芽。”；“夏”对着“冬”")
    assert first.endswith("从“一件物品”这个角度来。")
    assert "由第2条反过来而来" in second and "没有人" in second and second.endswith("。")
