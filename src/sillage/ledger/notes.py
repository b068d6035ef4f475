"""Who signed a text: keys and signed notes, as transparency logs exchange them.

Reference: C2SP signed-note, Ed25519 signatures (type 1). A secret key is a file of one line,
`PRIVATE+KEY+name+hash+base64` as Go's sumdb/note writes it, that its owner alone can read. There is
no default key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple, Self

from sillage.errors import InputError, ReadError, SettingError

ED25519 = b"\x01"
SECRET = "PRIVATE+KEY+"  # noqa: S105 - how the line of a secret key begins
DASH = "\u2014 "

NAME = re.compile(r"[^\s+\x00-\x1f]+")
"""What a key may be called: no space, no plus; a URL without its scheme is the custom."""


class PublicKey(NamedTuple):
    """A name and an Ed25519 key; written `name+hash+base64`."""

    name: str
    raw: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_b64(ED25519 + self.raw)}"

    @property
    def id(self) -> bytes:
        """Four bytes that say which key signed."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as it is written.

        Raises
        ------
        InputError
            It is no Ed25519 key of a signed note.
        """
        return cls(*_key_parts(text, "public key"))

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether this key made the signature."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class SecretKey(NamedTuple):
    """A name and the seed of an Ed25519 key."""

    name: str
    seed: bytes

    @classmethod
    def new(cls, name: str) -> Self:
        """Draw a key from the system's randomness.

        Raises
        ------
        SettingError
            The name holds a space or a plus, or nothing.
        """
        if not NAME.fullmatch(name):
            raise SettingError(
                f"{name!r}: a key's name has neither space nor plus; take an address that is "
                "yours, such as 'example.org/ledger'"
            )
        return cls(name, os.urandom(32))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a secret key from its file.

        Raises
        ------
        ReadError
            The file is missing or holds no key, or others than its owner can read it.
        """
        try:
            if path.stat().st_mode & 0o077:
                raise ReadError(str(path), f"others can read this key; run 'chmod 600 {path}'")
            text = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise ReadError(str(path), f"cannot be read as a key: {reason}") from error
        try:
            key = cls(*_key_parts(text.removeprefix(SECRET), "secret key", of_seed=True))
        except InputError as error:
            raise ReadError(str(path), f"{error}; 'sillage ledger key' makes one") from None
        if not text.startswith(SECRET):
            raise ReadError(str(path), "this is a public key; give the secret one")
        return key

    def write(self, path: Path) -> None:
        """Write the key for its owner alone; nothing that exists is written over.

        Raises
        ------
        SettingError
            The file exists, or cannot be written there.
        """
        line = f"{SECRET}{self.name}+{self.public.id.hex()}+{_b64(ED25519 + self.seed)}\n"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise SettingError(f"{path}: exists; a key is never written over") from None
        except OSError as error:
            raise SettingError(f"{path}: cannot be written: {error.strerror}") from error
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(line)
            opened.flush()
            os.fsync(opened.fileno())

    @property
    def public(self) -> PublicKey:
        """What others verify with."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        secret = Ed25519PrivateKey.from_private_bytes(self.seed)
        return PublicKey(self.name, secret.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """Sign a note's text."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        secret = Ed25519PrivateKey.from_private_bytes(self.seed)
        return Signature(self.name, self.public.id, secret.sign(text.encode()))


class Signature(NamedTuple):
    """One line below a note."""

    name: str
    id: bytes
    raw: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {_b64(self.id + self.raw)}\n"


class Note(NamedTuple):
    """A text, and who signed it."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    @classmethod
    def parse(cls, content: str) -> Self:
        """Read a note; one without signatures ends with its empty line.

        Raises
        ------
        InputError
            It is not made like a signed note.
        """
        text, blank, below = content.rpartition("\n\n")
        lines = below.split("\n")
        if not blank or not text or lines.pop() or re.search(r"[\x00-\x09\x0b-\x1f]", content):
            raise InputError("this is no signed note: a text, an empty line, then signatures")
        return cls(text + "\n", tuple(map(_signature, lines)))

    def signed_by(self, key: PublicKey) -> bool:
        """Whether the key signed this text: its line is there, and right."""
        lines = [one for one in self.signatures if (one.name, one.id) == (key.name, key.id)]
        return bool(lines) and all(key.signed(self.text, one.raw) for one in lines)


def sign(text: str, *keys: SecretKey) -> Note:
    """A text signed by each of some keys."""
    return Note(text, tuple(key.sign(text) for key in keys))


def unb64(text: str, size: int, what: str) -> bytes:
    """Bytes of standard base64, of a known size.

    Raises
    ------
    InputError
        It is none, or of another size.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != size or _b64(raw) != text:
        raise InputError(f"{text[:60]!r} is no {what}: {size} bytes in base64")
    return raw


def _signature(line: str) -> Signature:
    found = re.fullmatch(DASH + r"([^\s+]+) ([A-Za-z0-9+/=]+)", line)
    if found is None:
        raise InputError(f"{line[:60]!r} is no signature line of a note")
    try:
        raw = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) < 5 or _b64(raw) != found[2]:
        raise InputError(f"the signature of '{found[1]}' is no base64")
    return Signature(found[1], raw[:4], raw[4:])


def _key_parts(text: str, what: str, *, of_seed: bool = False) -> tuple[str, bytes]:
    name, _, rest = text.strip().partition("+")
    id_, _, encoded = rest.partition("+")
    if not NAME.fullmatch(name) or not re.fullmatch("[0-9a-f]{8}", id_):
        raise InputError(f"this is no {what}: it is written name+hash+base64")
    raw = unb64(encoded, 33, what)
    key = raw[1:]
    public = SecretKey(name, key).public if of_seed else PublicKey(name, key)
    if raw[:1] != ED25519 or public.id.hex() != id_:
        raise InputError(f"the {what} of '{name}' is not of Ed25519, or its hash does not fit it")
    return name, key


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
