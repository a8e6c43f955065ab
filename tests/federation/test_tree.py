"""The Merkle tree: known answers, and everything that must hold for trees of any size."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.tree import (
    EMPTY_ROOT,
    CompactRange,
    completed,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_at,
    root_at,
    stored_at,
    verify_consistency,
    verify_inclusion,
)

# The test vectors of the Certificate Transparency project: eight leaves, their roots, and proofs.
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")] + [
    bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


class Tree:
    """A tree that stores, with each leaf, the hashes it completes, as a log does."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.edge, self.stored = CompactRange(), list[tuple[bytes, ...]]()
        for leaf in leaves:
            done, self.edge = completed(self.edge, leaf)
            self.stored.append(done)

    def node(self, level: int, index: int) -> bytes:
        """The stored hash."""
        seq, place = stored_at(level, index)
        return self.stored[seq][place]


def head(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word by word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(head(leaves[:split]), head(leaves[split:]))


def made(count: int) -> list[bytes]:
    """So many different leaf hashes."""
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


KNOWN = Tree([leaf_hash(leaf) for leaf in LEAVES])
SIZES = st.integers(1, 140)


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert CompactRange().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_at(0, KNOWN.node) == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_roots(size: int) -> None:
    assert root_at(size, KNOWN.node).hex() == ROOTS[size - 1]
    assert CompactRange().extend(leaf_hash(leaf) for leaf in LEAVES[:size]).root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("place", "proof"), INCLUSION.items())
def test_the_known_inclusion_proofs(place: tuple[int, int], proof: list[str]) -> None:
    index, size = place
    path = inclusion_proof(index, size, KNOWN.node)
    assert [step.hex() for step in path] == proof
    assert verify_inclusion(index, size, leaf_hash(LEAVES[index]), path, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENCY.items())
def test_the_known_consistency_proofs(sizes: tuple[int, int], proof: list[str]) -> None:
    old, new = sizes
    path = consistency_proof(old, new, KNOWN.node)
    assert [step.hex() for step in path] == proof
    assert verify_consistency(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), path)


@given(SIZES)
def test_every_way_to_a_root_is_the_definition(size: int) -> None:
    leaves = made(size)
    tree = Tree(leaves)
    assert tree.edge.root() == head(leaves)
    assert tree.edge == CompactRange().extend(leaves) == range_at(size, tree.node)


@given(SIZES, st.data())
def test_extending_in_two_steps_is_extending_in_one(size: int, data: st.DataObject) -> None:
    leaves = made(size)
    cut = data.draw(st.integers(0, size))
    assert CompactRange().extend(leaves[:cut]).extend(leaves[cut:]) == CompactRange().extend(leaves)
    assert CompactRange().extend(leaves[:-1]).append(leaves[-1]) == CompactRange().extend(leaves)


@given(SIZES)
def test_every_perfect_subtree_is_stored_exactly_once(size: int) -> None:
    leaves = made(size)
    tree = Tree(leaves)
    stored = 0
    for level in range(size.bit_length()):
        for index in range(size >> level):
            stored += 1
            assert tree.node(level, index) == head(leaves[index << level : (index + 1) << level])
    assert stored == sum(map(len, tree.stored))


@given(SIZES, st.data())
def test_every_leaf_of_every_size_is_proved(new: int, data: st.DataObject) -> None:
    tree, leaves = Tree(made(new)), made(new)
    size = data.draw(st.integers(1, new))
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion_proof(index, size, tree.node), head(leaves[:size])
    assert verify_inclusion(index, size, leaves[index], path, root)
    assert not verify_inclusion(index, size, leaf_hash(b"other"), path, root)
    assert not verify_inclusion(index, size, leaves[index], path, leaf_hash(b"other"))
    assert not verify_inclusion(index, size, leaves[index], (*path, root), root)
    assert not verify_inclusion(index, size, leaves[index], path[:-1], root) or not path
    if index:
        assert not verify_inclusion(index - 1, size, leaves[index], path, root)


