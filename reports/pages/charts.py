"""The run drawn: matplotlib figures turned into inline SVG that a page can colour, read aloud and print.

The same values give the same bytes (salted ids, no date, fonts measured from matplotlib's own file). Text stays text.
Colours are drawn as placeholders and replaced by the page's CSS variables, so that one drawing serves light, dark and
print; what a colour tells, a line style, a label or a marker tells too. Every chart is drawn twice, wide and narrow,
because text that shrinks with its picture cannot be read on a telephone; CSS shows one of them.

matplotlib places things to a millionth of a pixel; a hundredth is finer than a screen shows, and takes fewer octets.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape
from matplotlib import style
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.axes import Axes

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ink": "#010101",
        "quiet": "#020202",
        "grid": "#030303",
        "paper": "#040404",
        "ok": "#050505",
        "refused": "#060606",
        "failed": "#070707",
        "unknown": "#080808",
        "unimplemented": "#090909",
        "main": "#0a0a0a",
        "second": "#0b0b0b",
        "third": "#0c0c0c",
        "limit": "#0d0d0d",
    }
)
"""Name of a CSS variable (`--c-NAME`) to the placeholder that matplotlib draws in its place."""

FRAMES: Mapping[str, float] = MappingProxyType({"wide": 1.0, "narrow": 0.4})
"""How a chart is drawn, to its width as a share of the page's column."""

_COLUMN_IN = 10.0
_DECIMALS = 2
"""Of coordinates, in pixels of the drawing, of which a wide one has 720."""
_PLACES = re.compile(r' (?:d|x|y|width|height|transform)="[^"<>]*"')
"""The attributes that say where things are."""
_NUMBER = re.compile(r"-?\d+\.\d+")
_SETTINGS = MappingProxyType(
    {
        "svg.fonttype": "none",
        "font.family": "DejaVu Sans",
        "font.size": 9.0,
        "text.parse_math": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.edgecolor": COLOURS["grid"],
        "axes.labelcolor": COLOURS["quiet"],
        "axes.labelsize": 9.0,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": COLOURS["grid"],
        "grid.linewidth": 0.7,
        "text.color": COLOURS["ink"],
        "xtick.color": COLOURS["grid"],
        "ytick.color": COLOURS["grid"],
        "xtick.labelcolor": COLOURS["quiet"],
        "ytick.labelcolor": COLOURS["quiet"],
        "ytick.major.size": 0.0,
        "ytick.minor.size": 0.0,
        "lines.linewidth": 1.6,
        "lines.solid_capstyle": "round",
        "legend.frameon": False,
        "legend.fontsize": 9.0,
        "path.simplify": True,
    }
)


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing: its heading, what it says in words, and how it is drawn on axes."""

    name: str
    """Unique on a page; part of every id."""
    title: str
    description: str
    """What a reader who cannot see the picture is told."""
    draw: Callable[[Axes], None]
    height_in: float = 2.6
    share: float = 1.0
    """Its width as a share of the page's column, when that is wide."""


def render(chart: Chart) -> Markup:
    """Returns the chart as inline SVG, once for wide and once for narrow pages."""
    drawn = [_svg(chart, frame, _width(chart, frame)) for frame in FRAMES]
    return Markup("\n").join(drawn)


def _width(chart: Chart, frame: str) -> float:
    return _COLUMN_IN * (chart.share if frame == "wide" else FRAMES[frame])


def _svg(chart: Chart, frame: str, width_in: float) -> Markup:
    # From matplotlib's own defaults on, so that a matplotlibrc on this machine changes nothing.
    settings: Any = {**_SETTINGS, "svg.hashsalt": f"{chart.name}-{frame}"}
    with style.context(["default", settings]):
        figure = Figure(figsize=(width_in, chart.height_in), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        chart.draw(axes)
        FigureCanvasSVG(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inlined(written.getvalue(), chart, frame)


def _inlined(document: str, chart: Chart, frame: str) -> Markup:
    """Cuts the drawing out of its document, makes its ids unique on the page and its colours the page's own."""
    box = re.search(r'viewBox="([^"]+)"', document)
    assert box is not None, "matplotlib wrote an SVG without a viewBox"
    inner = document[document.index(">", document.index("<svg")) + 1 : document.rindex("</svg>")]
    inner = re.sub(r"<metadata>.*?</metadata>\s*", "", inner, flags=re.DOTALL)
    inner = shortened(_own_ids(inner, f"{chart.name}-{frame}"))
    for name, placeholder in COLOURS.items():
        inner = inner.replace(placeholder, f"var(--c-{name})")
    inner = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", inner)
    identity = f"{chart.name}-{frame}"
    head = (
        f'<svg class="chart {frame}" viewBox="{box[1]}" role="img" aria-labelledby="{identity}-t {identity}-d">'
        f'<title id="{identity}-t">{escape(chart.title)}</title>'
        f'<desc id="{identity}-d">{escape(chart.description)}</desc>'
    )
    return Markup(f"{head}{inner.strip()}</svg>")  # noqa: S704 -- matplotlib escapes what it writes as text


def shortened(drawing: str) -> str:
    """Rounds where the elements of a drawing are, and leaves out the space around the letters of paths."""

    def places(found: re.Match[str]) -> str:
        return re.sub(r'\s*([A-Z"])\s*', r"\1", _NUMBER.sub(_rounded, found[0]))

    return re.sub(r"<[^<>]+>", lambda element: _PLACES.sub(places, element[0]), drawing)


def _rounded(number: re.Match[str]) -> str:
    # Adding 0 leaves no negative zero.
    return f"{round(float(number[0]), _DECIMALS) + 0.0:.{_DECIMALS}f}".rstrip("0").rstrip(".")


def _own_ids(inner: str, prefix: str) -> str:
    """Prefixes the ids that something refers to and drops all others."""
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', inner))

    def rename(match: re.Match[str]) -> str:
        return f' id="{prefix}-{match[1]}"' if match[1] in used else ""

    inner = re.sub(r' id="([^"]+)"', rename, inner)
    inner = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{prefix}-\1"', inner)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", inner)
