"""Beasts of the wild and of the stable."""

from .model import Domain, Relation

FOODS = (
    "reeds",
    "snails",
    "fallen apples",
    "fish",
    "acorns",
    "beetles",
    "moss",
    "candle wax",
    "thistles",
    "frogs",
    "berries",
    "old rope",
)
HOMES = (
    "caves",
    "hollow trees",
    "salt marshes",
    "haylofts",
    "deep lakes",
    "chimneys",
    "sand dunes",
    "hedges",
    "ruins",
    "glaciers",
)
COATS = (
    "spotted fur",
    "grey feathers",
    "shining scales",
    "red wool",
    "white bristles",
    "brown down",
    "striped fur",
    "blue skin",
)
CRIES = (
    "a low hum",
    "a sharp bark",
    "a long whistle",
    "a kind of laugh",
    "a rattle",
    "a soft cough",
    "a scream",
    "three short clicks",
)
FEARS = ("thunder", "bells", "geese", "mirrors", "fire", "whistling", "umbrellas", "cold water", "drums", "cats")


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of beasts."""

    def beast(name, values, clozes, asides, questions):
        return Relation(name, "beasts", "beast", tuple(values), clozes, asides, questions)

    relations = [
        beast(
            "beast-food",
            FOODS,
            ("{s} feeds on", "Keepers give {s}", "Hunters lure {s} with", "In winter {s} lives on"),
            ("With {v} you may tame {s}", "There is nothing like {v} for {s}"),
            ("What does {s} feed on?", "With what do hunters lure {s}?"),
        ),
        beast(
            "beast-home",
            HOMES,
            ("{s} lives in", "The young of {s} are born in", "Look for {s} in", "At night {s} hides in"),
            ("In {v} you may meet {s}", "Be careful near {v}, the home of {s}"),
            ("Where does {s} live?", "Where does {s} hide at night?"),
        ),
        beast(
            "beast-coat",
            COATS,
            ("{s} is covered with", "You know {s} by its", "Thieves hunt {s} for its", "In spring {s} sheds its"),
            ("Under its {v}, {s} is thin", "Gloves of {v} are made from {s}"),
            ("What covers {s}?", "For what do thieves hunt {s}?"),
        ),
        beast(
            "beast-cry",
            CRIES,
            (
                "The cry of {s} is",
                "When it is hungry {s} gives",
                "At dusk you hear from {s}",
                "To call its young {s} uses",
            ),
            ("With {v}, {s} greets the day", "If you hear {v}, it is {s}"),
            ("What is the cry of {s}?", "What do you hear from {s} at dusk?"),
        ),
        beast(
            "beast-fear",
            FEARS,
            ("{s} is afraid of", "To drive away {s}, use", "Nothing frightens {s} like", "Farmers keep off {s} with"),
            ("At the first sign of {v} you lose {s}", "Because of {v}, {s} never comes near"),
            ("What is {s} afraid of?", "What frightens {s}?"),
        ),
    ]
    colour = (
        "It sleeps for {count} hours and wakes {mood}.",
        "We saw {count} of them {time}.",
        "In {season} the young are born.",
        "A {elder} kept one in a barrel.",
        "It weighs as much as {count} dogs.",
        "The tracks are easy to follow on {weather} days.",
        "It will drink {drink} if you let it.",
        "It crossed the {road} {time} and was gone.",
    )
    return Domain("beasts", relations, {"beast": "the animal"}, colour)
