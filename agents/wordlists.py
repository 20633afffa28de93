"""Words the rules of `briefing` and `editing` look for, English and Chinese. Data only."""

from __future__ import annotations

from agents.contracts import Kind, Length

NUMBERS_EN = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()  # noqa: SIM905  a list of words reads better as words
    )
} | {
    "a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80, "hundred": 100,
    "a hundred": 100, "one hundred": 100, "two hundred": 200, "three hundred": 300, "five hundred": 500,
    "a dozen": 12, "half a dozen": 6, "a thousand": 1000, "couple": 2, "a couple of": 2,
}  # fmt: skip
ORDINALS_EN = {
    word: number
    for number, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),  # noqa: SIM905  as above
        start=1,
    )
} | {"opening": 1, "1st": 1, "2nd": 2, "3rd": 3, "last": -1, "final": -1, "closing": -1, "middle": 0}

KIND_WORDS: tuple[tuple[str, Kind], ...] = (
    # Longer names first: "song lyrics" before "song".
    (r"poems?|poetry|verses?|haikus?|sonnets?|tanka|limericks?|villanelles?|ballads?|odes?|elegy|elegies|couplets?"
     r"|quatrains?|sestinas?|ghazals?|acrostics?|pantoums?", "poem"),
    (r"short stor(?:y|ies)|stor(?:y|ies)|flash fiction|tales?|fables?|fairy tales?|fiction|vignettes?|novellas?"
     r"|chapters?|parables?|scene from a novel", "story"),
    (r"song lyrics|lyrics?|songs?|rap|lullab(?:y|ies)|hymns?|chorus", "lyric"),
    (r"scripts?|screenplays?|scenes?|monologues?|dialogues?|sketch(?:es)?|stage plays?|play", "script"),
    (r"ads?|adverts?|advertisements?|slogans?|taglines?|ad copy|copy|commercials?|headlines?|product descriptions?"
     r"|jingles?", "ad"),
    (r"ideas?|brainstorm|premises?|plot ?lines?|plots?|story ?lines?|synops[ie]s|loglines?|pitch(?:es)?"
     r"|titles?", "idea"),
    (r"五言绝句|七言绝句|五绝|七绝|绝句|五言律诗|七言律诗|五律|七律|律诗|古诗|现代诗|自由诗|散文诗|打油诗|十四行诗"
     r"|俳句|三行诗|短诗|长诗|小诗|组诗|诗歌|宋词|诗|(?:一|首|填)(?:首|阕)?词(?!语|汇|条)|對聯|对联", "poem"),
    (r"短篇小说|微型小说|小小说|小说|故事|童话|寓言|短篇|散文", "story"),
    (r"歌词|歌曲|儿歌|山歌|歌|摇篮曲|说唱", "lyric"),
    (r"剧本|独白|对白|剧|一场戏|小品|台词", "script"),
    (r"广告语|广告词|广告|文案|口号|标语|宣传语", "ad"),
    (r"点子|创意|构思|灵感|想法|标题", "idea"),
)  # fmt: skip

