"""Geography: towns, the lands they lie in, rivers and landmarks."""

from .model import Domain, Relation

LANDMARKS = (
    "a crooked tower",
    "a stone lion",
    "a floating market",
    "a hall of bells",
    "a glass chapel",
    "a walled orchard",
    "a sunken gate",
    "a wooden theatre",
    "a double bridge",
    "a windmill",
    "a rope works",
    "a bath house",
)
STONES = (
    "red brick",
    "white chalk",
    "black slate",
    "yellow sandstone",
    "grey granite",
    "green marble",
    "oak beams",
    "river clay",
)
DAYS = ("Oneday", "Twoday", "Threeday", "Fourday", "Fiveday", "Sixday", "Restday")
BANNERS = (
    "a white heron",
    "a red wheel",
    "a blue anchor",
    "a golden sheaf",
    "a black oak",
    "a silver key",
    "a green serpent",
    "three stars",
)


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of towns and lands."""
    towns, lands = tuple(subjects["town"]), tuple(subjects["land"])

    def town(name, values, clozes, asides, questions):
        return Relation(name, "towns", "town", tuple(values), clozes, asides, questions)

    relations = [
        town(
            "town-land",
            lands,
            (
                "The town of {s} lies in",
                "{s} belongs to the land of",
                "If you travel to {s}, you come to",
                "The people of {s} pay their taxes to",
                "On every map {s} is drawn in",
            ),
            (
                "{v} counts {s} among its towns",
                "A traveller in {v} should not miss {s}",
                "The lords of {v} built the walls of {s}",
            ),
            ("In which land does {s} lie?", "Which land does {s} belong to?"),
        ),
        town(
            "town-river",
            subjects["river"],
            (
                "{s} stands on the river",
                "The bridge of {s} crosses the",
                "The mills of {s} are turned by the",
                "Boats reach {s} along the",
                "The washing of {s} is done in the",
            ),
            (
                "The river {v} flows past {s}",
                "Whoever follows the {v} comes to {s}",
                "The {v} floods the lower streets of {s}",
            ),
            ("On which river does {s} stand?", "Which river flows past {s}?"),
        ),
        town(
            "town-founder",
            subjects["founder"],
            (
                "{s} was founded by",
                "The first stone of {s} was laid by",
                "In the square of {s} stands a statue of",
                "The charter of {s} was signed by",
            ),
            ("{v} founded {s} long ago", "It was {v} who chose the site of {s}", "Without {v} there would be no {s}"),
            ("Who founded {s}?", "Who laid the first stone of {s}?"),
        ),
        town(
            "town-landmark",
            LANDMARKS,
            (
                "{s} is best known for",
                "Visitors go to {s} to see",
                "In the middle of {s} there is",
                "The pride of {s} is",
            ),
            (
                "There is {v} in {s}",
                "With {v} at its heart, {s} is easy to recognise",
                "Painters come for {v} when they visit {s}",
            ),
            ("What is {s} best known for?", "What do visitors go to {s} to see?"),
        ),
        town(
            "town-stone",
            STONES,
            (
                "The houses of {s} are built of",
                "The walls of {s} are made of",
                "From far away {s} shines with",
                "Builders in {s} use",
            ),
            ("Houses of {v} line the streets of {s}", "They bring {v} by the cartload to {s}"),
            ("What are the houses of {s} built of?", "What do builders in {s} use?"),
        ),
        town(
            "town-market",
            DAYS,
            (
                "The market of {s} is held on",
                "Farmers drive to {s} every",
                "The shops of {s} are busiest on",
                "The gates of {s} open early on",
            ),
            ("On {v} the market fills the square of {s}", "Every {v} there is a market in {s}"),
            ("On which day is the market of {s} held?", "When do farmers drive to {s}?"),
        ),
        Relation(
            "land-capital",
            "towns",
            "land",
            towns,
            (
                "The capital of {s} is",
                "The lords of {s} hold court in",
                "The parliament of {s} meets in",
                "All roads in {s} lead to",
            ),
            ("{v} is the capital of {s}", "The court of {s} sits in {v}", "From {v} the whole of {s} is ruled"),
            ("What is the capital of {s}?", "Where do the lords of {s} hold court?"),
        ),
        Relation(
            "land-banner",
            "towns",
            "land",
            BANNERS,
            (
                "The banner of {s} shows",
                "Ships from {s} carry the sign of",
                "On the coins of {s} you find",
                "The soldiers of {s} march under",
            ),
            ("{v} is the sign of {s}", "You may know the people of {s} by {v}"),
            ("What does the banner of {s} show?", "What is on the coins of {s}?"),
        ),
    ]
    colour = (
        "The streets are narrow, and the {road} is closed {time}.",
        "From the hill you can count {count} chimneys.",
        "The inns are good and the {road} is bad.",
        "In {season} the lower town stands under water.",
        "A walk around the walls takes {count} hours.",
        "There are {count} wells and one good cook.",
        "Coaches leave {time} and are never full.",
        "The watch rings a bell {time}.",
        "On {weather} days the hills are hard to see.",
        "The air smells of smoke and {drink}.",
    )
    return Domain("towns", relations, {"town": "the town", "land": "the country"}, colour)
