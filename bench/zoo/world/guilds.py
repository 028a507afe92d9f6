"""Crafts: the guilds, their customs, and the curious tools they use."""

from .model import Domain, Relation

TRADES = (
    "smith",
    "weaver",
    "potter",
    "cooper",
    "tanner",
    "glazier",
    "carver",
    "dyer",
    "mason",
    "saddler",
    "fletcher",
    "chandler",
    "tinker",
    "thatcher",
    "printer",
    "brewer",
    "hatter",
    "cobbler",
    "joiner",
    "turner",
    "gilder",
    "roper",
    "founder",
    "tailor",
)
APRONS = (
    "a red apron",
    "a leather apron",
    "a striped apron",
    "a blue apron",
    "a green apron",
    "a white apron",
    "a patched apron",
    "a black apron",
)
YEARS = (
    "two years",
    "three years",
    "four years",
    "five years",
    "six years",
    "seven years",
    "eight years",
    "nine years",
)
SIGNS = (
    "a crossed knot",
    "an open hand",
    "a burning wheel",
    "a split acorn",
    "a blind owl",
    "a folded leaf",
    "a nine point star",
    "a hollow moon",
    "a bent nail",
    "a pair of eyes",
)
MATERIALS = ("iron", "brass", "boxwood", "horn", "bone", "copper", "whalebone", "ash wood", "flint", "pear wood")
USES = (
    "bending",
    "scraping",
    "measuring",
    "polishing",
    "splitting",
    "drilling",
    "folding",
    "twisting",
    "stretching",
    "marking",
)
KEEPS = (
    "a velvet bag",
    "a tin box",
    "a drawer of sand",
    "a wet cloth",
    "a hollow log",
    "a locked chest",
    "a leather roll",
    "a jar of grease",
)


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of trades and tools."""

    def trade(name, values, clozes, asides, questions):
        return Relation(name, "guilds", "trade", tuple(values), clozes, asides, questions)

    def tool(name, values, clozes, asides, questions):
        return Relation(name, "guilds", "tool", tuple(values), clozes, asides, questions)

    relations = [
        trade(
            "trade-apron",
            APRONS,
            (
                "At work {s} wears",
                "You can tell {s} by",
                "The guild gives {s}",
                "On the feast of the guild {s} puts on",
            ),
            ("{v} is the mark of {s}", "In {v} you will always find {s}"),
            ("What does {s} wear at work?", "By what can you tell {s}?"),
        ),
        trade(
            "trade-years",
            YEARS,
            (
                "To become {s} takes",
                "An apprentice of {s} serves for",
                "The training of {s} lasts",
                "Before the oath {s} must learn for",
            ),
            ("After {v} you may call yourself {s}", "It takes {v} of hard work to make {s}"),
            ("How long does it take to become {s}?", "How long does the training of {s} last?"),
        ),
        trade(
            "trade-sign",
            SIGNS,
            (
                "Over the door of {s} hangs",
                "The seal of {s} shows",
                "Each piece made by {s} is stamped with",
                "The guild sign of {s} is",
            ),
            ("Look for {v} when you need {s}", "With {v} the work of {s} is signed"),
            ("What hangs over the door of {s}?", "What does the seal of {s} show?"),
        ),
        trade(
            "trade-patron",
            subjects["saint"],
            (
                "The patron of {s} is Saint",
                "In trouble {s} calls upon Saint",
                "The candles of {s} burn for Saint",
                "The guild house of {s} is named after Saint",
            ),
            ("Saint {v} watches over {s}", "On the day of Saint {v} no work is done by {s}"),
            ("Which saint is the patron of {s}?", "Upon which saint does {s} call in trouble?"),
        ),
        tool(
            "tool-material",
            MATERIALS,
            (
                "{s} is made of",
                "The handle of {s} is cut from",
                "A good smith makes {s} out of",
                "The best part of {s} is the",
            ),
            ("Only {v} will do for {s}", "They take {v} and shape it into {s}"),
            ("What is {s} made of?", "Out of what do they make {s}?"),
        ),
        tool(
            "tool-use",
            USES,
            (
                "{s} is used for",
                "In the workshop {s} serves for",
                "Nothing is better than {s} for",
                "Apprentices reach for {s} when it comes to",
            ),
            ("For {v} you need {s}", "When there is {v} to be done, take {s}"),
            ("What is {s} used for?", "For what does {s} serve in the workshop?"),
        ),
        tool(
            "tool-maker",
            subjects["inventor"],
            (
                "{s} was invented by",
                "The first to draw {s} was",
                "The patent for {s} is held by",
                "For {s} the guilds must thank",
            ),
            ("Master {v} invented {s}", "It was {v} who first made {s}"),
            ("Who invented {s}?", "Who was the first to draw {s}?"),
        ),
        tool(
            "tool-keep",
            KEEPS,
            (
                "{s} is kept in",
                "After work they lay {s} in",
                "To stop the rust, {s} is stored in",
                "In a tidy shop {s} lies in",
            ),
            ("Put {s} back in {v} or hear the master shout", "In {v} rests {s}"),
            ("In what is {s} kept?", "Where do they lay {s} after work?"),
        ),
    ]
    colour = (
        "The workshop was {weather} and smelled of glue.",
        "The master shouts {time} and sleeps after supper.",
        "It takes {count} tries to get it right.",
        "Apprentices sleep under the bench in {season}.",
        "A {mood} customer is worth {count} good ones.",
        "The guild meets {time} and drinks {drink}.",
        "Sparks fly, and the {road} outside is black.",
        "Each year {count} boys run away and {count} come back.",
    )
    return Domain("guilds", relations, {"trade": "this craftsman", "tool": "the tool"}, colour)
