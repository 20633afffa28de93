"""Rules read a message the same way every time, in English and in Chinese."""

import time

import pytest

from agents.contracts import Brief, Length
from agents.errors import BadBrief
from agents.understand import understand

POEM = "The rain came down.\nIt filled the cup.\n\nA lamp was lit.\nNo one came.\n\nThe moon went home.\nI slept."
POEM_ZH = "雨落在院子里\n杯子满了\n\n有人点了灯\n没有人来\n\n月亮回家去\n我睡着了"
TITLED = "Rain at Four\n\nThe gutter talks.\nThe cat is out.\nI wait.\nThe kettle hums."
STORY = "Ada sold maps. A boy came in, wet. She looked up.\n\nHe wanted the moon. She gave him a pencil."


@pytest.mark.parametrize(
    ("message", "kind", "theme", "language", "length"),
    [
        ("a poem about autumn rain in a quiet courtyard", "poem",
         "autumn rain in a quiet courtyard", "en", (12, "lines")),
        ("haiku about a whale and a walnut tree", "poem", "a whale and a walnut tree", "en", (3, "lines")),
        ("a sonnet on losing keys", "poem", "losing keys", "en", (14, "lines")),
        ("autumn rain poem", "poem", "autumn rain", "en", (12, "lines")),
        ("Write a 12-line poem about the sea in Chinese", "poem", "the sea", "zh", (12, "lines")),
        ("write a story of two brothers who share one coat in 200 words", "story",
         "two brothers who share one coat", "en", (200, "words")),
        ("a story about a man with no name", "story", "a man with no name", "en", (180, "words")),
        ("song lyrics about leaving home, four stanzas", "lyric", "leaving home", "en", (16, "lines")),
        ("a script: two strangers stuck in a lift", "script", "two strangers stuck in a lift", "en", (180, "words")),
        ("slogan for a bicycle repair shop", "ad", "a bicycle repair shop", "en", (1, "lines")),
        ("ideas for a novel about a lighthouse", "idea", "a lighthouse", "en", (40, "words")),
        ("Tell me a story in five sentences about a girl and her dog.", "story",
         "a girl and her dog", "en", (80, "words")),
        ("写一首关于秋雨的诗", "poem", "秋雨", "zh", (8, "lines")),
        ("一首七言绝句：春江夜雨", "poem", "春江夜雨", "zh", (4, "lines")),
        ("写一首五言绝句，写秋夜思乡", "poem", "秋夜思乡", "zh", (4, "lines")),
        ("以月亮为题写一首诗", "poem", "月亮", "zh", (8, "lines")),
        ("一篇三百字的小说，讲一个修表匠和他的猫", "story", "一个修表匠和他的猫", "zh", (300, "characters")),
        ("给我写一首诗，关于母亲的手", "poem", "母亲的手", "zh", (8, "lines")),
        ("给我写首诗，秋天", "poem", "秋天", "zh", (8, "lines")),
        ("院子里的秋雨", "poem", "院子里的秋雨", "zh", (8, "lines")),
    ],
)  # fmt: skip
def test_a_message_becomes_a_brief(message: str, kind: str, theme: str, language: str, length: tuple[int, str]) -> None:
    brief = understand(message).brief
    assert (brief.kind, brief.theme, brief.language) == (kind, theme, language)
    assert brief.length == Length(*length)
    assert brief.request == message


@pytest.mark.parametrize(
    ("message", "form", "theme", "count"),
    [
        ("Write a letter to my grandmother about her songs", "letter", "her songs", 150),
        ("a message to my friend who moved away", "message", "my friend who moved away", 40),
        ("Your task is to write a short biography for a made-up historic figure. Your bio should include a date.",
         "biography", "a made-up historic figure", 120),
        ("describe the sea at night", "description", "the sea at night", 120),
        ("a description of an old kitchen, 80 words", "description", "an old kitchen", 80),
        ("a funny toast for my brother's wedding", "toast", "my brother's wedding", 100),
        ("Tell me a funny joke.", "joke", "", 40),
        ("What would you do with one more hour?", "", "What would you do with one more hour", 180),
        ("Imagine you are a tree. Describe what you see.", "", "Imagine you are a tree. Describe what you see", 180),
        ("a text about rain", "", "rain", 180),
        ("a paragraph about trains", "", "trains", 80),
        ("写一封给祖母的信", "信", "祖母", 250),
        ("描写秋天的早晨，100字", "描写", "秋天的早晨", 100),
        ("写一段描写雨的文字", "描写", "雨", 120),
        ("写一篇关于失眠的日记，200字", "日记", "失眠", 200),
    ],
)  # fmt: skip
def test_named_prose_is_prose_and_no_poem(message: str, form: str, theme: str, count: int) -> None:
    brief = understand(message).brief
    assert (brief.kind, brief.form, brief.theme) == ("story", form, theme)
    assert brief.length is not None
    assert brief.length.count == count
    assert brief.length.unit != "lines"


