"""What was found of droplets as a table, as json and as a picture of where they are."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from train.metrics.droplets import DropletReport

TILE_PX, GAP_PX, LINE_PX = 96, 6, 14


def as_markdown(report: DropletReport) -> str:
    """One row a layer; peaks as median and largest over samples."""
    limit = f"beyond {report.limit:g}"
    lines = [
        f"| layer | side | map peak | largest | {limit} | place peak | largest | {limit} |",
        "|" + " --- |" * 8,
    ]
    for layer in report.layers:
        # A spike of one px in an even map reaches about the map's side, so smaller maps cannot.
        maps = f"{layer.map_share:.0%}" if layer.side > report.limit else "-"
        cells = [
            layer.layer,
            str(layer.side),
            f"{layer.map_peak:.1f}",
            f"{layer.largest_map_peak:.1f}",
            maps,
            f"{layer.place_peak:.1f}",
            f"{layer.largest_place_peak:.1f}",
            f"{layer.place_share:.0%}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def as_json(report: DropletReport) -> dict[str, Any]:
    """Plain json values, without the maps of where."""
    layers = [
        {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in vars(layer).items()
            if name != "where"
        }
        for layer in report.layers
    ]
    return {
        "samples": report.samples,
        "limit": report.limit,
        "share": round(report.share, 4),
        "layers": layers,
    }


def where_picture(report: DropletReport) -> Image.Image:
    """One tile a layer: the brighter a place, the more samples have their strongest one there."""
    columns = min(len(report.layers), 6)
    rows = -(-len(report.layers) // columns)
    step, height = TILE_PX + GAP_PX, TILE_PX + LINE_PX + GAP_PX
    picture = Image.new("RGB", (columns * step + GAP_PX, rows * height + GAP_PX), "white")
    pen = ImageDraw.Draw(picture)
    for index, layer in enumerate(report.layers):
        left, top = GAP_PX + index % columns * step, GAP_PX + index // columns * height
        share = layer.where.numpy()
        # The root shows places that a few samples share beside those that all have.
        levels = np.sqrt(share / max(share.max(), 1e-12)) * 255
        tile = Image.fromarray(levels.round().astype(np.uint8))
        tile = tile.resize((TILE_PX, TILE_PX), Image.Resampling.NEAREST)
        pen.text((left, top), f"{layer.side} px {layer.place_peak:.1f}", fill="black")
        picture.paste(tile, (left, top + LINE_PX))
    return picture
