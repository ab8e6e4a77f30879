"""Which stations are meant: the conditions that lists, maps and calendars of stations take; and in which language."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES
from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, WHO
from stationmap.search.query import Query
from stationmap.web.parameters.reading import Parameters
from stationmap.web.parameters.values import Maybe, OneOf, Says, SomeOf, Words

MAX_DISTRICTS = 50

Categories = Annotated[
    tuple[str, ...], SomeOf(CATEGORIES), Says("站点类型，可重复，满足其一", "One of these kinds; repeatable")
]
Districts = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[0-9]{6}$")], ...],
    Field(max_length=MAX_DISTRICTS, strict=False),
    Says("区县代码，六位数字，可重复，满足其一", "One of these districts, six digits; repeatable", ["320303"]),
]
OneStation = Annotated[
    Maybe[Annotated[str, Words(64)]], Says("只要这一个站点，写它的编号", "Only the station of this id", "xz-0001")
]
Language = Annotated[str, OneOf(LANGUAGES), Says("语言：zh 中文，en 英文", "Language", DEFAULT_LANGUAGE)]


class StationFilters(Parameters):
    """Conditions on what the registry says of a station."""

    category: Categories = ()
    who: Annotated[
        tuple[str, ...], SomeOf(WHO), Says("谁可以进入，可重复，满足其一", "One of these may enter; repeatable")
    ] = ()
    facility: Annotated[
        tuple[str, ...],
        SomeOf(FACILITIES),
        Says("确知有这些设施，可重复，须全部具备", "All of these are known to be there; repeatable", ["toilet"]),
    ] = ()
    service: Annotated[
        tuple[str, ...],
        SomeOf(SERVICES),
        Says("办理这些业务，可重复，须全部办理", "All of these are handled there; repeatable"),
    ] = ()
    q: Annotated[
        Maybe[Annotated[str, Words(200)]],
        Says(
            "名称、别名、地址、单位、区县或编号中的词，汉字、拼音或首字母",
            "Words of the name, an alias, the address, the host, the managing union, the district or the id, "
            "by characters, pinyin or initials",
            "xuzhouzhan",
        ),
    ] = None

    def query(self, **conditions: Any) -> Query:
        """Return the query of these conditions and further ones."""
        return Query(
            text=self.q or "",
            categories=frozenset(self.category),
            facilities=frozenset(self.facility),
            services=frozenset(self.service),
            who=frozenset(self.who),
            **conditions,
        )
