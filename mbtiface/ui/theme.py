"""Colours, typeface and measures: the one source for the page's CSS and the result card."""

from collections.abc import Mapping

import gradio as gr

LIGHT: Mapping[str, str] = {
    "paper": "#FAF8F4",
    "ink": "#1D1B18",
    "line": "#E6E1D8",
    "muted": "#69635A",
    "card": "#FFFDFA",
}
DARK: Mapping[str, str] = {
    "paper": "#141311",
    "ink": "#F2EEE6",
    "line": "#2C2A26",
    "muted": "#A59F94",
    "card": "#1B1A17",
}
LIGHT_AXES: Mapping[str, str] = {
    "E": "#C04A33",  # coral
    "I": "#46618F",  # slate blue
    "N": "#7547A6",  # violet
    "S": "#566A2A",  # moss
    "F": "#BC3164",  # rose
    "T": "#3A6884",  # steel
    "J": "#8E5C00",  # amber
    "P": "#0F6F6B",  # teal
}
DARK_AXES: Mapping[str, str] = {
    "E": "#F58A70",
    "I": "#90AEE2",
    "N": "#BE9DEE",
    "S": "#A7BF76",
    "F": "#F48CB0",
    "T": "#8CBAD6",
    "J": "#DDAA4F",
    "P": "#62C2BB",
}
FONTS = ("Mbtiface Sans", "Pretendard Variable", "Pretendard", "system-ui", "sans-serif")


def colour_css(by_system: bool = False) -> str:
    """Return the CSS variables of both themes and the typeface's `@font-face`.

    Gradio marks the body of a dark page; `by_system` is for pages that have no script to do so.
    """
    fonts = ", ".join(name if name.islower() else f"'{name}'" for name in FONTS)
    dark = f"{_variables(DARK, DARK_AXES)};color-scheme:dark"
    marked = f":root:has(body.dark),.dark{{{dark}}}"
    return (
        "@font-face{font-family:'Mbtiface Sans';font-weight:45 930;font-display:swap;"
        "src:url('site/fonts/MbtifaceSans.subset.woff2') format('woff2')}"
        f":root{{--sans:{fonts};--round-picture:16px;--round-card:12px;"
        f"{_variables(LIGHT, LIGHT_AXES)};color-scheme:light}}"
        + (f"@media(prefers-color-scheme:dark){{:root{{{dark}}}}}" if by_system else marked)
    )


def _variables(colours: Mapping[str, str], axes: Mapping[str, str]) -> str:
    plain = [f"--{name}:{value}" for name, value in colours.items()]
    return ";".join(plain + [f"--axis-{letter}:{value}" for letter, value in axes.items()])


def gradio_theme() -> gr.themes.Base:
    """Return Gradio's plain theme in the page's colours, so that no default shows through."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.stone,
        secondary_hue=gr.themes.colors.stone,
        neutral_hue=gr.themes.colors.stone,
        font=[gr.themes.Font(name) for name in FONTS],
        font_mono=[gr.themes.Font("monospace")],
    )
    return theme.set(
        body_background_fill=LIGHT["paper"],
        body_background_fill_dark=DARK["paper"],
        body_text_color=LIGHT["ink"],
        body_text_color_dark=DARK["ink"],
        border_color_primary=LIGHT["line"],
        border_color_primary_dark=DARK["line"],
        background_fill_primary=LIGHT["paper"],
        background_fill_primary_dark=DARK["paper"],
    )


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two `#RRGGBB` colours, 1..21."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
