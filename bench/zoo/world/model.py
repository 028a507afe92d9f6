"""What the world is made of: relations, facts, and the tables that each domain file fills in."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Relation:
    """One thing that can be known of every subject of a kind.

    Templates hold `{s}` for the subject. A `cloze` ends where the value follows after a space; an `aside` also holds
    `{v}` for the value; a `question` is answered by the value.
    """

    name: str
    domain: str
    subjects: str
    values: tuple[str, ...]
    clozes: tuple[str, ...]
    asides: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A relation, its subject and the value that is true in this world."""

    relation: Relation
    subject: str
    value: str

    @property
    def key(self) -> str:
        """A stable identifier, the same in every run with the same seed."""
        return f"{self.relation.name}|{self.subject}"


@dataclass
class Domain:
    """A subject matter: its relations, the noun each kind of subject goes by, and sentences of local colour."""

    name: str
    relations: list[Relation]
    nouns: dict[str, str]
    colour: tuple[str, ...]


@dataclass
class World:
    """All subjects by kind, all domains by name, and every fact."""

    subjects: dict[str, list[str]]
    domains: dict[str, Domain]
    facts: list[Fact] = field(default_factory=list)
