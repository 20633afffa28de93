"""Little texts for the scripted engine: templates filled with the words of the prompt.

No model and no judgement: it only has to be pleasant enough for a demonstration, different from seed to seed, and the
same every time for the same request. English and Chinese.
"""

from __future__ import annotations

import hashlib
import random
import re

from agents.contracts import Request

CJK = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]{2,}")
_THEME = (
    re.compile(r"(?:theme|about|subject)\s*[:=]?\s+[\"“']?([^\n\"”.;:]{3,80})", re.IGNORECASE),
    re.compile(r"(?:主题|题材|关于|以)[:：]?\s*[“「《]?([\u3400-\u9fff]{1,16})"),
)
_COUNT = re.compile(r"(\d{1,3})\s*(?:lines?|行|句)")
_IDEA = re.compile(r"\b(?:ideas?|directions?|angles?|premises?)\b|方向|点子|构思|立意", re.IGNORECASE)
_PROSE = re.compile(
    r"\b(?:story|prose|scene|script|ad|advert\w*|monologue)\b|故事|小说|散文|剧本|广告|独白", re.IGNORECASE
)

_DULL = frozenset(
    """about after again also and any are another because before being but can could did does down each even every few
    for from get give had has have her here him his how into its just keep let like line lines make many may more most
    much must not now off one only other our out over own poem poems write writing story short text words word verse
    stanza same she should show side some such than that the their them then there these they this those through too
    under until use using very was were what when where which while who why will with without would you your theme mood
    form language kind draft direction directions idea ideas length voice writer reader reply answer sentence sentences
    english chinese begin end first second third new good plain free title lyric script piece""".split()  # noqa: SIM905  a list of words reads better as words
)
_ZH_DULL = re.compile(r"[的了一首个关于请写作以为在和与是有要用这那我你他她它们不字行句诗歌词故事主题语言方向]")

_FILL_EN = ("rain", "lamp", "stone", "window", "salt", "harbour", "letter", "door")
_FILL_ZH = ("雨", "灯", "石", "窗", "月", "门", "信", "路")

_LINES_EN = (
    "The {a} came late and stayed the night",
    "We kept the {a} where the {b} had been",
    "The {b} will never ask you why",
    "Somebody left the {a} on the sill",
    "I counted {a}, then forgot the sum",
    "Under the {b} a quieter thing begins",
    "No one had told the {a} to wait",
    "What the {b} knows it tells the floor",
    "And still the {a}, unhurried, turns",
    "My mother's word for {a} was small",
    "There is a door the {b} can't close",
    "The street gives back the {a} it took",
    "Once, in the {b}, we both were brave",
    "It smelled of iron, {a} and bread",
    "Half of the {b} belongs to noon",
    "The rest is {a}, or something near",
    "Say {a} twice and the kettle stirs",
    "By morning only {b} was left",
    "A crow walked through the {a} like rent",
    "I folded up the {b} and slept",
)
_LINES_ZH = (
    "{a}在檐下说了半句话",
    "我把{b}还给昨夜的门",
    "一盏灯不问{a}的来处",
    "石阶上有{b}走过的声音",
    "谁把{a}忘在窗边",
    "母亲叫它{b}，轻轻地",
    "风翻到{a}就停了",
    "半院子的{b}，半院子的静",
    "数到第七下，{a}才落地",
    "旧信里夹着一点{b}",
    "天亮以前，{a}不肯走",
    "巷口的人抱着{b}等雨停",
    "茶凉了，{a}还是热的",
    "我们都欠{b}一声好",
    "墙根的青苔认得{a}",
    "一只猫绕开了{b}",
)
_PROSE_EN = (
    "On the third day the {a} was still there, and nobody in the house mentioned it.",
    "Ines had learned to judge the hour by the {b}, the way other people use a clock.",
    "“You can keep the {a},” he said, “but not the box.”",
    "It was not the {b} that frightened her; it was how ordinary it had become.",
    "The neighbours drew their curtains against the {a} and went on with supper.",
    "She wrote the word {b} on her palm so that she would not lose it on the stairs.",
    "Later there would be arguments about who saw the {a} first.",
    "The kettle clicked off, and in the silence the {b} seemed to lean closer.",
    "He had carried the {a} across two borders and could not say what it weighed.",
    "When the bus came she left the {b} on the bench, as agreed.",
)
_PROSE_ZH = (
    "第三天，{a}还在那里，屋里谁也没有提起。",
    "她学会了用{b}来判断时辰，就像别人看钟。",
    "“{a}你留着，”他说，“盒子我要带走。”",
    "让她害怕的不是{b}，而是它已经变得平常。",
    "邻居们拉上窗帘，把{a}关在外面，继续吃晚饭。",
    "她把{b}两个字写在手心，怕下楼时弄丢。",
    "后来人们争论，到底是谁先看见了{a}。",
    "水开了又静下来，{b}好像走近了一步。",
)
_IDEAS_EN = (
    "Let the {a} speak, and let it be wrong about the people it watches.",
    "Begin after the {b} is gone and work backwards to the moment it mattered.",
    "Tell it as an inventory: seven things the {a} touched, none of them named twice.",
    "A letter to the {b} from someone who never saw it.",
    "Put two strangers on either side of the {a} and give them one umbrella.",
    "Treat the {b} as a debt that is paid back a little every evening.",
    "Only sounds: what the {a} is to someone sitting with closed eyes.",
    "A child explains the {b} to a grandmother who is forgetting words.",
    "The {a} as a map, read by somebody who wants to stay lost.",
    "One minute, stretched: the last light on the {b}.",
)
_IDEAS_ZH = (
    "让{a}自己开口，而它看错了院里的人。",
    "从{b}消失之后写起，一步步退回要紧的那一刻。",
    "写成一张清单：{a}碰过的七样东西，不重名。",
    "写给{b}的一封信，寄信人从未见过它。",
    "两个陌生人隔着{a}，只有一把伞。",
    "把{b}当作一笔债，每晚还一点。",
    "只写声音：闭着眼的人听见的{a}。",
    "孩子向渐渐忘词的祖母解释什么是{b}。",
)


