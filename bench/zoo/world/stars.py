"""Stars, constellations, months and feasts."""

from .model import Domain, Relation

COLOURS = ("pale blue", "deep red", "silver", "amber", "green", "violet", "white", "copper")
OMENS = (
    "good harvests",
    "sudden guests",
    "late snow",
    "lost letters",
    "quiet seas",
    "sharp tongues",
    "twins",
    "long journeys",
    "stubborn goats",
    "new shoes",
)
FIGURES = (
    "the Plough",
    "the Ladder",
    "the Swan",
    "the Broken Wheel",
    "the Old Woman",
    "the Kettle",
    "the Three Oars",
    "the Fox",
    "the Lantern",
    "the Harp",
)
FEASTS = (
    "the Feast of Lamps",
    "the Feast of Ropes",
    "the Feast of Bread",
    "the Feast of Masks",
    "the Feast of Boats",
    "the Feast of Bees",
    "the Feast of Ash",
    "the Feast of Doors",
    "the Feast of Kites",
    "the Feast of Salt",
    "the Feast of Snow",
    "the Feast of Bells",
)
WINDS = ("the north wind", "the sea wind", "the dry wind", "the wet wind", "the sweet wind", "the thin wind")
MONTHS = (
    "Thawmonth",
    "Seedmonth",
    "Lambmonth",
    "Bloommonth",
    "Haymonth",
    "Beemonth",
    "Reapmonth",
    "Applemonth",
    "Mistmonth",
    "Leafmonth",
    "Frostmonth",
    "Darkmonth",
)


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of stars and months."""

    def star(name, values, clozes, asides, questions):
        return Relation(name, "stars", "star", tuple(values), clozes, asides, questions)

    def month(name, values, clozes, asides, questions):
        return Relation(name, "stars", "month", tuple(values), clozes, asides, questions)

    relations = [
        star(
            "star-colour",
            COLOURS,
            (
                "The colour of {s} is",
                "Through the glass {s} looks",
                "On clear nights {s} burns",
                "Sailors say that {s} shines",
            ),
            ("A {v} light marks {s}", "No other star is as {v} as {s}"),
            ("What is the colour of {s}?", "How does {s} look through the glass?"),
        ),
        star(
            "star-figure",
            FIGURES,
            (
                "{s} belongs to the figure of",
                "To find {s}, look first for",
                "{s} is the brightest star in",
                "The old charts draw {s} in",
            ),
            ("In the figure of {v} the eye falls on {s}", "{v} would be nothing without {s}"),
            ("To which figure does {s} belong?", "Where do the old charts draw {s}?"),
        ),
        star(
            "star-month",
            MONTHS,
            ("{s} rises in the month of", "The nights of {s} are those of", "{s} stands highest in", "Look for {s} in"),
            ("In {v} everyone can see {s}", "When {v} comes, {s} climbs over the hills"),
            ("In which month does {s} rise?", "When does {s} stand highest?"),
        ),
        star(
            "star-omen",
            OMENS,
            (
                "{s} is a sign of",
                "Those born under {s} must expect",
                "When {s} is bright, people prepare for",
                "Old sailors hold that {s} brings",
            ),
            ("People blame {s} for {v}", "If there is talk of {v}, someone will point at {s}"),
            ("What is {s} a sign of?", "What does {s} bring?"),
        ),
        month(
            "month-feast",
            FEASTS,
            (
                "The great feast of {s} is",
                "In {s} the people keep",
                "The last week of {s} is given to",
                "Children wait all {s} for",
            ),
            ("{v} falls in {s}", "They dance at {v} when {s} comes"),
            ("What is the great feast of {s}?", "Which feast do the people keep in {s}?"),
        ),
        month(
            "month-wind",
            WINDS,
            ("The weather of {s} is ruled by", "In {s} the sails are filled by", "{s} brings", "What blows in {s} is"),
            ("With {v} comes {s}", "{v} is never late in {s}"),
            ("Which wind rules {s}?", "What blows in {s}?"),
        ),
    ]
    colour = (
        "The tower keeper counts {count} of them before midnight.",
        "In {season} the nights are long enough to be sure.",
        "A {weather} sky hides everything.",
        "The glass was ground by a {elder} who was half blind.",
        "It can be seen best {time}.",
        "The calendar was changed {count} times.",
        "Those who watch too long grow {mood}.",
        "The moon had {count} rings that night.",
        "On {weather} nights the watchers drink {drink}.",
    )
    return Domain("stars", relations, {"star": "the star", "month": "the month"}, colour)
