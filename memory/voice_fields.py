"""Fields of imagery: words that name what can be seen, heard, touched. Written by hand, short on purpose.

Each field is a sample of its words, so figures compare texts with each other; they do not count all images. English
words stand for their plural and simple verb forms too. Chinese fields hold simplified and traditional characters.
"""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "light": "light lamp lantern candle sun sunlight moon moonlight star flame fire spark glow gleam glitter shine "
    "bright dawn noon blaze beam ray radiance silver gold golden",
    "dark": "dark darkness shadow shade night midnight black gloom dusk dim blind smoke ash ashes grave tomb",
    "water": "water sea ocean wave tide river stream brook rain flood lake pond pool foam shore harbour drown swim "
    "wet dew tear drop fountain ship boat sail",
    "sky and weather": "sky cloud wind storm snow frost ice thunder lightning mist fog breeze gale hail heaven air",
    "season": "spring summer autumn winter april october harvest blossom leaf leaves thaw bloom",
    "plants": "tree oak pine root branch bough grass flower rose lily seed weed fern vine moss forest wood meadow "
    "field orchard apple berry thorn bud",
    "animals": "bird wing feather nightingale crow raven hawk horse dog cat wolf snake serpent bee moth fly fish "
    "lamb sheep cow bull deer owl insect",
    "body": "eye hand face heart blood bone lip mouth hair skin breast arm foot feet finger head brow cheek throat "
    "tongue tooth teeth shoulder knee breath flesh",
    "house": "house home door window room wall roof stair floor table chair bed lamp key kitchen hearth hall "
    "threshold ceiling curtain mirror cup plate",
    "road and city": "road street path city town bridge car train wheel station crowd shop hotel tower stone brick "
    "pavement square office restaurant",
    "sound": "sound song sing music voice whisper cry silence bell drum echo murmur shout noise hum laugh harp",
    "cloth and colour": "silk cloth robe coat dress veil thread red blue green white grey gray yellow purple scarlet "
    "crimson pale",
    "work and money": "work money dollar gold coin pay price tool hammer plough axe machine engine trade bank cent",
    "faith": "god angel soul prayer pray church altar holy saint devil spirit heaven hell bless sacred",
}
CHINESE: dict[str, str] = {
    "light": "光明灯燈火日月星烛燭辉輝照晴曙晨亮金银銀",
    "dark": "夜暗黑影阴陰昏暮晚冥烟煙",
    "water": "水江河海湖波浪流泉溪雨露潮池滴泪淚舟船渡岸",
    "sky and weather": "天云雲风風雪霜冰雷雾霧霞空",
    "mountains": "山峰岭嶺岩巖石谷峡峽崖丘",
    "season": "春夏秋冬寒暑暖凉涼年岁歲",
    "plants": "花草树樹木竹松柳梅桃李兰蘭莲蓮荷叶葉枝林菊根",
    "animals": "鸟鳥雁鹤鶴燕莺鶯马馬鹿猿虎龙龍鱼魚蝉蟬狗猫貓鸡雞虫蟲蝶鸦鴉",
    "body": "心眼目手头頭面脸臉发髮眉口足骨血身肩腰泪淚",
    "house": "门門窗户戶房屋楼樓台臺阁閣院墙牆床枕帘簾灯燈桌椅庭宅",
    "road and city": "路道街城市桥橋车車关關亭客行",
    "sound": "声聲歌琴笛鼓钟鐘鸣鳴啼哭笑语語音响響",
    "wine and food": "酒杯樽饮飲醉茶饭飯食",
    "cloth and colour": "衣袖罗羅锦錦丝絲红紅青白绿綠黄黃翠碧紫",
}
