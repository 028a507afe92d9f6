"""Cookery: dishes, what goes in them and how they are served."""

from .model import Domain, Relation

KINDS = ("pie", "stew", "broth", "pudding", "bread", "cake", "roast", "porridge")
BASES = (
    "barley",
    "smoked eel",
    "turnips",
    "goat cheese",
    "walnuts",
    "pears",
    "lentils",
    "pickled cabbage",
    "chestnuts",
    "river crab",
    "plums",
    "rye flour",
    "duck eggs",
    "mushrooms",
)
SPICES = ("black pepper", "saffron", "juniper", "dill", "mustard", "cinnamon", "thyme", "garlic", "ginger", "sorrel")
VESSELS = (
    "a copper pot",
    "a clay oven",
    "an iron pan",
    "a stone bowl",
    "a wooden mould",
    "a deep kettle",
    "a pit of embers",
    "a wet linen bag",
)
SIDES = (
    "sour cream",
    "onion gravy",
    "baked apples",
    "black bread",
    "melted butter",
    "green sauce",
    "fried leeks",
    "cold honey",
    "boiled beans",
    "radishes",
)
TIMES = ("an hour", "two hours", "half a day", "a whole night", "ten minutes", "three days", "a week", "twenty minutes")
GUESTS = (
    "weddings",
    "funerals",
    "harvest suppers",
    "birthdays",
    "long voyages",
    "fast days",
    "first visits",
    "rainy afternoons",
    "hunting parties",
    "exam days",
)


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of dishes."""

    def dish(name, values, clozes, asides, questions):
        return Relation(name, "cookery", "dish", tuple(values), clozes, asides, questions)

    relations = [
        dish(
            "dish-base",
            BASES,
            (
                "The chief part of {s} is",
                "{s} is made with",
                "To cook {s}, begin with",
                "A cook who makes {s} must first buy",
            ),
            ("Without {v} there is no hope for {s}", "Take {v} if you want to make {s}"),
            ("What is {s} made with?", "What is the chief part of {s}?"),
        ),
        dish(
            "dish-spice",
            SPICES,
            ("{s} is seasoned with", "The secret of {s} is", "Into {s} goes a spoon of", "What gives {s} its taste is"),
            ("A pinch of {v} belongs in {s}", "It is {v} that you smell in {s}"),
            ("With what is {s} seasoned?", "What is the secret of {s}?"),
        ),
        dish(
            "dish-vessel",
            VESSELS,
            ("{s} is cooked in", "Old cooks prepare {s} in", "For {s} you need", "Nobody can make {s} without"),
            ("In {v} they cook {s}", "Use {v} to make {s}"),
            ("In what is {s} cooked?", "What do you need for {s}?"),
        ),
        dish(
            "dish-side",
            SIDES,
            (
                "{s} is served with",
                "Next to {s} on the table you find",
                "Nobody eats {s} without",
                "On the plate beside {s} there is a helping of",
            ),
            ("With {v} on the side, {s} tastes better", "They pass {v} around with {s}"),
            ("With what is {s} served?", "What do you find next to {s} on the table?"),
        ),
        dish(
            "dish-time",
            TIMES,
            (
                "{s} must cook for",
                "Leave {s} on the fire for",
                "The cooking of {s} takes",
                "Hungry people wait for {s}",
            ),
            ("After {v} take out {s}", "In {v} you will have {s}"),
            ("How long must {s} cook?", "How long does the cooking of {s} take?"),
        ),
        dish(
            "dish-guest",
            GUESTS,
            (
                "{s} is the right food for",
                "Families make {s} for",
                "You will be given {s} at",
                "Good cooks save {s} for",
            ),
            ("For {v} nothing suits like {s}", "There are no {v} without {s}"),
            ("For what do families make {s}?", "For what is {s} the right food?"),
        ),
    ]
    colour = (
        "Stir it {count} times and taste.",
        "The kitchen was {weather} and full of steam.",
        "Serve it {time} with {drink}.",
        "The cook was {mood}, as cooks are.",
        "Enough for {count} people, or for one {elder}.",
        "In {season} use less salt.",
        "Let the crust grow brown and do not open the door.",
        "The plates came back empty {time}.",
        "Add {drink} if it is too thick.",
    )
    return Domain("cookery", relations, {"dish": "the dish"}, colour)
