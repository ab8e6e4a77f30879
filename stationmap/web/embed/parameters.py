"""What the page that other sites frame may be asked for: which stations, and how they are shown."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar
from urllib.parse import urlencode

from pydantic import Field

from stationmap.datum import Datum, to_wgs84
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.registry.model import Latitude, Longitude, Position
from stationmap.search.query import Query
from stationmap.web.api.parameters import ForRiders, SentDatum, WithinBox
from stationmap.web.parameters.faults import Fault, InvalidParametersError
from stationmap.web.parameters.filters import Districts, Language, OneStation, StationFilters
from stationmap.web.parameters.reading import query_pairs, read_query
from stationmap.web.parameters.values import Maybe, OneOf, Says

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
MIN_ZOOM, MAX_ZOOM, DEFAULT_ZOOM = 5, 19, 14
VIEWS = ("both", "map", "list")
THEMES = ("auto", "light", "dark")
DEFAULT_HEIGHT, MIN_HEIGHT, MAX_HEIGHT = 560, 200, 2_000


class EmbedQuery(StationFilters):
    """The parameters of `GET /embed`."""

    lang: Language = DEFAULT_LANGUAGE
    view: Annotated[str, OneOf(VIEWS), Says("both 地图和列表，map 只有地图，list 只有列表", "What is shown")] = "both"
    theme: Annotated[
        str, OneOf(THEMES), Says("auto 跟随访客的系统，light 浅色，dark 深色", "Colours; auto: as the visitor's system")
    ] = "auto"
    district: Districts = ()
    bbox: WithinBox = None
    lon: Annotated[Maybe[Longitude], Says("地图中心的经度，列表由近到远", "Centre of the map, longitude", 117.19)] = (
        None
    )
    lat: Annotated[Maybe[Latitude], Says("地图中心的纬度", "Centre of the map, latitude", 34.26)] = None
    datum: SentDatum = Datum.WGS84
    zoom: Annotated[
        Maybe[Annotated[int, Field(ge=MIN_ZOOM, le=MAX_ZOOM)]],
        Says("地图级别，数字越大越近", "Zoom of the map around lon and lat", DEFAULT_ZOOM),
    ] = None
    station: OneStation = None
    open: Annotated[
        Maybe[Literal["now"]], Says("now：不显示现在关闭的站点", "now: not those that are known to be closed")
    ] = None
    for_riders: ForRiders = False
    limit: Annotated[
        int, Field(ge=1, le=MAX_LIMIT), Says("列表最多几个站点", "How many stations the list has at most")
    ] = DEFAULT_LIMIT

    @property
    def centre(self) -> Position | None:
        """The centre of the map, in WGS-84, if one is given."""
        if self.lon is None or self.lat is None:
            return None
        return Position(*to_wgs84(self.lon, self.lat, Datum(self.datum)))

    @property
    def stations(self) -> Query:
        """The query of the stations that are shown, but for their districts and the moment."""
        return self.query(bounds=self.bbox, in_use=True, for_riders=self.for_riders)


P = TypeVar("P", bound=EmbedQuery)


class SnippetQuery(EmbedQuery):
    """Those of `GET /embed/code`: of the page that is framed, and how high its frame is."""

    height: Annotated[
        int, Field(ge=MIN_HEIGHT, le=MAX_HEIGHT), Says("嵌入框的高度，像素", "Height of the frame in pixels")
    ] = DEFAULT_HEIGHT

    def passed_on(self) -> list[tuple[str, str]]:
        """Return the parameters of the framed page that are not what they are anyway."""
        given = self.model_dump(exclude_defaults=True, exclude={"height", "bbox"}, mode="json")
        if self.bbox is not None:
            given["bbox"] = ",".join(f"{value:.12g}" for value in self.bbox)
        listed = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
        return [(name, _text(value)) for name, values in listed.items() for value in values]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_snippet_query(query: str) -> SnippetQuery:
    """Return the parameters of a form; fields left empty are not there. Raises InvalidParametersError."""
    return _checked(SnippetQuery, urlencode([pair for pair in query_pairs(query) if pair[1]]))


def parse_embed_query(query: str) -> EmbedQuery:
    """Return the parameters of a query string; raises InvalidParametersError."""
    return _checked(EmbedQuery, query)


def _checked(model: type[P], query: str) -> P:
    found = read_query(model, query)
    faults = []
    if (found.lon is None) != (found.lat is None):
        missing = "lon" if found.lon is None else "lat"
        faults.append(Fault(missing, "missing", "is required: lon and lat go together"))
    if found.zoom is not None and found.lon is None and found.lat is None:
        faults.append(Fault("zoom", "not_allowed", "goes with lon and lat"))
    if faults:
        raise InvalidParametersError(faults)
    return found
