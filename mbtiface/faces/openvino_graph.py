"""Makes a converted graph one that OpenVINO's CPU plugin runs well."""

from typing import Any

BLOCKS_TO_PIXELS = [0, 3, 4, 1, 5, 2]
"""`[batch, 2, 2, channels, height, width]` in this order is `[batch, channels, 2h, 2w]`."""


def join_shuffles(model: Any) -> int:
    """Make one operation of each reshape, transpose and reshape that turn channels into pixels.

    A transpose of six dimensions is copied number by number, and makes the plugin change the
    layout of all features before and behind it; `DepthToSpace` copies rows of channels.

    Returns:
        How many there were.
    """
    from openvino import opset1

    joined = 0
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Transpose" or _values(node.input_value(1)) != BLOCKS_TO_PIXELS:
            continue
        before, after = node.input_value(0).get_node(), _only_user(node)
        if before.get_type_name() != "Reshape" or after is None:
            continue
        pixels = opset1.depth_to_space(before.input_value(0), "blocks_first", 2)
        pixels.set_friendly_name(after.get_friendly_name())
        for target in after.output(0).get_target_inputs():
            target.replace_source_output(pixels.output(0))
        joined += 1
    if joined:
        model.validate_nodes_and_infer_types()
    return joined


def _values(output: Any) -> list[int]:
    """Of a constant; none of anything else."""
    node = output.get_node()
    if node.get_type_name() != "Constant":
        return []
    return [int(value) for value in node.get_data().ravel()]


def _only_user(node: Any) -> Any:
    """The reshape that alone reads a node; None if something else does."""
    users = [target.get_node() for target in node.output(0).get_target_inputs()]
    return users[0] if len(users) == 1 and users[0].get_type_name() == "Reshape" else None
