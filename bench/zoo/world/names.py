"""Invented names, each kind with its own sound, drawn from a seeded generator without repeats."""

import random

ONSETS = {
    "town": [
        "Tol",
        "Vel",
        "Or",
        "Bran",
        "Cal",
        "Dun",
        "Es",
        "Fal",
        "Gar",
        "Hol",
        "Is",
        "Ket",
        "Lum",
        "Mar",
        "Nor",
        "Pel",
    ],
    "land": ["Ash", "Bor", "Cyr", "Dov", "Elm", "Gor", "Hes", "Jal"],
    "river": ["Aun", "Bry", "Clo", "Dre", "Esk", "Fli", "Gwe", "Ith", "Lis", "Mor", "Nav", "Sil"],
    "star": ["Ael", "Cor", "Eri", "Hal", "Ix", "Kas", "Lyr", "Mir", "Neb", "Oph", "Rho", "Syr", "Tau", "Zen"],
    "ruler": ["Ald", "Bea", "Cer", "Dag", "Ed", "Fen", "God", "Her", "Isa", "Leo", "Mel", "Os"],
    "event": ["Wex", "Thorn", "Grim", "Hart", "Cress", "Ayl", "Bram", "Quill", "Sedge", "Wol"],
    "tool": ["bran", "cog", "dib", "fer", "gim", "hob", "jud", "knap", "lob", "mat", "nib", "pod"],
    "beast": ["drel", "grum", "hus", "kor", "lim", "mog", "nar", "pru", "rab", "skel", "tash", "urb", "vil", "wam"],
    "person": [
        "Al",
        "Ber",
        "Cas",
        "Da",
        "El",
        "Fay",
        "Han",
        "Il",
        "Jo",
        "Ka",
        "Lo",
        "Ma",
        "Ne",
        "Os",
        "Pe",
        "Ro",
        "Sa",
        "Ti",
    ],
    "dish": ["bel", "cur", "dor", "fid", "gol", "hap", "jem", "lan", "mul", "pim", "sor", "tarn"],
    "good": ["Vell", "Carn", "Dors", "Esk", "Hald", "Lorn", "Mirr", "Sarn", "Tamb", "Yar"],
}
CODAS = {
    "town": ["ven", "mar", "ford", "wick", "by", "stead", "holm", "gate", "ay", "den"],
    "land": ["mark", "reth", "land", "ania", "moor"],
    "river": ["el", "on", "ith", "a", "er", "um"],
    "star": ["ion", "ara", "ix", "eth", "us", "ene"],
    "ruler": ["ric", "wyn", "mund", "dra", "bert", "ith"],
    "event": ["field", "mere", "el", "bridge", "hurst", "down"],
    "tool": ["rick", "bit", "le", "mer", "kin", "ster"],
    "beast": ["l", "ock", "et", "ow", "ard", "ix", "en"],
    "person": ["ra", "lan", "mo", "bin", "ssa", "den", "nia"],
    "dish": ["lo", "met", "ny", "ka", "roy", "dish"],
    "good": ["ish", "ian", "ese", "ic"],
}


def make_names(rng: random.Random, kind: str, count: int, taken: set[str]) -> list[str]:
    """`count` distinct names of a kind; names already in `taken` are avoided and the new ones added to it."""
    every = [onset + coda for onset in ONSETS[kind] for coda in CODAS[kind] if "sss" not in onset + coda]
    rng.shuffle(every)
    chosen = [name for name in every if name.lower() not in taken][:count]
    if len(chosen) < count:
        raise ValueError(f"names of kind {kind}: found {len(chosen)}, expected {count}")
    taken.update(name.lower() for name in chosen)
    return chosen


def pair_words(rng: random.Random, firsts: list[str], seconds: list[str], count: int, joiner: str = "") -> list[str]:
    """`count` distinct compounds of a first and a second word, with firsts and seconds used evenly."""
    every = [(a, b) for a in firsts for b in seconds]
    rng.shuffle(every)
    return [a + joiner + b for a, b in every[:count]]
