"""Writes Sources/SwarmTokenizers/ReferenceUnicode.swift: where the library `tokenizers` works with the tables of an older
version of Unicode than utf8proc's (accents, punctuation, BERT's control characters), or of a newer one (lower case). Its normal forms are
of Unicode 9 too; ours are the current ones.

    pip install tokenizers==0.22.2 unicodedata2==18.0.0
    python bench/oracles/reference_unicode.py
"""

import pathlib

import unicodedata2 as unicode
from tokenizers import normalizers, pre_tokenizers

TARGET = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "SwarmTokenizers" / "ReferenceUnicode.swift"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def ranges(scalars):
    runs = []
    for scalar in sorted(scalars):
        if runs and runs[-1][1] == scalar - 1:
            runs[-1][1] = scalar
        else:
            runs.append([scalar, scalar])
    return runs


def rows(items):
    lines, line = [], "       "
    for item in items:
        if len(line) + len(item) + 2 > 118:
            lines.append(line)
            line = "       "
        line += f" {item},"
    return "\n".join([*lines, line])


def table(name, comment, scalars):
    items = rows(f"0x{a:X}...0x{b:X}" for a, b in ranges(scalars))
    return f"    /// {comment}\n    static let {name} = ScalarSet([\n{items}\n    ])\n"


def main():
    accents, lower = normalizers.StripAccents(), normalizers.Lowercase()
    split = pre_tokenizers.Punctuation("removed")
    bert_accents = normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
    bert_clean = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)

    def removed(normalizer, scalar):
        return normalizer.normalize_str("x" + chr(scalar)) == "x"

    marks = {c for c in SCALARS if unicode.category(chr(c)).startswith("M") and not removed(accents, c)}
    nonspacing = {c for c in SCALARS if unicode.category(chr(c)) == "Mn" and not removed(bert_accents, c)}
    others = {c for c in SCALARS if unicode.category(chr(c)) in ("Cc", "Cf", "Co") and not removed(bert_clean, c)
              and bert_clean.normalize_str(chr(c)) == chr(c) and c != 0x20}
    punctuation = {c for c in SCALARS if c > 0x7F and unicode.category(chr(c)).startswith("P")
                   and split.pre_tokenize_str(chr(c))}
    scripts = pre_tokenizers.UnicodeScripts()
    # What has no script goes with Latin and Cyrillic alike.
    without = {c for c in SCALARS if c > 0x20
               and all(len(scripts.pre_tokenize_str(letter + chr(c))) == 1 for letter in "aд")}
    unassigned = ("Cn", "Co")
    known = {c for c in SCALARS if unicode.category(chr(c)) not in unassigned}
    # Unassigned ones in between have none either.
    scriptless = {c for a, b in ranges(without) if any(d in known for d in range(a, b + 1))
                  for c in range(min(d for d in range(a, b + 1) if d in known),
                                 max(d for d in range(a, b + 1) if d in known) + 1)}
    pairs = {c: ord(lower.normalize_str(chr(c))) for c in SCALARS if c > 0x17F
             and len(lower.normalize_str(chr(c))) == 1 and lower.normalize_str(chr(c)) != chr(c)}
    newer = {c: l for c, l in pairs.items() if c >= 0x1C89 and (c in (0x1C89, 0x10D50) or 0xA7C0 <= c <= 0xA7FF
             or 0x10D50 <= c <= 0x10D65 or 0x16EA0 <= c <= 0x16EB8)}
    lowered = rows(f"0x{a:X}: 0x{b:X}" for a, b in sorted(newer.items()))
    TARGET.write_text(f"""/// Where the library tokenizers works with the tables of other versions of Unicode than utf8proc; written by
/// bench/oracles/reference_unicode.py.
enum ReferenceUnicode {{
{table("keptMarks", "Marks that StripAccents leaves.", marks)}
{table("keptByBERT", "Nonspacing marks that BERT's normalizer leaves.", nonspacing)}
{table("plainPunctuation", "Punctuation that the pre-tokenizers do not take for such.", punctuation)}
{table("shownByBERT", "Control and format characters that BERT's normalizer leaves.", others)}
{table("scriptless", "Scalars assigned since whose script the pre-tokenizer UnicodeScripts does not know.", scriptless)}
    /// Lower case of letters that older releases of utf8proc do not know.
    static let lowercase: [UInt32: UInt32] = [
{lowered}
    ]
}}
""")


if __name__ == "__main__":
    main()
