"""The ways an idea can be pushed further, each as a few changes to ask for. Data and no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.contracts import Brief
from agents.errors import BadBrief
from agents.ideas import Push

_EN: dict[Push, tuple[tuple[str, str], ...]] = {
    "opposite": (
        ("the opposite happens", "Instead,"), ("what was there is gone", "There is no"),
        ("what was feared is wanted", "Someone hopes"), ("what was last comes first", "Long before"),
        ("what was quiet is loud", "Suddenly"), ("it happens to somebody else", "It is the other one who"),
    ),
    "sense": (
        ("a sound, nothing seen", "The sound of"), ("a smell", "The smell of"), ("a taste", "The taste of"),
        ("what the skin feels", "Under the fingers,"), ("cold or warmth", "The warmth of"), ("a light", "The light on"),
    ),
    "speaker": (
        ("a child tells it", "A child says"), ("the oldest one there tells it", "The old woman says"),
        ("a thing in it speaks", "I am"), ("a stranger asks about it", "A stranger asks"),
        ("an animal sees it", "The dog"), ("the one who left tells it", "I left"),
    ),
    "form": (
        ("a letter", "A letter"), ("a list", "A list of"), ("a scene between two people", "Two people"),
        ("a notice on a door", "A notice on the door"), ("a prayer", "A prayer for"), ("a recipe", "A recipe for"),
    ),
    "combine": (
        ("both in one moment", ""), ("one because of the other", "Because"), ("they meet", "When"),
    ),
}  # fmt: skip
_ZH: dict[Push, tuple[tuple[str, str], ...]] = {
    "opposite": (
        ("发生的正好相反", "反倒是"), ("原来有的没有了", "再也没有"), ("害怕的成了盼望的", "有人盼着"),
        ("最后的事先发生", "早在那之前，"), ("安静的变得响亮", "忽然"), ("事情落在另一个人身上", "这一回，"),
    ),
    "sense": (
        ("只有声音", "听见"), ("一种气味", "一股"), ("一种味道", "舌尖上"), ("手摸到的", "手指摸到"),
        ("冷或暖", "掌心里"), ("一种光", "一点光"),
    ),
    "speaker": (
        ("由孩子来讲", "孩子说，"), ("由最老的人来讲", "老人说，"), ("由其中一件东西来讲", "我是"),
        ("陌生人来问", "过路的人问，"), ("一只动物看见", "那只狗"), ("离开的人来讲", "我走的时候"),
    ),
    "form": (
        ("一封信", "一封信，"), ("一张清单", "一张清单："), ("两个人的一场戏", "两个人"),
        ("门上的告示", "门上的告示写着"),
        ("一段祷告", "一段祷告，"), ("一个梦", "梦里，"),
    ),
    "combine": (("合成同一瞬间", ""), ("一件因另一件而起", "因为"), ("两者相遇", "当")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One change to ask for."""

    how: Push
    label: str
    """In the language of the brief: "a smell"."""
    start: str
    """How the reply begins, or ""."""
    parents: tuple[str, ...]

    def slots(self) -> dict[str, str]:
        """Values for the slots of templates/push."""
        other = self.parents[1] if len(self.parents) > 1 else ""
        return {"direction": self.parents[0], "after": other, "instruction": self.label, "start": self.start}


def changes(ideas: Sequence[str], how: Push, brief: Brief) -> list[Change]:
    """Every change of this kind for these ideas: each idea in turn, then the next kind of change.

    Raises:
        BadBrief: no idea, or one to combine.
    """
    texts = [text for text in dict.fromkeys(ideas) if text.strip()]
    if not texts:
        raise BadBrief("There is no idea to push further.", "Name one that is there.")
    if how == "combine" and len(texts) < 2:
        raise BadBrief("Combining takes two ideas.", "Name two of them.")
    groups = list(pairwise(texts)) if how == "combine" else [(text,) for text in texts]
    table = _ZH if brief.language == "zh" else _EN
    return [Change(how, label, start, group) for label, start in table[how] for group in groups]
