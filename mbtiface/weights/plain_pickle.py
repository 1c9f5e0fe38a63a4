"""Reads pickles as plain data: a machine of its own that can build values and do nothing else.

It imports nothing, calls nothing but what the caller's table names, and looks up attributes of
nothing. Of the pickle language it knows what torch and NumPy write by protocols 2 to 5; each other
operation is refused. What a file can cost is bounded: operations, text, and, as each count and
length is checked against the bytes that are there, memory.
"""

import struct
from collections.abc import Callable, Mapping
from typing import NoReturn

from mbtiface.errors import SourceError
from mbtiface.weights.plain_values import MARK, Blob, Budget, Buffer, Built, Global, Maker

MAX_MEMO = 1_000_000
"""Highest number that a value can be kept under."""


class PickleReader:
    """One pickle in a buffer."""

    def __init__(
        self,
        data: Buffer,
        names: Mapping[tuple[str, str], Global],  # (module, name) -> what stands for it
        where: str,  # of the file, for messages
        start: int = 0,  # first byte
        persistent: Callable[[object], object] | None = None,  # id -> value; None = refuse ids
        budget: Budget | None = None,  # shared with other pickles of the file
    ) -> None:
        self.position = start
        self._data = data
        self._names = names
        self._where = where
        self._persistent = persistent
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}
        self._budget = budget or Budget()

    def read(self) -> object:
        """Run to the end of the pickle; `position` is then the byte after it.

        Raises:
            SourceError: a forbidden name or operation, or a damaged file.
        """
        while self._budget.operations > 0:
            self._budget.operations -= 1
            code = self._take(1)[0]
            if code == STOP:
                return self._pop()
            operation = OPERATIONS.get(code)
            if operation is None:
                self._refuse(f"it uses the pickle operation {bytes([code])!r}")
            operation(self)
        self._refuse("it takes more operations than any checkpoint")

    def _refuse(self, why: str) -> NoReturn:
        raise SourceError(
            f"{self._where} is no checkpoint that this program reads: {why}, at byte "
            f"{self.position}. Nothing of it was run. Check where the file comes from."
        )

    # Bytes.

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._data):
            self._refuse(f"{count} bytes are announced, but only {self._left()} are there")
        taken = bytes(self._data[self.position : end])
        self.position = end
        return taken

    def _left(self) -> int:
        return len(self._data) - self.position

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._take(struct.calcsize(form)))[0])

    def _text(self, raw: bytes) -> str:
        self._budget.text_bytes -= len(raw)
        if self._budget.text_bytes < 0:
            self._refuse("its texts are longer than those of any checkpoint")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self._refuse("it holds a text that is no UTF-8")

    def _line(self) -> str:
        window = bytes(self._data[self.position : self.position + 512])
        end = window.find(b"\n")
        if end < 0:
            self._refuse("it holds a name without an end")
        self.position += end + 1
        return self._text(window[:end])

    # Stack.

    def push(self, value: object) -> None:
        """Put a value on the stack."""
        self._stack.append(value)

    def _pop(self) -> object:
        if not self._stack or self._stack[-1] is MARK:
            self._refuse("it takes a value that is not there")
        return self._stack.pop()

    def _top(self) -> object:
        if not self._stack:
            self._refuse("it takes a value that is not there")
        return self._stack[-1]

    def _since_mark(self) -> list[object]:
        for index in range(len(self._stack) - 1, -1, -1):
            if self._stack[index] is MARK:
                values = self._stack[index + 1 :]
                del self._stack[index:]
                return values
        self._refuse("it takes a list that was not begun")

    # Operations with more to them than a line.

    def text(self, form: str) -> None:
        """A text whose length comes first."""
        length = self._number(form)
        if length > self._left():
            self._refuse(f"a text of {length} bytes is announced")
        self.push(self._text(self._take(length)))

    def blob(self, form: str) -> None:
        """Bytes whose length comes first; they are not copied."""
        length = self._number(form)
        if length > self._left():
            self._refuse(f"{length} bytes are announced, but only {self._left()} are there")
        self.push(Blob(self.position, length))
        self.position += length

    def whole_number(self) -> None:
        """A whole number of up to 255 bytes."""
        self.push(int.from_bytes(self._take(self._take(1)[0]), "little", signed=True))

    def name(self, module: object, name: object) -> None:
        """A name of a module; only those of the table exist."""
        # Other values could take for ever to compare or to print.
        if not isinstance(module, str) or not isinstance(name, str):
            self._refuse("it refers to a name that is no text")
        known = self._names.get((module, name))
        if known is not None:
            return self.push(known)
        if module.split(".")[:2] == ["dnnlib", "tflib"]:
            raise SourceError(
                f"{self._where} is a pickle of the TensorFlow StyleGAN, which is not supported. "
                "Convert it with legacy.py of NVIDIA's stylegan3 repository "
                "(python legacy.py --source OLD.pkl --dest NEW.pkl), and import what that writes."
            )
        self._refuse(f"it refers to {module[:80]!r}, {name[:80]!r}")

    def call(self) -> None:
        """Call a name of the table."""
        arguments, called = self._pop(), self._pop()
        if not isinstance(called, Maker) or not isinstance(arguments, tuple):
            self._refuse("it calls something that is no name")
        try:
            self.push(called.make(*arguments))
        except (TypeError, ValueError) as error:
            self._refuse(f"it calls a name wrongly ({error})")

    def build(self) -> None:
        """Set the state of a value."""
        state, value = self._pop(), self._top()
        if not isinstance(value, Built):
            self._refuse(f"it sets the state of a {type(value).__name__}")
        try:
            value.build(state)
        except ValueError as error:
            self._refuse(f"it sets a wrong state ({error})")

    def set_items(self, items: list[object]) -> None:
        """Keys and values in turn into the dictionary on top."""
        target = self._top()
        if not isinstance(target, dict) or len(items) % 2:
            self._refuse("it puts entries into what is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            # Others could take for ever to compare: a tuple of tuples of tuples ...
            if type(key) not in (str, int):
                self._refuse(f"it has a {type(key).__name__} as a key")
            target[key] = value

    def append(self, items: list[object]) -> None:
        """Values into the list on top."""
        target = self._top()
        if type(target) is not list:
            self._refuse("it appends to what is no list")
        target.extend(items)

    def add(self, items: list[object]) -> None:
        """Values into the set on top."""
        target = self._top()
        if type(target) is not set or any(type(item) not in (str, int) for item in items):
            self._refuse("it adds to what is no set of plain values")
        target.update(items)

    def tuple(self, count: int) -> None:
        """The last values as a tuple."""
        values = [self._pop() for _ in range(count)]
        self.push(tuple(reversed(values)))

    def keep(self, number: int) -> None:
        """Keep the value on top under a number."""
        if number > MAX_MEMO:
            self._refuse(f"it keeps a value under the number {number}")
        value = self._top()
        if value is MARK:
            self._refuse("it keeps the beginning of a list")
        self._memo[number] = value

    def recall(self, number: int) -> None:
        """Put a kept value on the stack."""
        if number not in self._memo:
            self._refuse(f"it recalls {number}, which it did not keep")
        self.push(self._memo[number])

    def persistent(self) -> None:
        """A value that lies outside the pickle: a storage."""
        identity = self._pop()
        if self._persistent is None:
            self._refuse("it refers to a value outside itself")
        self.push(self._persistent(identity))


STOP = ord(".")
Operation = Callable[[PickleReader], object]
# Names of the operations in their order: protocol, frame; constants; numbers; texts and bytes;
# names and calls; lists, sets, dictionaries and tuples; memo; persistent ids.
OPERATIONS: dict[int, Operation] = {
    ord(code): operation
    for code, operation in {
        "\x80": lambda r: r._take(1),
        "\x95": lambda r: r._take(8),
        "N": lambda r: r.push(None),
        "\x88": lambda r: r.push(True),
        "\x89": lambda r: r.push(False),
        "J": lambda r: r.push(r._number("<i")),
        "K": lambda r: r.push(r._number("<B")),
        "M": lambda r: r.push(r._number("<H")),
        "\x8a": lambda r: r.whole_number(),
        "G": lambda r: r.push(struct.unpack(">d", r._take(8))[0]),
        "X": lambda r: r.text("<I"),
        "\x8c": lambda r: r.text("<B"),
        "\x8d": lambda r: r.text("<Q"),
        "B": lambda r: r.blob("<I"),
        "C": lambda r: r.blob("<B"),
        "\x8e": lambda r: r.blob("<Q"),
        "c": lambda r: r.name(r._line(), r._line()),
        "\x93": lambda r: r.name(*reversed([r._pop(), r._pop()])),
        "R": lambda r: r.call(),
        "\x81": lambda r: r.call(),
        "b": lambda r: r.build(),
        "(": lambda r: r.push(MARK),
        "]": lambda r: r.push([]),
        "}": lambda r: r.push({}),
        ")": lambda r: r.push(()),
        "\x8f": lambda r: r.push(set()),
        "a": lambda r: r.append([r._pop()]),
        "e": lambda r: r.append(r._since_mark()),
        "s": lambda r: r.set_items([*reversed([r._pop(), r._pop()])]),
        "u": lambda r: r.set_items(r._since_mark()),
        "\x90": lambda r: r.add(r._since_mark()),
        "t": lambda r: r.push(tuple(r._since_mark())),
        "\x85": lambda r: r.tuple(1),
        "\x86": lambda r: r.tuple(2),
        "\x87": lambda r: r.tuple(3),
        "\x94": lambda r: r.keep(len(r._memo)),
        "q": lambda r: r.keep(r._number("<B")),
        "r": lambda r: r.keep(r._number("<I")),
        "h": lambda r: r.recall(r._number("<B")),
        "j": lambda r: r.recall(r._number("<I")),
        "Q": lambda r: r.persistent(),
    }.items()
}