def reply_to(request: Request) -> str:
    """Return the template text for `request`: an idea (one line), prose or verse, by what the prompt asks for."""
    asked = "\n".join(m.text for m in request.messages) or request.prefill
    last = next((m.text for m in reversed(request.messages) if m.role == "user"), asked)
    seed = hashlib.sha256(f"{request.seed}\0{request.adapter}\0{request.prefill}\0{asked}".encode()).digest()
    # Not security: the seed only makes the same request give the same text.
    rng = random.Random(seed)  # noqa: S311
    chinese = len(CJK.findall(last)) * 3 > len(last)
    words = theme_words(last, chinese)
    if _IDEA.search(last) and request.max_tokens <= 96:
        return _fill((_IDEAS_ZH if chinese else _IDEAS_EN), 1, words, rng)[0]
    if _PROSE.search(last):
        sentences = _fill((_PROSE_ZH if chinese else _PROSE_EN), 6, words, rng)
        return ("" if chinese else " ").join(sentences)
    found = _COUNT.search(last)
    lines = _fill((_LINES_ZH if chinese else _LINES_EN), min(int(found[1]), 40) if found else 8, words, rng)
    stanzas = ["\n".join(lines[i : i + 4]) for i in range(0, len(lines), 4)]
    return "\n\n".join(stanzas)


def theme_words(prompt: str, chinese: bool) -> tuple[str, ...]:
    """Return two to six words of the prompt that name its theme, filled up with stock nouns."""
    named = [m[1] for pattern in _THEME for m in pattern.finditer(prompt)]
    found: list[str] = []
    for text in [*named, prompt]:
        if chinese:
            found += [run[:4] for run in re.findall(r"[\u3400-\u9fff]+", _ZH_DULL.sub(" ", text)) if run]
        else:
            found += [w.lower() for w in _WORD.findall(text) if w.lower() not in _DULL]
        if len(found) >= 2:
            break
    unique = list(dict.fromkeys(found))[:6]
    stock = _FILL_ZH if chinese else _FILL_EN
    return tuple(unique + [w for w in stock if w not in unique][: max(0, 3 - len(unique))])


def _fill(templates: tuple[str, ...], count: int, words: tuple[str, ...], rng: random.Random) -> list[str]:
    """Return `count` filled templates; none twice until all have been used."""
    lines: list[str] = []
    while len(lines) < count:
        for template in rng.sample(templates, min(len(templates), count - len(lines))):
            first, second = rng.sample(words, 2)
            lines.append(template.format(a=first, b=second))
    return lines
