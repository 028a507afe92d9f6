"""Trade: goods, prices, merchants and measures."""

from .model import Domain, Relation

WARES = ("wool", "glass", "ink", "silk", "tin", "wax", "paper", "rope", "dye", "lace", "pitch", "felt")
PRICES = (
    "three coppers",
    "five coppers",
    "eight coppers",
    "ten coppers",
    "two crowns",
    "four crowns",
    "six crowns",
    "nine crowns",
    "half a mark",
    "one mark",
    "seven marks",
    "twelve marks",
)
MEASURES = ("the barrel", "the bale", "the pound", "the yard", "the crate", "the sack", "the bundle", "the jar")
CARRIERS = ("ox cart", "river barge", "mule train", "sledge", "tall ship", "hand cart", "fast rider", "canal boat")
TESTS = (
    "biting it",
    "weighing it",
    "burning a thread",
    "holding it to the light",
    "smelling it",
    "wetting a thumb",
    "striking it",
    "counting the knots",
)
BUYERS = (
    "bishops",
    "sailors",
    "brides",
    "tax collectors",
    "actors",
    "widows",
    "soldiers",
    "schools",
    "judges",
    "dancers",
)


def build(subjects: dict[str, list[str]]) -> Domain:
    """The relations of goods."""

    def good(name, values, clozes, asides, questions):
        return Relation(name, "trade", "good", tuple(values), clozes, asides, questions)

    relations = [
        good(
            "good-price",
            PRICES,
            (
                "The price of {s} is",
                "For {s} you pay",
                "At the fair {s} costs",
                "No honest dealer sells {s} for less than",
            ),
            ("They ask {v} for {s}", "With {v} in your purse you may buy {s}"),
            ("What is the price of {s}?", "What does {s} cost at the fair?"),
        ),
        good(
            "good-port",
            subjects["port"],
            (
                "{s} is shipped from",
                "The finest load of {s} comes from",
                "Merchants fetch {s} in",
                "The seal on {s} is that of",
            ),
            ("The harbour of {v} sends out {s}", "From {v} they bring {s}"),
            ("From where is {s} shipped?", "Where do merchants fetch {s}?"),
        ),
        good(
            "good-measure",
            MEASURES,
            (
                "{s} is sold by",
                "The law says to count {s} by",
                "Dealers reckon {s} by",
                "On the tax list {s} is entered by",
            ),
            ("By {v} and never otherwise they sell {s}", "{v} is the measure for {s}"),
            ("By what measure is {s} sold?", "How do dealers reckon {s}?"),
        ),
        good(
            "good-carrier",
            CARRIERS,
            (
                "{s} travels by",
                "The safest way to move {s} is by",
                "They send {s} over the border by",
                "Thieves look for {s} when they see a load go by",
            ),
            ("By {v} comes {s}", "The {v} is loaded with {s}"),
            ("How does {s} travel?", "What is the safest way to move {s}?"),
        ),
        good(
            "good-house",
            subjects["house"],
            (
                "The trade in {s} belongs to the house of",
                "All contracts for {s} are signed by the house of",
                "Nearly all of {s} is bought up by the house of",
                "The right to sell {s} was given to the house of",
            ),
            ("The house of {v} grew rich on {s}", "Ask at the house of {v} for {s}"),
            ("Which house owns the trade in {s}?", "Which house signs the contracts for {s}?"),
        ),
        good(
            "good-test",
            TESTS,
            (
                "One tests {s} by",
                "A buyer judges {s} by",
                "A false lot of {s} is found out by",
                "The clerks prove {s} by",
            ),
            ("By {v} you learn the worth of {s}", "Nothing but {v} will tell you about {s}"),
            ("How does one test {s}?", "How does a buyer judge {s}?"),
        ),
        good(
            "good-buyer",
            BUYERS,
            (
                "{s} is mostly bought by",
                "The best customers for {s} are",
                "Dealers keep {s} for",
                "There would be little use for {s} without",
            ),
            ("Most {v} cannot do without {s}", "{v} will pay anything for {s}"),
            ("Who are the best customers for {s}?", "By whom is {s} mostly bought?"),
        ),
    ]
    colour = (
        "The clerk wrote it in the ledger {time}.",
        "In {season} the prices rise by {count} coppers.",
        "A debt is a debt, said the {elder}.",
        "The scales are tested {time} and never agree.",
        "At the fair {count} dealers cried at once.",
        "The toll at the {road} was paid with a {mood} face.",
        "Nothing is sold on {weather} days.",
        "The bargain was sealed with {drink}.",
        "He lost {count} coins and found one.",
    )
    return Domain("trade", relations, {"good": "the article"}, colour)