FORMS: tuple[tuple[str, str, Length | None], ...] = (
    # pattern, name in the brief, usual length
    (r"haikus?", "haiku", Length(3, "lines")),
    (r"tanka", "tanka", Length(5, "lines")),
    (r"sonnets?", "sonnet", Length(14, "lines")),
    (r"limericks?", "limerick", Length(5, "lines")),
    (r"villanelles?", "villanelle", Length(19, "lines")),
    (r"sestinas?", "sestina", Length(39, "lines")),
    (r"ghazals?", "ghazal", Length(10, "lines")),
    (r"pantoums?", "pantoum", Length(16, "lines")),
    (r"ballads?", "ballad", Length(16, "lines")),
    (r"odes?", "ode", Length(16, "lines")),
    (r"elegy|elegies", "elegy", Length(14, "lines")),
    (r"couplets?", "couplet", Length(2, "lines")),
    (r"quatrains?", "quatrain", Length(4, "lines")),
    (r"acrostics?", "acrostic", None),
    (r"free verse", "free verse", None),
    (r"blank verse", "blank verse", None),
    (r"prose poems?", "prose poem", Length(100, "words")),
    (r"flash fiction", "flash fiction", Length(150, "words")),
    (r"fables?", "fable", Length(150, "words")),
    (r"fairy tales?", "fairy tale", Length(220, "words")),
    (r"monologues?", "monologue", Length(150, "words")),
    (r"dialogues?", "dialogue", Length(150, "words")),
    (r"lullab(?:y|ies)", "lullaby", Length(12, "lines")),
    (r"plot ?lines?|plots?|story ?lines?", "plot", Length(80, "words")),
    (r"synops[ie]s", "synopsis", Length(80, "words")),
    (r"slogans?|taglines?|headlines?", "slogan", Length(1, "lines")),
    (r"五言绝句|五绝", "五言绝句", Length(4, "lines")),
    (r"七言绝句|七绝", "七言绝句", Length(4, "lines")),
    (r"绝句", "绝句", Length(4, "lines")),
    (r"五言律诗|五律", "五言律诗", Length(8, "lines")),
    (r"七言律诗|七律", "七言律诗", Length(8, "lines")),
    (r"律诗", "律诗", Length(8, "lines")),
    (r"十四行诗", "十四行诗", Length(14, "lines")),
    (r"俳句", "俳句", Length(3, "lines")),
    (r"三行诗", "三行诗", Length(3, "lines")),
    (r"散文诗", "散文诗", Length(150, "characters")),
    (r"打油诗", "打油诗", Length(4, "lines")),
    (r"自由诗", "自由诗", None),
    (r"现代诗", "现代诗", None),
    (r"宋词|首词|填词|阕词", "词", Length(8, "lines")),
    (r"对联|對聯", "对联", Length(2, "lines")),
    (r"独白", "独白", Length(200, "characters")),
    (r"童话", "童话", Length(300, "characters")),
    (r"寓言", "寓言", Length(200, "characters")),
    (r"广告语|广告词|口号|标语|宣传语", "广告语", Length(1, "lines")),
)

DEFAULT_LENGTH: dict[tuple[Kind, bool], Length] = {
    # (kind, Chinese)
    ("poem", False): Length(12, "lines"), ("poem", True): Length(8, "lines"),
    ("lyric", False): Length(16, "lines"), ("lyric", True): Length(12, "lines"),
    ("story", False): Length(180, "words"), ("story", True): Length(300, "characters"),
    ("script", False): Length(180, "words"), ("script", True): Length(300, "characters"),
    ("ad", False): Length(40, "words"), ("ad", True): Length(60, "characters"),
    ("idea", False): Length(40, "words"), ("idea", True): Length(60, "characters"),
}  # fmt: skip

MOODS_EN = (
    "melancholy|melancholic|sad|sorrowful|mournful|gloomy|dark|bleak|grim|eerie|haunting|creepy|scary|tense|angry|"
    "furious|bitter|tender|gentle|warm|cozy|cosy|quiet|calm|peaceful|serene|still|hopeful|joyful|joyous|happy|"
    "cheerful|playful|funny|humorous|comic|witty|silly|light-hearted|lighthearted|ironic|sarcastic|satirical|"
    "nostalgic|wistful|longing|lonely|romantic|loving|passionate|dreamy|surreal|mysterious|solemn|reverent|"
    "somber|sombre|restrained|energetic|upbeat|bold|absurd|sweet|bittersweet|brooding|ominous|whimsical|dry"
)
MOODS_ZH = (
    "忧伤|悲伤|伤感|哀伤|沉郁|忧郁|悲凉|凄凉|苍凉|孤独|寂寞|阴暗|黑暗|诡异|恐怖|紧张|愤怒|温柔|温暖|温馨|宁静|安静|"
    "平静|恬淡|欢快|快乐|喜悦|轻松|幽默|搞笑|俏皮|讽刺|怀旧|思念|浪漫|深情|梦幻|神秘|庄重|豪放|婉约|空灵|清新|克制|"
    "热烈|希望|荒诞|冷峻|明亮"
)
LANGUAGES = {
    "english": "en", "chinese": "zh", "mandarin": "zh", "french": "fr", "german": "de", "spanish": "es",
    "italian": "it", "japanese": "ja", "korean": "ko", "portuguese": "pt", "russian": "ru",
    "英文": "en", "英语": "en", "中文": "zh", "汉语": "zh", "法语": "fr", "法文": "fr", "德语": "de", "日语": "ja",
    "日文": "ja", "韩语": "ko", "俄语": "ru", "西班牙语": "es",
}  # fmt: skip
PEOPLE_EN = (
    "children|kids|students|teenagers|teens|parents|mothers|fathers|adults|readers|people|customers|commuters|"
    "gamers|runners|travellers|travelers|beginners|writers|teachers|nurses|doctors|programmers|engineers|families|"
    "women|men|couples|seniors|pensioners|toddlers|girls|boys|office workers|professionals|lovers of [a-z ]+|"
    "(?:my|our) [a-z]+"
)