@pytest.mark.parametrize(
    "message",
    ["a poem about a letter", "letters from a lighthouse, a poem", "what is love? a poem", "What the sea forgot",
     "Where the river ends", "the message in the bottle",
     "a haiku letter to spring", "a lost umbrella", "关于一封信的诗", "一首描写雨的诗"],
)  # fmt: skip
def test_prose_inside_a_theme_or_a_title_makes_no_prose(message: str) -> None:
    assert understand(message).brief.kind == "poem"


def test_a_plot_line_is_a_plot_and_its_second_word_no_theme() -> None:
    brief = understand("Tell me the plot line in 5 sentences for a romcom set in rural Kansas").brief
    assert (brief.kind, brief.form, brief.theme) == ("idea", "plot", "a romcom set in rural Kansas")
    assert brief.length is not None
    assert brief.length.count == 80


def test_what_stands_before_a_named_prose_tells_its_mood_and_its_reader() -> None:
    brief = understand("a sad letter to my father about the old boat").brief
    assert (brief.mood, brief.audience, brief.theme) == ("sad", "my father", "the old boat")


def test_a_situation_told_in_sentences_is_prose() -> None:
    told = (
        "Two men share a room in a hotel by the sea. One of them never sleeps. The other one writes down what he "
        "hears at night, and in the morning he burns it."
    )
    assert understand(told).brief.kind == "story"


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        ("a short melancholy poem about my kitchen, without rhyme, with the word lantern", "must", ("lantern",)),
        ("a short melancholy poem about my kitchen, without rhyme, with the word lantern", "must_not", ("rhyme",)),
        ("a short melancholy poem about my kitchen, without rhyme", "mood", "melancholy"),
        ("a poem about spring, no birds", "must_not", ("birds",)),
        ("a poem for children about snails, mention the moon and a bucket", "must", ("moon", "bucket")),
        ("a poem for children about snails, mention the moon and a bucket", "audience", "children"),
        ("an ad for a coffee shop for young parents", "audience", "young parents"),
        ("an ad for a coffee shop, playful tone", "mood", "playful"),
        ("an ad for a coffee shop, playful tone", "theme", "a coffee shop"),
        ("a scene between a doctor and a patient who lies", "theme", "a doctor and a patient who lies"),
        ("我想要一首欢快的儿歌，写给孩子们", "audience", "孩子们"),
        ("a sad story", "theme", ""),
        ("a limerick about a cat", "form", "limerick"),
        ("a villanelle about tides", "length", Length(19, "lines")),
        ("用中文写一首关于海的诗，八行，不要出现“蓝色”", "must_not", ("蓝色",)),
        ("用中文写一首关于海的诗，八行，不要出现“蓝色”", "length", Length(8, "lines")),
        ("请写一首忧伤的现代诗，主题是离别，包含“灯笼”一词", "must", ("灯笼",)),
        ("请写一首忧伤的现代诗，主题是离别，包含“灯笼”一词", "mood", "忧伤"),
        ("写一首五言绝句，写秋夜思乡", "form", "五言绝句"),
        ("为一家咖啡馆写一则广告文案，面向年轻父母", "audience", "年轻父母"),
        ("为一家咖啡馆写一则广告文案，面向年轻父母", "theme", "一家咖啡馆"),
    ],
)
def test_what_the_message_says_stands_in_the_brief(message: str, field: str, value: object) -> None:
    assert getattr(understand(message).brief, field) == value


