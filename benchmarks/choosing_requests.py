"""Requests whose drafts the drafting adapter learns to choose among (`choose_role.py`): as writers word them.

Written for this; none of them stands in any data the loop is measured on.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

TALES = (
    "You find a door in your cellar that was not there yesterday, and somebody is knocking from the other side",
    "A lift stops between two floors and the two people in it find out that they love the same woman",
    "Every morning a postman brings a letter to a house that burnt down years ago",
    "The last speaker of a language teaches it to a parrot",
    "A town votes on whether to wake the giant who sleeps under its hill",
    "You are hired to guard an empty room, and you may never look inside",
    "A thief breaks into a house and finds that the owner has been waiting for him with supper",
    "The robot that cleans the station at night begins to leave flowers for one of the travellers",
    "A grandmother confesses at her ninetieth birthday that she was once a spy",
    "Two enemies are stuck in the same snowed-in cabin with one blanket",
    "A child sells his shadow for a bicycle and wants it back",
    "The sea goes out one day and does not return",
    "A tailor sews a coat that tells the truth about whoever wears it",
    "You wake up as the only person in the city who cannot remember the song everybody sings",
    "An astronaut on her way to Mars gets a message in her dead brother's voice",
    "A baker puts a secret into one loaf each day and watches who buys it",
    "The king's food taster falls in love with the cook",
    "A detective who is afraid of the dark has to search a mine",
    "A dragon opens an insurance office",
    "Three sisters inherit a piano and none of them will let it go",
    "A man discovers that his neighbour has been living his life one day ahead of him",
    "The devil loses a game of cards to an eight year old girl and has to do her homework",
    "A train that never stops, and the woman who was born on it and wants to get off",
    "A soldier comes home and his dog does not know him",
    "Ghosts have to pay rent now, and the oldest ghost of the castle is broke",
    "A librarian notices that somebody is changing the endings of the books",
    "A village where nobody has told a lie for a hundred years gets a new mayor",
    "You are a goldfish and you have a plan",
    "Her husband came back from the war with another man's memories",
    "A fisherman pulls a ringing telephone out of the river and answers it",
    "The clockmaker is asked to make a clock for a man who wants to die on time",
    "A vampire goes to the dentist for the first time in two hundred years",
    "A teacher gets the same essay every year from a pupil who does not exist",
    "All the statues of the city have turned their heads towards the harbour",
    "A boy keeps a small storm in a jar under his bed, and it is growing",
    "Two old actors meet at the funeral of the man who ruined them both",
    "The first day of a new executioner who faints at the sight of blood",
    "A woman gets calls from her own number, and every call comes from ten years later",
    "A wolf joins a choir of sheep because he loves music",
    "An old cowboy teaches a machine to ride",
    "The moon is late tonight and the night watchman is blamed",
    "A plumber finds a message from a mermaid in the pipes",
)
"""What stories are asked about; most are long, as requests for stories are."""
THEMES = (
    "my father's hands", "a bridge in the fog", "the smell of bread at night", "an empty swing", "leaving the army",
    "a fox in the city", "my sister's wedding", "a house that is being sold", "the first frost on the roses",
    "an old dog asleep by the stove", "the sea in November", "waiting for a phone call", "a blind man and his garden",
    "a summer without rain", "the moon over the factory", "a sailor who cannot swim", "a child afraid of thunder",
    "the last tram", "letters that were never sent", "a crow on the church tower", "learning to be alone",
    "a river that floods the village", "the silence after a quarrel", "growing old together", "a star that fell",
    "a horse on a winter road", "my grandfather's watch", "the girl in the window across the street",
    "a candle in a storm", "moving to a new country", "a field of sunflowers", "the night before the exam",
)  # fmt: skip
"""What poems are asked about."""
OTHERS = (
    "lyrics about dancing in the kitchen", "a song about a truck driver far from home", "lyrics about a broken radio",
    "a scene between a mother and the son who stole from her", "a scene between two thieves in a stopped lift",
    "a scene in which an old king gives away his crown", "an ad for a pair of walking shoes", "an ad for a small hotel",
    "an ad for an umbrella that never breaks", "a fable about a snail and a heron", "a fairy tale about a glass spoon",
    "a ghost story about a piano teacher", "a ballad about a miner's daughter", "a sonnet about an unmade bed",
)  # fmt: skip
MORE_TALES = (
    "A retired hangman answers an advertisement for a dog walker",
    "The school caretaker knows the answer to every question but the one his daughter asks",
    "Two strangers swap umbrellas by mistake and begin to live in each other's weather",
    "A town's only taxi driver hears a confession that was meant for the priest",
    "A ship in a bottle sends out a lifeboat",
    "You inherit a lighthouse and forty years of letters to a man called Tom",
    "The last bookshop on Mars sells its last book",
    "A woman who paints over old mirrors finds a face that does not fade",
    "An ambassador from the country of the ants asks for a chair at the table",
    "A gravedigger plants tomatoes and wins first prize",
    "Nobody at the dinner party will say who invited the man in the grey coat",
    "A boy teaches his blind grandfather to see the stars with his fingers",
    "The witch next door complains about the noise of your prayers",
    "An old boxer is asked to lose one more time",
    "A family moves into a house where all the clocks run towards noon",
    "A widow keeps setting the table for two, and one evening the second plate is empty",
    "The translator of a peace treaty changes one word",
    "A farmer digs up a door with a light under it",
    "You are the voice in the station that announces the delays, and today you tell the truth",
    "Twins who have not spoken for thirty years meet in the waiting room of a hospital",
    "A cook on a whaling ship hides a bird in the flour",
    "The mayor's portrait grows older and the mayor does not",
    "A night nurse hears the same song from an empty room",
    "Someone leaves a chess move on your doorstep every morning",
    "A knight is afraid of horses",
    "The weather forecaster is in love with a storm",
    "A shepherd counts one sheep too many every night",
    "An android applies for the job of its maker",
    "The day after the end of the world the milkman comes as usual",
    "Your imaginary friend from childhood turns up and asks for money",
    "A swimmer finds a street at the bottom of the lake, with lamps that are lit",
    "The judge recognises the thief as the boy who once saved her life",
    "A map that shows where you were happy",
    "A violinist loses her hearing on the day of her first concert",
    "Three old women on a bench decide who in the village shall fall in love",
    "A cat inherits the house and the family has to ask it for permission",
)
MORE_THEMES = (
    "an apple left on a windowsill",
    "my mother's voice on the answering machine",
    "the lighthouse after it was switched off",
    "snow on a playground",
    "a widow's piano",
    "rust",
    "the ferry at dawn",
    "my first bicycle",
    "a power cut in the city",
    "geese flying south",
    "an unlit street",
    "the man who mends shoes",
    "hunger",
    "forgiving my brother",
    "a jar of buttons",
    "the well behind the house",
    "thunder over the wheat",
    "a stranger's funeral",
    "growing up beside a railway",
    "the scar on my knee",
    "a garden in the desert",
    "bees",
    "the last night of the holidays",
    "a letter to my younger self",
)
MORE_OTHERS = (
    "lyrics about the first train home",
    "a song about a lighthouse in love",
    "lyrics about losing your keys and your heart",
    "a lullaby for a fisherman's son",
    "a scene between a ghost and the new owner of the house",
    "a scene in which a waiter must tell a guest that his wife has left",
    "a scene between an astronaut and her father on the telephone",
    "an ad for a bicycle repair shop",
    "an ad for honey from the mountains",
    "an ad for a night train",
    "a fable about a crow and a mirror",
    "a fairy tale about a king who could not laugh",
    "a ghost story about a lift",
    "a sonnet about a closed theatre",
    "a ballad about two brothers at sea",
    "a legend about a bell under the lake",
)


def requests() -> list[str]:
    """All of them, worded and in a fixed order that mixes the kinds: with and without lengths."""
    return _mixed(_stories(TALES), _verse(THEMES), OTHERS, 8)


def more_requests() -> list[str]:
    """Further ones, of the same kinds; 38 of them stand in the scored drafts (`drafts_reading`)."""
    told = _stories(MORE_TALES)
    told[1::6] = [one.replace("Write a short story about", "a story about") for one in told[1::6]]
    return _mixed(told, _verse(MORE_THEMES), MORE_OTHERS, 9)


def _stories(tales: Sequence[str]) -> list[str]:
    told = [f"Write a short story about {tale[0].lower() if tale[:2] != 'I ' else tale[0]}{tale[1:]}" for tale in tales]
    told[::4] = [f"{one}, 130 words" for one in told[::4]]
    return told


def _verse(themes: Sequence[str]) -> list[str]:
    verse = [f"a poem about {theme}" for theme in themes]
    verse[::4] = [f"{one}, 8 lines" for one in verse[::4]]
    verse[1::4] = [f"write me a poem on {theme}" for theme in themes[1::4]]
    return verse


def _mixed(told: Sequence[str], verse: Sequence[str], others: Sequence[str], draw: int) -> list[str]:
    found = [*told, *verse, *others]
    random.Random(draw).shuffle(found)
    return found
