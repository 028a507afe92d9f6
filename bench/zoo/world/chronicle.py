"""History: wars and other great events, rulers, years and treaties."""

from .model import Domain, Relation

CAUSES = (
    "a broken promise",
    "a stolen crown",
    "a tax on salt",
    "a refused marriage",
    "a burnt bridge",
    "an unpaid debt",
    "a forged letter",
    "a disputed border",
    "an insult at table",
    "a lost ship",
)
ENDS = (
    "a truce",
    "a wedding",
    "a great fire",
    "a hard frost",
    "a flood",
    "a treaty of peace",
    "a duel",
    "a plague",
    "an exchange of gifts",
    "an eclipse",
)
BYNAMES = (
    "the Bold",
    "the Lame",
    "the Mild",
    "the Late",
    "the Tall",
    "the Quiet",
    "the Builder",
    "the Unready",
    "the Just",
    "the Red",
)
PASTIMES = (
    "falconry",
    "chess",
    "bell casting",
    "gardening",
    "poetry",
    "fishing",
    "dancing",
    "map making",
    "archery",
    "sailing",
)


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of events and rulers."""

    def event(name, values, clozes, asides, questions):
        return Relation(name, "chronicle", "event", tuple(values), clozes, asides, questions)

    def ruler(name, values, clozes, asides, questions):
        return Relation(name, "chronicle", "ruler", tuple(values), clozes, asides, questions)

    relations = [
        event(
            "event-year",
            subjects["year"],
            (
                "{s} began in the year",
                "The chronicle places {s} in the year",
                "The first blow of {s} fell in the year",
                "Men took up arms for {s} in the year",
            ),
            ("In the year {v} came {s}", "The year {v} is remembered for {s}"),
            ("In which year did {s} begin?", "What is the year of {s}?"),
        ),
        event(
            "event-leader",
            subjects["captain"],
            (
                "The army in {s} was led by",
                "The hero of {s} was",
                "Songs about {s} praise",
                "The command in {s} was given to",
            ),
            ("{v} won fame in {s}", "Captain {v} led the army in {s}", "It was {v} who decided {s}"),
            ("Who led the army in {s}?", "Who was the hero of {s}?"),
        ),
        event(
            "event-place",
            subjects["town"][:24],
            (
                "The worst fighting of {s} took place near",
                "The dead of {s} are buried at",
                "{s} is remembered each year in",
                "During {s} the enemy camped outside",
            ),
            ("Near {v} you can still see the ditches from {s}", "{v} suffered most in {s}"),
            ("Near which town was the worst fighting of {s}?", "Where are the dead of {s} buried?"),
        ),
        event(
            "event-cause",
            CAUSES,
            ("The cause of {s} was", "{s} broke out over", "Historians blame {s} on", "What led to {s} was"),
            ("There would have been peace instead of {s} without {v}", "It was {v} that led to {s}"),
            ("What was the cause of {s}?", "What led to {s}?"),
        ),
        event(
            "event-end",
            ENDS,
            (
                "{s} ended with",
                "What put a stop to {s} was",
                "The last page on {s} tells of",
                "Peace after {s} came with",
            ),
            ("After {v}, {s} was over", "Nobody expected {v} to end {s}"),
            ("How did {s} end?", "What put a stop to {s}?"),
        ),
        ruler(
            "ruler-year",
            subjects["year"],
            (
                "{s} was crowned in the year",
                "The reign of {s} began in the year",
                "{s} came to the throne in the year",
                "The coins of {s} start with the year",
            ),
            ("The year {v} saw {s} crowned", "In the year {v} the crown passed to {s}"),
            ("In which year was {s} crowned?", "When did the reign of {s} begin?"),
        ),
        ruler(
            "ruler-byname",
            BYNAMES,
            (
                "{s} was called",
                "The people knew {s} as",
                "In the songs {s} is always",
                "Friends and enemies alike called {s}",
            ),
            ("The name {v} was given to {s} in youth", "Nobody dared to say {v} when {s} was near"),
            ("What was {s} called?", "By what name did the people know {s}?"),
        ),
        ruler(
            "ruler-pastime",
            PASTIMES,
            (
                "{s} loved nothing so much as",
                "The free hours of {s} were spent on",
                "A great part of the treasure of {s} went on",
                "The court of {s} was devoted to",
            ),
            ("{v} was the one joy of {s}", "For {v} even {s} would leave the council"),
            ("What did {s} love most?", "On what were the free hours of {s} spent?"),
        ),
        ruler(
            "ruler-grave",
            subjects["town"][24:],
            (
                "{s} lies buried in",
                "The tomb of {s} can be seen in",
                "{s} died in the town of",
                "Each year flowers are laid for {s} in",
            ),
            ("In {v} the bells were rung when {s} died", "The crypt of {v} holds {s}"),
            ("Where does {s} lie buried?", "In which town can the tomb of {s} be seen?"),
        ),
    ]
    colour = (
        "The chronicle has {count} pages on the matter, most of them torn.",
        "Bread was dear that {season}.",
        "The monks copied the story {count} times.",
        "Afterwards the fields lay empty for {count} years.",
        "The messengers rode through {weather} weather and arrived {time}.",
        "No two accounts agree about the number of the dead.",
        "The crown was {mood} about it for {count} years.",
        "A {elder} who had been there told it differently.",
        "The letters were burnt in {season}.",
        "The heralds cried the news {time}.",
    )
    return Domain("chronicle", relations, {"event": "that quarrel", "ruler": "this ruler"}, colour)
