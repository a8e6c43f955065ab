"""The Merkle tree of a log (RFC 6962 section 2, RFC 9162 section 2.1): roots, compact ranges and proofs.

A log never needs the whole tree. To append it needs the compact range, at most 64 hashes. To prove, it needs the
hashes of perfect subtrees, and each is stored with the leaf that completes it: see `stored_at`.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

HASH_LENGTH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of the perfect subtree at (level, index), which covers 2**level leaves from index*2**level on."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf, ``SHA-256(0x00 || data)``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node, ``SHA-256(0x01 || left || right)``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class CompactRange:
    """The right edge of a tree: the hashes of its perfect subtrees, largest first; a value, never changed in place."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or self.size.bit_count() != len(self.hashes):
            raise ValueError("a compact range has one hash per bit of its size")
        if any(len(item) != HASH_LENGTH for item in self.hashes):
            raise ValueError("a hash has 32 bytes")

    def append(self, leaf: bytes) -> "CompactRange":
        """Return the range with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> "CompactRange":
        """Return the range with more leaf hashes, in order."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaves:
            head, pairs = leaf, size
            while pairs & 1:
                head, pairs = node_hash(hashes.pop(), head), pairs >> 1
            hashes.append(head)
            size += 1
        return CompactRange(size, tuple(hashes))

    def root(self) -> bytes:
        """Return the tree head (RFC 6962 ``MTH``); of the empty tree, the hash of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        head = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            head = node_hash(left, head)
        return head

    def to_bytes(self) -> bytes:
        """Return the stored form: the size in 8 bytes, most significant first, then the hashes."""
        return self.size.to_bytes(8) + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, stored: bytes) -> "CompactRange":
        """Return the range from its stored form, or raise `ValueError`."""
        if len(stored) < 8:
            raise ValueError("too short for a compact range")
        parts = stored[8:]
        hashes = tuple(parts[start : start + HASH_LENGTH] for start in range(0, len(parts), HASH_LENGTH))
        return cls(int.from_bytes(stored[:8]), hashes)


def completed(edge: CompactRange, leaf: bytes) -> tuple[tuple[bytes, ...], CompactRange]:
    """Append a leaf; return the hashes of the subtrees it completes (levels 0, 1, ...) and the new range.

    A log stores the first with the entry: together they are every perfect subtree of the tree, each exactly once.
    """
    hashes, done, pairs = list(edge.hashes), [leaf], edge.size
    while pairs & 1:
        done.append(node_hash(hashes.pop(), done[-1]))
        pairs >>= 1
    return tuple(done), CompactRange(edge.size + 1, (*hashes, done[-1]))


def stored_at(level: int, index: int) -> tuple[int, int]:
    """Return where a subtree is stored: the number of the leaf that completes it, and the place there."""
    return ((index + 1) << level) - 1, level


def range_at(size: int, node: Node) -> CompactRange:
    """Return the compact range of the first ``size`` leaves."""
    return _range(0, size, node)


def root_at(size: int, node: Node) -> bytes:
    """Return the tree head over the first ``size`` leaves."""
    return range_at(size, node).root()


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """Return the audit path of a leaf (RFC 6962 ``PATH``), upwards; raise `ValueError` outside the tree."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range(middle, high - middle, node).root())
            high = middle
        else:
            path.append(_range(low, middle - low, node).root())
            low = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """Return the proof (RFC 6962 ``PROOF``) that the first ``old`` of ``new`` leaves are unchanged; empty if equal."""
    if not 0 < old <= new:
        raise ValueError("consistency is between a tree and a larger one, neither empty")
    low, high, path = 0, new, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range(middle, high - middle, node).root())
            high = middle
        else:
            path.append(_range(low, middle - low, node).root())
            low = middle
    if low:
        path.append(_range(low, high - low, node).root())
    return tuple(reversed(path))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the proof shows the leaf hash at that index of the tree with that root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, head = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            head = node_hash(step, head)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            head = node_hash(head, step)
        place, last = place >> 1, last >> 1
    return last == 0 and head == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether the proof shows that the larger tree begins with the smaller one (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_head = new_head = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_head, new_head = node_hash(step, old_head), node_hash(step, new_head)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_head = node_hash(new_head, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old_head == old_root and new_head == new_root


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _range(start: int, size: int, node: Node) -> CompactRange:
    """Return the compact range of ``size`` leaves from ``start`` on, a multiple of every subtree size inside."""
    hashes = []
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return CompactRange(size, tuple(hashes))
