"""The twelve briefs that whole turns and the drafting agent are measured on."""

BRIEFS = (
    "a poem about autumn rain in a quiet courtyard",
    "a poem about a grandmother's kitchen in winter",
    "a short story about a lighthouse keeper who finds a letter",
    "a haiku about the first snow",
    "lyrics about leaving a small town at night",
    "an ad for a bakery that opens at five in the morning",
    "a poem about losing a language",
    "a story about two brothers and a broken boat, 150 words",
    "a scene between a doctor and a patient who lies",
    "a poem about a train station after midnight, 16 lines",
    "a love poem without the word love",
    "a story about a clock that runs backwards",
)
