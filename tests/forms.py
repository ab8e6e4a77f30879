"""Forms of pages as a browser sends them: what stands in each field, with the line ends that a browser makes."""

from __future__ import annotations

from html.parser import HTMLParser

Fields = dict[str, list[str]]


class _Form(HTMLParser):
    """Collects the fields of the form with an id."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._id, self._is_inside, self._area, self._select = form_id, False, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        self._is_inside = of.get("id") == self._id if tag == "form" else self._is_inside
        if not self._is_inside:
            return
        if tag == "input" and "name" in of and not (of.get("type") in ("checkbox", "radio") and "checked" not in of):
            self.fields.setdefault(of["name"], []).append(of.get("value", ""))
        elif tag == "textarea":
            self._area = of["name"]
            self.fields[self._area] = [""]
        elif tag == "select":
            self._select = of["name"]
        elif tag == "option" and self._select and ("selected" in of or self._select not in self.fields):
            self.fields[self._select] = [of.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area
        self._select = "" if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data.replace("\n", "\r\n")


def form_fields(html: str, form_id: str) -> Fields:
    """Return what a browser would send of a form nobody touched."""
    parser = _Form(form_id)
    parser.feed(html)
    return parser.fields