@given(SIZES, st.data())
def test_every_smaller_tree_is_proved_to_begin_the_larger(new: int, data: st.DataObject) -> None:
    leaves = made(new)
    tree = Tree(leaves)
    old = data.draw(st.integers(1, new))
    path, before, after = consistency_proof(old, new, tree.node), head(leaves[:old]), head(leaves)
    assert verify_consistency(old, new, before, after, path)
    assert not verify_consistency(old, new, before, after, (*path, after))
    assert not verify_consistency(old, new, leaf_hash(b"other"), after, path)
    assert not verify_consistency(old, new, before, leaf_hash(b"other"), path)
    if path:
        assert not verify_consistency(old, new, before, after, path[:-1])
        flipped = (bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:])
        assert not verify_consistency(old, new, before, after, flipped)


def test_all_proofs_of_all_small_trees() -> None:
    """No luck of the draw: every pair up to 40, each with every step of its proof spoiled once."""
    leaves = made(40)
    tree, roots = Tree(leaves), [head(leaves[:size]) for size in range(41)]
    for new in range(1, 41):
        for old in range(1, new + 1):
            path = consistency_proof(old, new, tree.node)
            assert verify_consistency(old, new, roots[old], roots[new], path)
            for spoiled in spoilings(path):
                assert not verify_consistency(old, new, roots[old], roots[new], spoiled)
            path = inclusion_proof(old - 1, new, tree.node)
            assert verify_inclusion(old - 1, new, leaves[old - 1], path, roots[new])
            for spoiled in spoilings(path):
                assert not verify_inclusion(old - 1, new, leaves[old - 1], spoiled, roots[new])


def spoilings(path: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """A proof with one step replaced, left out, or added."""
    for place in range(len(path)):
        yield (*path[:place], EMPTY_ROOT, *path[place + 1 :])
        yield (*path[:place], *path[place + 1 :])
        yield (*path[:place], EMPTY_ROOT, *path[place:])
    yield (*path, EMPTY_ROOT)


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (8, 8)])
def test_there_is_no_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(index, size, KNOWN.node)
    assert not verify_inclusion(index, size, leaf_hash(b""), (), leaf_hash(b""))


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 0), (2, 1), (-1, 1)])
def test_there_is_no_consistency_with_nothing(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="neither empty"):
        consistency_proof(old, new, KNOWN.node)
    assert not verify_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, ())


def test_equal_trees_need_no_proof_and_take_none() -> None:
    one, other = leaf_hash(b"1"), leaf_hash(b"2")
    assert verify_consistency(3, 3, one, one, ())
    assert not verify_consistency(3, 3, one, other, ())
    assert not verify_consistency(3, 3, one, one, (other,))
    assert not verify_consistency(3, 4, one, other, ())


def test_leaves_and_nodes_are_hashed_apart() -> None:
    left, right = leaf_hash(b"l"), leaf_hash(b"r")
    assert leaf_hash(left + right) != node_hash(left, right) != node_hash(right, left)


@given(SIZES)
def test_a_range_comes_back_from_its_stored_form(size: int) -> None:
    edge = CompactRange().extend(made(size))
    stored = edge.to_bytes()
    assert CompactRange.from_bytes(stored) == edge
    assert int.from_bytes(stored[:8], "big") == size
    for wrong in (stored[:-1], stored + b"\x00", stored + bytes(32), stored[:7]):
        with pytest.raises(ValueError, match=r"compact range|32 bytes"):
            CompactRange.from_bytes(wrong)


def test_the_empty_range_is_stored_too() -> None:
    assert CompactRange.from_bytes(bytes(8)) == CompactRange()
    with pytest.raises(ValueError, match="too short"):
        CompactRange.from_bytes(b"")


@pytest.mark.parametrize(("size", "hashes"), [(-1, ()), (1, ()), (0, (bytes(32),)), (1, (bytes(31),)), (2, (b"",))])
def test_an_impossible_range_is_refused(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="a"):
        CompactRange(size, hashes)


def test_subtrees_are_stored_with_the_leaf_that_completes_them() -> None:
    assert [stored_at(0, 0), stored_at(1, 0), stored_at(2, 0), stored_at(1, 1), stored_at(0, 6)] == [
        (0, 0),
        (1, 1),
        (3, 2),
        (3, 1),
        (6, 0),
    ]
