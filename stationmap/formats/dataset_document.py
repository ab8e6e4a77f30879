"""The registry as a whole in the words of schema.org, for catalogues of open data: what it is, and in which forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from stationmap.city import City
from stationmap.i18n import LANGUAGES, tag_of, translate
from stationmap.registry.registry import Registry


class Download(NamedTuple):
    """A form in which the registry is offered: its whole address, its media type, the key of what it is called."""

    address: str
    media_type: str
    name: str


class Site(NamedTuple):
    """Where the registry is offered: the addresses of the finder and of the page about it, and the language of that."""

    finder: str
    page: str
    main_page: str
    language: str


def dataset_document(registry: Registry, city: City, site: Site, downloads: Iterable[Download]) -> dict[str, Any]:
    """Return the site, and the registry with its downloads; what the registry does not say of itself is absent."""
    language, known = site.language, registry.meta
    demo = translate(language, "app.demo_long") if registry.demo else ""
    west, south, east, north = city.box
    dataset: dict[str, Any] = {
        "@type": "Dataset",
        "@id": f"{site.main_page}#dataset",
        "url": site.page,
        "name": known.title or translate(language, "app.name"),
        "description": " · ".join(filter(None, (demo, translate(language, "dataset.description")))),
        "disambiguatingDescription": demo,
        "inLanguage": [tag_of(each) for each in LANGUAGES],
        "version": registry.revision,
        "dateModified": known.updated and known.updated.isoformat(),
        "license": known.licence,
        "creditText": None if registry.demo else known.source,
        "isAccessibleForFree": True,
        "spatialCoverage": {
            "@type": "Place",
            "name": (city.names or ("",))[0],
            "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"},
        },
        "includedInDataCatalog": {"@id": f"{site.finder}#site"},
        "distribution": [_download(each, language) for each in downloads],
    }
    website = {
        "@type": ["WebSite", "DataCatalog"],
        "@id": f"{site.finder}#site",
        "url": site.finder,
        "name": translate(language, "app.name"),
        "inLanguage": [tag_of(each) for each in LANGUAGES],
    }
    return {"@context": "https://schema.org", "@graph": [website, _without_unknown(dataset)]}


def _download(found: Download, language: str) -> dict[str, Any]:
    said = {"name": translate(language, found.name), "contentUrl": found.address}
    return {"@type": "DataDownload", **said, "encodingFormat": found.media_type}


def _without_unknown(members: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in members.items() if value not in (None, "")}
