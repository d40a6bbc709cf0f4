"""An ONNX graph while it is built: nodes, constants, named inputs and outputs. Knows no network; imports onnx late."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.errors import ExportError

END = 2**31  # of a slice that goes to the end
OPSET, IR_VERSION = 17, 9  # old enough for the runtimes of several years
Shape = tuple[int | str, ...]  # names for sizes that are free


def onnx() -> Any:
    """The package. Raises ExportError where it is not installed."""
    try:
        import onnx as package
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise ExportError('onnx: expected the package of this name, got none; `pip install "onnx>=1.19,<2"`') from None
    return package


class Graph:
    """Nodes in their order. A graph inside another, the body of a loop, sees the other's names."""

    def __init__(self, name: str = "network"):
        self.onnx, self.name = onnx(), name
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self._known: dict[int, str] = {}
        self._arrays: list[np.ndarray] = []  # kept, or an id could come again

    def __call__(self, kind: str, *given: str, **attributes: Any) -> str:
        """One operation with one result: the result's name."""
        [name] = self.several(kind, 1, *given, **attributes)
        return name

    def several(self, kind: str, count: int, *given: str, **attributes: Any) -> list[str]:
        """One operation with `count` results."""
        names = [f"{self.name}/{kind}_{len(self.nodes)}_{i}" for i in range(count)]
        self.nodes.append(self.onnx.helper.make_node(kind, list(given), names, **attributes))
        return names

    def constant(self, value: Any, kind: type[np.generic] = np.float32) -> str:
        """A constant's name; the same array is stored once."""
        array = np.asarray(value, kind)
        if id(value) not in self._known:
            name = f"{self.name}/constant_{len(self.constants)}"
            whole = np.ascontiguousarray(array).reshape(array.shape)
            self.constants.append(self.onnx.numpy_helper.from_array(whole, name))
            self._known[id(value)] = name
            self._arrays.append(value)
        return self._known[id(value)]

    def whole(self, *numbers: int) -> str:
        """Whole numbers as a constant: places, axes, shapes."""
        return self.constant(np.array(numbers, np.int64), np.int64)

    def input(self, name: str, shape: Shape | None, kind: str = "FLOAT") -> str:
        """A named input."""
        self.inputs.append(self._described(name, shape, kind))
        return name

    def output(self, name: str, result: str, shape: Shape | None, kind: str = "FLOAT") -> None:
        """Give a result a name of the outside."""
        self.nodes.append(self.onnx.helper.make_node("Identity", [result], [name]))
        self.outputs.append(self._described(name, shape, kind))

    def _described(self, name: str, shape: Shape | None, kind: str) -> Any:
        return self.onnx.helper.make_tensor_value_info(name, getattr(self.onnx.TensorProto, kind), shape)

    def made(self) -> Any:
        """The GraphProto."""
        return self.onnx.helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)

    # ---- pieces of which all networks are made

    def dense(self, x: str, kernel: np.ndarray, bias: np.ndarray) -> str:
        """x (..., n) times a kernel (n, m) plus a bias (m,)."""
        return self("Add", self("MatMul", x, self.constant(kernel)), self.constant(bias))

    def steps_first(self, x: str) -> str:
        """(B, T, D) to (T, B, D), and back."""
        return self("Transpose", x, perm=[1, 0, 2])

    def last(self, x: str, axis: int) -> str:
        """The last place of an axis, which is gone then."""
        return self("Gather", x, self.constant(np.array(-1), np.int64), axis=axis)

    def size(self, x: str, axis: int) -> str:
        """The size of an axis, (1,) int64."""
        return self("Gather", self("Shape", x), self.whole(axis))
