"""Names of people in a form in which order, script and spelling do not matter much, and how alike two of them are."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import JaroWinkler

INITIAL = 0.88
"""An initial that fits: it could be that name."""
SAME_SOUND = 0.95
"""Other letters for the same consonants: Wickramasinghe and Wickremesinghe, or a name and its transliteration."""
OTHER_ENDING = 0.70
"""Nimal and Nimali, Vasantha and Vasanthi: in Sri Lanka mostly a man and a woman, not two spellings."""
ONE_WORD = 0.85
"""At most so alike is a name of one word to one of more: too many people have it."""
MOST_WORDS = 8
"""Further words are left out: a text of a hundred words in the field is no name, and each is held against each."""
_WORD = re.compile(r"[^\W\d_]+")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "rev", "prof", "master", "hon"})
_VOWELS = frozenset("aeiouy")
# Sinhala and Tamil in Latin letters waver between these; Tamil script does not even tell the voiced ones apart.
# anyascii writes the ng of Jayasinghe, one sign in Sinhala, as m, and the h of Mohamed, which Tamil lacks, as k.
_FOLDS = tuple(
    fold.split(">")
    for fold in (
        *("imh>ingh", "mukm>muhm", "ph>p", "th>t", "dh>t", "sh>s", "ch>s", "bh>p", "gh>k", "kh>k"),
        *("x>ks", "q>k", "c>s", "z>s", "w>v", "f>p", "b>p", "d>t", "g>k", "h>"),
    )
)


@dataclass(frozen=True)
class Name:
    """The words of a name in Latin letters and the consonants of each; `foreign`: it was in another script."""

    words: tuple[str, ...]
    sounds: tuple[str, ...]
    foreign: bool


def read_name(text: str) -> Name:
    """A name as somebody wrote it: any script, any order, titles left out."""
    text = unicodedata.normalize("NFKC", text)
    latin = anyascii(text)
    words = tuple(word for word in _WORD.findall(latin.lower()) if word not in _TITLES)[:MOST_WORDS]
    return Name(words, tuple(map(sound, words)), foreign=not _is_latin(text))


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """The consonants that are heard: `wickremesinghe` and `vikrmsimh`, as anyascii writes it, become much alike."""
    for written, heard in _FOLDS:
        word = word.replace(written, heard)
    heard = "".join(letter for letter in word if letter not in _VOWELS)
    once = "".join(letter for at, letter in enumerate(heard) if at == 0 or letter != heard[at - 1])
    return once or word[:1]


def likeness(one: Name, other: Name) -> float:
    """0 to 1: each word of the shorter name against its best partner in the longer one; the weakest counts most.

    So a family's members, who share a name and a telephone, stay apart by their given names.
    """
    shorter, longer = sorted((one, other), key=lambda name: len(name.words))
    if not shorter.words:
        return 0.0
    found = _best_partners(shorter, longer, foreign=one.foreign != other.foreign)
    alike = 0.7 * min(found) + 0.3 * sum(found) / len(found)
    return min(alike, ONE_WORD) if len(found) == 1 and len(longer.words) > 1 else alike


def _best_partners(shorter: Name, longer: Name, *, foreign: bool) -> list[float]:
    """How alike each word of the shorter name is to its partner: the best couple first, then the best of the rest."""
    words, partners = (list(zip(name.words, name.sounds, strict=True)) for name in (shorter, longer))
    found: list[float] = []
    while words:
        # Of equally good couples the longer one, then by the letters: whoever comes first, the same are chosen.
        score, _, _, word, partner = max(
            (
                _compared(*sorted((word, partner)), foreign),
                len(word[0] + partner[0]),
                sorted((word, partner)),
                word,
                partner,
            )
            for word in words
            for partner in partners
        )
        found.append(score)
        words.remove(word)
        partners.remove(partner)
    return found


@lru_cache(maxsize=50_000)
def _compared(one: tuple[str, str], other: tuple[str, str], foreign: bool) -> float:
    (word, heard), (word_, heard_) = one, other
    if word == word_:
        return 1.0
    if 1 in (len(word), len(word_)):
        return INITIAL if word[0] == word_[0] or heard[:1] == heard_[:1] else 0.0
    if foreign:
        return SAME_SOUND if heard == heard_ else SAME_SOUND * JaroWinkler.similarity(heard, heard_)
    if _differ_in_ending(word, word_):
        return OTHER_ENDING
    return SAME_SOUND if heard == heard_ else JaroWinkler.similarity(word, word_)


def _differ_in_ending(word: str, other: str) -> bool:
    """One ends in i, and the other in a or without a vowel; Fernandu and Kandasamy are other spellings only."""
    stem, stem_ = (text[:-1] if text[-1] in "ai" else text for text in (word, other))
    return stem == stem_ and (word[-1] == "i") != (other[-1] == "i")


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 0x250 for letter in text if letter.isalpha())
