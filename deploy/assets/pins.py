"""What is vendored: which version, how its archive must look, which files, and how we change them."""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM_FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif'


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to a file: what matches `pattern` is replaced, exactly `times` times, or nothing at all is."""

    why: str
    pattern: str
    replacement: str
    times: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of an archive that we keep, and how."""

    path: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """An npm package. `integrity` is what npm's registry states for its archive (Subresource Integrity)."""

    name: str
    version: str
    integrity: str
    licence: str
    """The licence's file: in the archive, or beside this module where the archive has none."""
    files: tuple[Kept, ...]


NO_MAP = Edit("the map is not served", r"\n?(//|/\*)# sourceMappingURL=[^\s*]+( \*/)?\n?", "", 1)

RULE = r"(?<=[{{}}])[^{{}}]*\.govuk-{part}[^{{}}]*\{{[^{{}}]*\}}"

WITHOUT_BRAND = (
    Edit(
        "the notice of a font that is for GOV.UK alone",
        r"/\*! Copyright \(c\) 2011 by Margaret[^*]*\*/",
        "",
        1,
    ),
    Edit("that font", r"@font-face\{font-family:GDS Transport;[^}]*\}", "", 2),
    Edit("the fonts that a machine has, instead", r"GDS Transport,arial,sans-serif", SYSTEM_FONTS, 55),
    Edit("the crest", RULE.format(part="footer__copyright-logo"), "", 5),
    Edit("the crown", RULE.format(part="footer__crown"), "", 1),
    Edit("the logo", RULE.format(part="header__logotype"), "", 3),
    Edit("the logo's dot", RULE.format(part="logo-dot"), "", 4),
    NO_MAP,
)

PACKAGES = (
    Package(
        name="govuk-frontend",
        version="6.3.0",
        integrity="sha512-cXIQxm5PHCsbic47GXZrVBZhAeeshTLRL6ZBKilLsR6rMCjJuWb7Fruq0VUNMBJFlJk/srsRj/q8d5bM9cgKoA==",
        licence="govuk-frontend-licence.txt",
        files=(
            Kept("dist/govuk/govuk-frontend.min.css", WITHOUT_BRAND),
            Kept("dist/govuk/govuk-frontend.min.js", (NO_MAP,)),
        ),
    ),
    Package(
        name="htmx.org",
        version="2.0.11",
        integrity="sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        licence="LICENSE",
        files=(Kept("dist/htmx.min.js"),),
    ),
    Package(
        name="htmx-ext-sse",
        version="2.2.4",
        integrity="sha512-LJmxVhykyflBWgh5PvbRidcyuqMHlgfajmmzumvKctv9puvsufeH6OaejSMZTNTnEI8O2wXXn4ZZtBdpEMqmEQ==",
        licence="LICENSE",
        files=(Kept("dist/sse.min.js"),),
    ),
)
