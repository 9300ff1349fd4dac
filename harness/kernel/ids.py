"""Names that are made, never found: uid, name suffix, hash suffix. Each depends on its object alone."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["SUFFIX_LETTERS", "Ids", "safe_hash"]

# k8s.io/apimachinery/pkg/util/rand: no vowels, no look-alikes.
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def _letters(number: int, count: int) -> str:
    out = []
    for _ in range(count):
        number, letter = divmod(number, len(SUFFIX_LETTERS))
        out.append(SUFFIX_LETTERS[letter])
    return "".join(out)


def safe_hash(text: str, count: int = 10) -> str:
    """A suffix as in pod-template-hash. Differs from the real one: our hash, not FNV-32a of a Go dump."""
    return _letters(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big"), count)


class Ids:
    """The ids of one cluster. An object that comes back under an old name gets another uid: the ordinal counts."""

    __slots__ = ("_key", "_ordinals")

    def __init__(self, seed: int, cluster: str) -> None:
        self._key = blake2b(f"{seed}\x1f{cluster}".encode(), digest_size=16).digest()
        self._ordinals: dict[tuple[str, str, str], int] = {}

    def _draw(self, space: str, owner: str, name: str) -> int:
        slot = (space, owner, name)
        ordinal = self._ordinals.get(slot, 0)
        self._ordinals[slot] = ordinal + 1
        text = f"{space}\x1f{owner}\x1f{name}\x1f{ordinal}".encode()
        return int.from_bytes(blake2b(text, digest_size=16, key=self._key).digest(), "big")

    def uid(self, resource: str, namespace: str, name: str) -> str:
        """A version 4 UUID, drawn from (cluster, resource, namespace, name, ordinal)."""
        number = self._draw(resource, namespace, name)
        number = number & ~(0xF000 << 64) & ~(0xC000 << 48) | 0x4000 << 64 | 0x8000 << 48
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def suffix(self, resource: str, namespace: str, prefix: str) -> str:
        """The five letters that generateName adds."""
        return _letters(self._draw(resource + "/suffix", namespace, prefix), 5)