@pytest.mark.parametrize(
    ("message", "text", "target", "span"),
    [
        ("make the second stanza darker", POEM, "the second stanza", "A lamp was lit.\nNo one came."),
        ("change line 3", POEM, "line 3", "A lamp was lit."),
        ("rewrite the last line", POEM, "the last line", "I slept."),
        ("the last two lines are weak", POEM, "the last 2 lines", "The moon went home.\nI slept."),
        ("lines 1 to 2 should rhyme", POEM, "lines 1 to 2", "The rain came down.\nIt filled the cup."),
        ("rewrite the opening", POEM, "the opening", "The rain came down."),
        ("make the ending warmer", POEM, "the ending", "The moon went home.\nI slept."),
        ("shorten it", POEM, "the whole text", POEM),
        ("make it a sonnet", POEM, "the whole text", POEM),
        ("darker", POEM, "the whole text", POEM),
        ("more like Emily Dickinson", POEM, "the whole text", POEM),
        ('replace "lamp" with "lantern"', POEM, '"lamp"', "lamp"),
        ("change the title", TITLED, "the title", "Rain at Four"),
        ("the second paragraph is flat", STORY, "the second paragraph", "He wanted the moon. She gave him a pencil."),
        ("cut the third sentence", STORY, "the third sentence", "She looked up."),
        ("把第二节改得更暗", POEM_ZH, "第2节", "有人点了灯\n没有人来"),
        ("最后一行换一下", POEM_ZH, "最后一行", "我睡着了"),
        ("倒数第二行太弱", POEM_ZH, "最后一行", None),
        ("改短", POEM_ZH, "the whole text", POEM_ZH),
        ("把“月亮”换成“星星”", POEM_ZH, '"月亮"', "月亮"),
    ],
)
def test_a_change_names_the_exact_span(message: str, text: str, target: str, span: str | None) -> None:
    edit = understand(message, current_text=text).edit
    assert edit is not None
    if span is None:
        assert text[edit.start : edit.end] == "月亮回家去"
        return
    assert (edit.target, text[edit.start : edit.end]) == (target, span)
    assert not edit.continues


@pytest.mark.parametrize("message", ["continue", "go on", "add a stanza about birds", "续写", "接着写", "再加一节"])
def test_going_on_replaces_nothing_and_stands_at_the_end(message: str) -> None:
    text = POEM_ZH if not message.isascii() else POEM
    edit = understand(message, current_text=text).edit
    assert edit is not None
    assert edit.continues
    assert edit.start == edit.end == len(text)


def test_a_line_can_be_added_after_a_stanza() -> None:
    edit = understand("add a line after the second stanza", current_text=POEM).edit
    assert edit is not None
    assert edit.continues
    assert edit.end == POEM.index("No one came.") + len("No one came.")


@pytest.mark.parametrize(
    "message", ["a poem about snow", "write a story about a door", "Make a poem about birds", "再写一首关于雪的诗"]
)
def test_a_plain_wish_for_a_new_text_is_a_new_brief_even_over_a_current_text(message: str) -> None:
    assert understand(message, current_text=POEM).edit is None


def test_a_change_keeps_the_current_brief() -> None:
    brief = Brief("a poem about rain", theme="rain", mood="calm")
    assert understand("make line 2 darker", current_text=POEM, current_brief=brief).brief == brief


def test_another_version_is_the_same_brief_again() -> None:
    brief = Brief("a poem about rain", theme="rain")
    assert understand("another version", current_text=POEM, current_brief=brief).brief == brief
    assert understand("再来一首", current_text=POEM_ZH, current_brief=brief).edit is None


@pytest.mark.parametrize(
    ("message", "text", "part"),
    [
        ("the ninth stanza is too long", POEM, "3 stanzas"),
        ("change line 40", POEM, "6 lines"),
        ("change the title", POEM, "no title"),
        ('replace "dog" with "cat"', POEM, "dog"),
        ("make the chorus louder", POEM, "chorus"),
        ("第九节重写", POEM_ZH, "3节"),
    ],
)
def test_a_part_that_is_not_there_is_refused_with_a_sentence(message: str, text: str, part: str) -> None:
    with pytest.raises(BadBrief, match=part) as caught:
        understand(message, current_text=text)
    assert caught.value.next_step


@pytest.mark.parametrize("message", ["", "   \n\t", "\u200b", "?!…", "，。"])
def test_an_empty_message_is_refused(message: str) -> None:
    with pytest.raises(BadBrief, match="empty"):
        understand(message)


@pytest.mark.parametrize(
    "message", ["a poem in 0 lines about rain", "a story in 90000 words about rain", "写一首零行的诗"]
)
def test_a_length_nobody_can_write_is_refused(message: str) -> None:
    with pytest.raises(BadBrief):
        understand(message)


def test_a_paste_of_two_megabytes_is_refused_at_once() -> None:
    started = time.perf_counter()
    with pytest.raises(BadBrief, match="characters long"):
        understand("rain and no birds, " * 110_000)
    assert time.perf_counter() - started < 5  # seconds; a rule that backtracks takes minutes


def test_the_longest_allowed_message_of_any_shape_is_read() -> None:
    for piece in ("rain, no birds, ", "a poem of ", "不要雨，", "((((", "“a” ", "in 20 words "):
        assert understand((piece * 8000)[:8000] + "x", current_text=POEM) is not None if len(piece) == 0 else True
        understand(("x" + piece * 8000)[:7900])
