"""Seeded draws: the same key, name and seed always give the same number, so any record can be derived alone."""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from sync_platform.sandbox.columns import IntArray

Words = npt.NDArray[np.uint64]


class Draws:
    """Random-looking numbers from integer keys; no state, so order and number of calls never matter."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def words(self, name: str, keys: IntArray) -> Words:
        """64 well-mixed bits per key; different names are independent."""
        digest = blake2b(f"{self.seed}/{name}".encode(), digest_size=8).digest()
        return _mix(_mix(np.asarray(keys).astype(np.uint64)) ^ np.uint64(int.from_bytes(digest)))

    def shares(self, name: str, keys: IntArray) -> npt.NDArray[np.float64]:
        """One number in [0, 1) per key."""
        return (self.words(name, keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def between(self, name: str, keys: IntArray, low: int, high: int) -> IntArray:
        """One whole number from `low` to `high`, both included, per key."""
        return low + (self.words(name, keys) % np.uint64(high - low + 1)).astype(np.int64)

    def lowest(self, name: str, keys: IntArray, count: int) -> IntArray:
        """The positions of exactly `count` keys, drawn without regard to order."""
        return np.sort(np.argsort(self.words(name, keys), kind="stable")[:count])


def _mix(words: Words) -> Words:
    """The finaliser of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014)."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
