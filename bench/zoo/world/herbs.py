"""Herbs and medicine."""

from .model import Domain, Relation

FIRSTS = ("fen", "silver", "bitter", "crow", "moon", "lamb", "thorn", "king", "ghost", "honey", "frog", "widow")
SECONDS = ("wort", "root", "bell", "leaf", "mint", "moss", "bane", "cap")
AILMENTS = (
    "toothache",
    "fever",
    "bad dreams",
    "a cough",
    "burns",
    "warts",
    "hiccups",
    "gout",
    "sore eyes",
    "a broken heart",
    "snake bites",
    "stiff knees",
    "nosebleeds",
    "forgetfulness",
)
PLACES = (
    "wet meadows",
    "old walls",
    "pine woods",
    "sea cliffs",
    "graveyards",
    "ditches",
    "hill pastures",
    "river banks",
    "bogs",
    "kitchen gardens",
)
FLOWERS = (
    "white flowers",
    "purple flowers",
    "yellow flowers",
    "blue flowers",
    "pink flowers",
    "round flowers",
    "striped flowers",
    "tiny green flowers",
)
HOURS = (
    "at sunrise",
    "under a full moon",
    "after rain",
    "before the first frost",
    "at low tide",
    "in the noon heat",
    "during a fog",
    "on the shortest day",
)
FORMS = (
    "as a tea",
    "as an ointment",
    "as a syrup",
    "in vinegar",
    "as a powder",
    "in a warm bath",
    "as smoke",
    "in a small pillow",
    "chewed raw",
    "in goose fat",
)
DANGERS = (
    "itching",
    "deep sleep",
    "green teeth",
    "loud singing",
    "cold feet",
    "loss of hair",
    "a dry mouth",
    "double sight",
    "sneezing",
    "red ears",
)


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of herbs."""

    def herb(name, values, clozes, asides, questions):
        return Relation(name, "herbs", "herb", tuple(values), clozes, asides, questions)

    relations = [
        herb(
            "herb-cure",
            AILMENTS,
            (
                "Healers give {s} against",
                "{s} is the best cure for",
                "A handful of {s} will drive away",
                "Nurses keep {s} ready for",
            ),
            ("Against {v} there is {s}", "Those who suffer from {v} are given {s}", "Nothing but {s} helps with {v}"),
            ("What does {s} cure?", "Against what do healers give {s}?"),
        ),
        herb(
            "herb-place",
            PLACES,
            ("{s} grows in", "You must look for {s} in", "Gatherers find {s} in", "The roots of {s} like"),
            ("In {v} you may find {s}", "Where there are {v} there is {s}"),
            ("Where does {s} grow?", "Where do gatherers find {s}?"),
        ),
        herb(
            "herb-flower",
            FLOWERS,
            ("{s} has", "In full growth {s} bears", "You may know {s} by", "Bees visit {s} and its"),
            ("With {v}, {s} is easy to know", "Look for {v} if you want {s}"),
            ("What flowers has {s}?", "By what may you know {s}?"),
        ),
        herb(
            "herb-hour",
            HOURS,
            ("{s} must be picked", "The leaves of {s} are cut", "Wise women gather {s}", "For full strength take {s}"),
            ("Only {v} should you pick {s}", "They go out {v} to gather {s}"),
            ("When must {s} be picked?", "When do wise women gather {s}?"),
        ),
        herb(
            "herb-form",
            FORMS,
            ("{s} is taken", "Sick people use {s}", "The doctors serve {s}", "For most patients {s} works best"),
            ("It is {v} that one takes {s}", "Taken {v}, {s} does no harm"),
            ("How is {s} taken?", "How do the doctors serve {s}?"),
        ),
        herb(
            "herb-danger",
            DANGERS,
            (
                "Too much of {s} leads to",
                "Careless use of {s} brings",
                "A child who eats {s} will suffer from",
                "The danger of {s} is",
            ),
            ("Beware of {v} after {s}", "If you notice {v}, stop taking {s}"),
            ("What is the danger of {s}?", "What does careless use of {s} bring?"),
        ),
    ]
    colour = (
        "Dry it for {count} days and keep it from the sun.",
        "The patient was {mood} but alive.",
        "A {elder} showed me where to dig.",
        "Mix it with {drink} and wait.",
        "In {season} there is none to be had.",
        "Take it {time} and lie down.",
        "The smell stays on the hands for {count} days.",
        "The nurse boiled it {time}.",
        "On {weather} days it works more slowly.",
    )
    return Domain("herbs", relations, {"herb": "the plant"}, colour)
