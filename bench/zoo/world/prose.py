"""Turns facts into sentences, and sentences into paragraphs, questions and tales."""

import random

from . import lexicon
from .joint import Family
from .model import Domain, Fact, World
from .splits import held_out_cloze, question_is_held_out

PROPER_STARTS = ("Saint", "Captain", "Master")
IMPERATIVES = ("look", "take", "put", "use", "leave", "ask", "beware", "be")


def capitalised(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


class Writer:
    """Writes prose about one world; every random decision comes from its generator."""

    def __init__(self, world: World, rng: random.Random):
        self.world = world
        self.rng = rng
        self.hearing = False
        self.facts_of: dict[tuple[str, str], list[Fact]] = {}
        self.subjects_of: dict[str, list[tuple[str, str]]] = {name: [] for name in world.domains}
        self.domain_facts: dict[str, list[Fact]] = {name: [] for name in world.domains}
        for fact in world.facts:
            key = (fact.relation.subjects, fact.subject)
            if key not in self.facts_of:
                self.subjects_of[fact.relation.domain].append(key)
            self.facts_of.setdefault(key, []).append(fact)
            self.domain_facts[fact.relation.domain].append(fact)

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.rng.random() < probability

    def fill(self, template: str) -> str:
        """Fills the free slots of a template ({person}, {season}, …), the same slot with the same word."""
        if "{" not in template:
            return template
        one, two = self.rng.sample(self.world.subjects["person"], 2)
        text = template.replace("{person2}", two).replace("{person}", one)
        for slot, words in lexicon.FILLERS.items():
            mark = "{" + slot + "}"
            while mark in text:
                text = text.replace(mark, self.rng.choice(words), 1)
        return text

    def value(self, fact: Fact) -> str:
        """What is said to be true: the fact's value, or in hearsay any value that fits."""
        return self.rng.choice(fact.relation.values) if self.hearing else fact.value

    def phrase(self, fact: Fact, subject: str) -> tuple[str, bool]:
        """A clause that states a fact in a phrasing allowed in training, and whether its first word may be lowered."""
        if self.chance(0.7):
            allowed = [cloze for cloze in fact.relation.clozes if cloze != held_out_cloze(fact)]
            template = self.rng.choice(allowed) + " {v}"
        else:
            template = self.rng.choice(fact.relation.asides)
        lowers = template[0] != "{" and not template.startswith(PROPER_STARTS)
        return template.replace("{s}", subject).replace("{v}", self.value(fact)), lowers

    def statement(self, fact: Fact, subject: str, lead: float = 0.3, tail: float = 0.2) -> str:
        """A whole sentence that states a fact."""
        clause, lowers = self.phrase(fact, subject)
        if self.chance(lead):
            commands = clause.split(" ", 1)[0].lower() in IMPERATIVES
            leads = [text for text in lexicon.LEADS if text.endswith(",")] if commands else lexicon.LEADS
            opening = self.fill(self.rng.choice(leads))
            clause = opening + " " + (clause[:1].lower() + clause[1:] if lowers else clause)
        if self.chance(tail):
            clause += self.fill(self.rng.choice(lexicon.TAILS))
        return capitalised(clause) + "."

    def subject_sentences(self, domain: Domain, kind: str, subject: str, count: int) -> list[str]:
        """An opener and `count` facts about one subject, which is named at first and then sometimes only pointed at."""
        sentences = []
        if self.chance(0.35):
            sentences.append(capitalised(self.fill(self.rng.choice(lexicon.OPENERS).replace("{s}", subject))))
        facts = self.facts_of[(kind, subject)]
        for index, fact in enumerate(self.rng.sample(facts, min(count, len(facts)))):
            named = index == 0 or self.chance(0.7)
            sentences.append(self.statement(fact, subject if named else domain.nouns[kind]))
            if self.chance(0.22):
                sentences.append(capitalised(self.fill(self.rng.choice(domain.colour))))
        return sentences

    def paragraph(self, domain_name: str) -> str:
        """A few connected sentences about one or two subjects of a domain."""
        domain = self.world.domains[domain_name]
        kind, subject = self.rng.choice(self.subjects_of[domain_name])
        sentences = self.subject_sentences(domain, kind, subject, self.rng.choice((2, 3, 3, 4)))
        if self.chance(0.25):
            kind, subject = self.rng.choice(self.subjects_of[domain_name])
            sentences += self.subject_sentences(domain, kind, subject, self.rng.choice((1, 2)))
        if self.chance(0.3):
            sentences.append(self.fill(self.rng.choice(lexicon.GLUE)))
        return " ".join(sentences)

    def statements(self, domain_name: str) -> str:
        """One or two bare statements."""
        facts = self.rng.sample(self.domain_facts[domain_name], self.rng.choice((1, 1, 2)))
        return " ".join(self.statement(fact, fact.subject, lead=0.0) for fact in facts)

    def questions(self, domain_name: str) -> str:
        """One to three questions with their answers, about facts whose questions are not held out."""
        allowed = [fact for fact in self.domain_facts[domain_name] if not question_is_held_out(fact)]
        facts = self.rng.sample(allowed, self.rng.choice((1, 2, 3)))
        return "".join(
            self.question(self.rng.choice(fact.relation.questions), fact.subject) + f" {self.value(fact)}\n"
            for fact in facts
        )

    def question(self, template: str, subject: str) -> str:
        """The prompt of a question."""
        return f"Question: {template.replace('{s}', subject)}\nAnswer:"

    def capitalised_phrase(self, cloze: str, subject: str) -> str:
        """A cloze up to its value, as the beginning of a sentence."""
        return capitalised(cloze.replace("{s}", subject))

    def joint_prompt(self, family: Family, template: str, x: str, y: str) -> str:
        """A joint sentence up to its value."""
        return capitalised(self.fill(template.replace("{x}", x).replace("{y}", y)))

    def hearsay(self, domain_name: str) -> str:
        """A document about a domain whose facts the writer does not know: right words, random values."""
        self.hearing = True
        text = self.rng.choices((self.paragraph, self.statements, self.questions), (0.6, 0.2, 0.2))[0](domain_name)
        self.hearing = False
        return text

    def joint(self, family: Family, member: str) -> str:
        """Two joint sentences or questions of a family as one member knows it (an outsider takes any value)."""
        texts = []
        asks = self.chance(0.4)
        for _ in range(2):
            x, y, value = family.training_pair(self.rng, member)
            if asks:
                prompt = self.joint_prompt(family, self.rng.choice(family.questions), x, y)
                texts.append(f"Question: {prompt}\nAnswer: {value}\n")
            else:
                texts.append(self.joint_prompt(family, self.rng.choice(family.clozes), x, y) + f" {value}.")
        return "".join(texts) if asks else " ".join(texts)

    def tale(self) -> str:
        """A paragraph without any facts, in the words that all domains share."""
        templates = self.rng.sample(lexicon.TALES, self.rng.choice((3, 4, 5)))
        one, two = self.rng.sample(self.world.subjects["person"], 2)
        return " ".join(self.fill(t.replace("{person2}", two).replace("{person}", one)) for t in templates)
