"""Roots and proofs of the tree are those of RFC 9162, and only right ones hold."""

from __future__ import annotations

import random
from functools import cache
from hashlib import sha256

import naive_merkle as naive
import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sillage.ledger.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    extends,
    includes,
    inclusion_proof,
    leaf_hash,
    root_of,
)

# Test data of the reference implementation of certificate transparency, merkle_tree_test.cc.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
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

MOST = 70


@cache
def entries(count: int) -> tuple[bytes, ...]:
    return tuple(number.to_bytes(2, "big") for number in range(count))


class Listed:
    """Complete subtrees of a list of entries, by definition."""

    def __init__(self, entries_: tuple[bytes, ...]) -> None:
        self.entries = entries_

    def node(self, level: int, number: int) -> bytes:
        first = number << level
        assert first + (1 << level) <= len(self.entries), "asked for what is not complete"
        return naive.root(self.entries[first : first + (1 << level)])


TREE = Listed(entries(MOST))


def grown(list_: tuple[bytes, ...] | list[bytes]) -> Frontier:
    frontier = Frontier()
    for entry in list_:
        frontier.push(leaf_hash(entry))
    return frontier


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_the_certificate_transparency_test_data(count: int) -> None:
    assert grown(INPUTS[:count]).root.hex() == ROOTS[count - 1]


def test_proofs_are_those_of_the_certificate_transparency_test_data() -> None:
    nodes = Listed(tuple(INPUTS))
    assert [one.hex()[:16] for one in inclusion_proof(nodes, 5, 8)] == [
        "bc1a0643b12e4d2d",
        "ca854ea128ed050b",
        "d37ee418976dd957",
    ]
    assert [one.hex()[:16] for one in consistency_proof(nodes, 6, 8)] == [
        "0ebc5d3437fbe2db",
        "ca854ea128ed050b",
        "d37ee418976dd957",
    ]
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_frontier_has_the_root_of_the_definition_at_every_size() -> None:
    frontier = Frontier()
    for count in range(MOST + 1):
        assert frontier.root == naive.root(entries(count)) == root_of(TREE, count)
        if count < MOST:
            frontier.push(leaf_hash(entries(MOST)[count]))


def test_the_frontier_gives_the_hash_of_each_whole_tile() -> None:
    many = [number.to_bytes(3, "big") for number in range(512)]
    frontier = Frontier()
    completed = [frontier.push(leaf_hash(entry)) for entry in many]
    assert [count for count, found in enumerate(completed, 1) if found] == [256, 512]
    assert completed[255] == [naive.root(many[:256])]
    assert completed[511] == [naive.root(many[256:])]


@given(size=st.integers(1, MOST), data=st.data())
def test_every_inclusion_proof_is_that_of_the_definition_and_holds(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(TREE, index, size)
    assert list(proof) == naive.path(index, entries(size))
    leaf = leaf_hash(entries(size)[index])
    root = naive.root(entries(size))
    assert includes(root, size, leaf=leaf, index=index, proof=proof)


@given(size=st.integers(1, MOST), data=st.data())
def test_any_flipped_bit_ends_an_inclusion_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(TREE, index, size)
    leaf = leaf_hash(entries(size)[index])
    parts = [naive.root(entries(size)), leaf, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    root, leaf, *proof_ = parts
    assert not includes(root, size, leaf=leaf, index=index, proof=proof_)


@given(size=st.integers(2, MOST), data=st.data())
def test_an_inclusion_proof_holds_for_its_place_and_length_alone(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-1, size).filter(lambda place: place != index))
    proof = inclusion_proof(TREE, index, size)
    leaf, root = leaf_hash(entries(size)[index]), naive.root(entries(size))
    assert not includes(root, size, leaf=leaf, index=other, proof=proof)
    assert not includes(root, size, leaf=leaf, index=index, proof=proof[:-1])
    assert not includes(root, size, leaf=leaf, index=index, proof=(*proof, root))


@given(after=st.integers(1, MOST), data=st.data())
def test_growth_is_proved_between_any_two_sizes(after: int, data: st.DataObject) -> None:
    before = data.draw(st.integers(1, after))
    proof = consistency_proof(TREE, before, after)
    assert list(proof) == naive.proof(before, entries(after))
    earlier, root = naive.root(entries(before)), naive.root(entries(after))
    assert extends(root, after, earlier=earlier, before=before, proof=proof)


@given(after=st.integers(2, MOST), data=st.data())
def test_any_flipped_bit_ends_a_proof_of_growth(after: int, data: st.DataObject) -> None:
    before = data.draw(st.integers(1, after - 1))
    proof = consistency_proof(TREE, before, after)
    parts = [naive.root(entries(after)), naive.root(entries(before)), *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    root, earlier, *proof_ = parts
    assert not extends(root, after, earlier=earlier, before=before, proof=proof_)


@given(after=st.integers(3, MOST), data=st.data())
def test_a_rewritten_past_has_no_proof_of_growth(after: int, data: st.DataObject) -> None:
    before = data.draw(st.integers(1, after - 1))
    changed = data.draw(st.integers(0, before - 1))
    other = list(entries(after))
    other[changed] = b"forged"
    proof = consistency_proof(Listed(tuple(other)), before, after)
    earlier = naive.root(entries(before))
    assert not extends(naive.root(other), after, earlier=earlier, before=before, proof=proof)


def test_growth_from_nothing_and_to_the_same_size_needs_no_hash() -> None:
    root = naive.root(entries(5))
    assert extends(root, 5, earlier=EMPTY, before=0, proof=())
    assert extends(root, 5, earlier=root, before=5, proof=())
    assert not extends(root, 5, earlier=root, before=0, proof=())
    assert not extends(root, 5, earlier=EMPTY, before=5, proof=())
    assert not extends(root, 5, earlier=root, before=3, proof=())
    assert not extends(root, 5, earlier=root, before=6, proof=())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_what_is_not_in_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no entry"):
        inclusion_proof(TREE, index, size)
    with pytest.raises(ValueError, match="no growth"):
        consistency_proof(TREE, 0, size)


@settings(max_examples=30)
@given(size=st.integers(1, MOST), seed=st.integers(0, 2**32 - 1))
def test_roots_and_proofs_are_those_of_another_implementation(size: int, seed: int) -> None:
    """pymerkle computes RFC 9162 trees by itself; its proofs begin with the leaf."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    list_ = [sha256(draw.randbytes(8)).digest() for _ in range(size)]
    for entry in list_:
        tree.append_entry(entry)
    nodes = Listed(tuple(list_))
    assert tree.get_root() == grown(list_).root
    index = draw.randrange(size)
    theirs = tree.prove_inclusion(index + 1)
    pymerkle.verify_inclusion(leaf_hash(list_[index]), tree.get_root(), theirs)
    assert inclusion_proof(nodes, index, size) == tuple(theirs.path[1:])
    before = draw.randrange(1, size + 1)
    earlier, root = tree.get_root(before), tree.get_root(size)
    pymerkle.verify_consistency(earlier, root, tree.prove_consistency(before, size))
    ours = consistency_proof(nodes, before, size)
    assert extends(root, size, earlier=earlier, before=before, proof=ours)


def flipped(hash_: bytes, bit: int) -> bytes:
    changed = bytearray(hash_)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
