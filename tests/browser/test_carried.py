"""The rider's point goes with them: into the other language, and back from a station, in browsers that keep no page.

So do the browsers of chat apps, and so does Chromium when it is driven.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import CENTRE, Opened
from tests.browser.states import listed, located, popup_stands

HERE = {"geolocation": CENTRE, "permissions": ["geolocation"]}
STATION = "xz-320302-0003"


def stations(page: Page) -> list[str | None]:
    listed(page)
    return [card.get_attribute("data-id") for card in page.locator(".card").all()]


def test_the_other_language_keeps_the_position_and_nobody_else_hears_of_it(opened: Opened) -> None:
    watched = opened(**HERE)
    page = watched.page
    located(page)
    order = stations(page)
    page.get_by_role("link", name="English").click()
    expect(page.locator("#notice")).to_contain_text("my location")
    assert stations(page) == order
    assert page.evaluate("() => Object.keys(sessionStorage)") == []
    assert not [made.url for made in watched.requests if "117.2" in made.url or "117.2" in (made.post_data or "")]


def test_the_way_back_from_a_station_keeps_the_position(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    order = stations(page)
    page.locator(".card h2 a").first.click()
    page.wait_for_url("**/s/*")
    page.go_back()
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")
    assert stations(page) == order
    assert page.evaluate("() => Object.keys(sessionStorage)") == []


def test_a_district_that_was_chosen_is_still_the_chosen_one_in_the_other_language(opened: Opened) -> None:
    page = opened().page
    listed(page)
    page.locator("#filters-toggle").click()
    page.locator("#district").select_option(index=3)
    code = page.locator("#district").input_value()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    listed(page)
    expect(page.locator("#district")).to_have_value(code)


def test_a_station_taken_by_its_name_is_named_in_the_other_language(opened: Opened) -> None:
    page = opened().page
    listed(page)
    page.locator("#search").fill("鼓楼区丰财街道公园工会驿站(演示003)")
    page.get_by_role("option").first.click()
    page.get_by_role("link", name="English").click()
    expect(page.locator("#notice")).to_contain_text("The station you named: Union rest station 003")
    assert stations(page)[0] == STATION


@pytest.mark.parametrize(
    ("minutes", "said"), [(4, "从我的位置出发"), (14, "从 10 分钟前的位置出发"), (190, "从 3 小时前的位置出发")]
)
def test_where_a_rider_was_a_while_ago_is_not_where_they_are(opened: Opened, minutes: int, said: str) -> None:
    page = opened(**HERE).page
    located(page)
    page.context.clear_permissions()  # where it stands, the device is asked again
    page.clock.fast_forward(minutes * 60_000)
    expect(page.locator("#notice")).to_contain_text(said)
    if minutes > 5:
        expect(page.locator(".card .late").filter(has_text="前的位置").first).to_be_visible()
        expect(page.locator(".card .metres").first).to_contain_text("约")


@pytest.mark.parametrize(("minutes", "said"), [(29, "从 25 分钟前的位置出发"), (31, "还没选位置")])
def test_a_point_is_carried_for_half_an_hour(opened: Opened, minutes: int, said: str) -> None:
    page = opened(**HERE).page
    located(page)
    page.goto(page.url.split("?")[0] + f"s/{STATION}")
    page.context.clear_permissions()
    page.clock.fast_forward(minutes * 60_000)
    page.go_back()
    expect(page.locator("#notice")).to_contain_text(said)
    assert page.evaluate("() => Object.keys(sessionStorage)") == []


def test_a_fix_is_of_no_use_half_an_hour_after_it_was_made(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.context.clear_permissions()
    page.clock.fast_forward(40 * 60_000)
    page.reload()
    expect(page.locator("#notice")).to_contain_text("还没选位置")


def test_an_attempt_that_fails_leaves_the_age_of_the_last_position(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.context.clear_permissions()
    page.clock.fast_forward(3 * 3_600_000)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("没有定位权限")
    expect(page.locator("#notice")).to_contain_text("从 3 小时前的位置出发")


def test_on_the_map_of_a_phone_an_old_position_is_called_old(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.get_by_role("button", name="地图", exact=True).click()
    line = page.locator(".map-line p")
    expect(line).not_to_contain_text("前的位置")
    page.context.clear_permissions()
    page.clock.fast_forward(14 * 60_000)
    expect(line).to_contain_text("10 分钟前的位置")


def test_the_way_back_leads_to_the_same_row(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator("#more").click()
    twelfth = page.locator(".card").nth(11)
    twelfth.scroll_into_view_if_needed()
    before = twelfth.bounding_box()
    twelfth.locator("h2 a").click()
    page.wait_for_url("**/s/*")
    page.go_back()
    expect(page.locator(".card")).to_have_count(20)
    expect(page.locator(".card").nth(11)).to_be_in_viewport()
    assert before and page.locator(".card").nth(11).bounding_box() == before


def test_the_way_back_leads_to_the_map_where_that_was_looked_at(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.get_by_role("button", name="地图", exact=True).click()
    page.locator(".pin[tabindex='0']:has(.marker.is-open)").first.click()
    popup_stands(page)
    page.locator(".popup .button").click()
    page.wait_for_url("**/s/*")
    page.go_back()
    expect(page.locator(".map-canvas")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()


def test_another_visit_begins_at_the_top(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator("#more").click()
    page.get_by_role("link", name="English").click()
    expect(page.locator("#notice")).to_contain_text("my location")
    expect(page.locator(".card")).to_have_count(20)  # the same view in other words
    page.goto(page.url.split("?")[0] + "?lang=en")
    expect(page.locator("#notice")).to_contain_text("my location")
    expect(page.locator(".card")).to_have_count(10)


# The browser ages its last fix by its own clock, which no test moves: without this it would give the same one again.
NOT_THE_LAST_FIX = """{
  const ask = Geolocation.prototype.getCurrentPosition;
  Geolocation.prototype.getCurrentPosition = function (take, fail, how) {
    ask.call(this, take, fail, { ...how, maximumAge: 0 });
  };
}"""
SHOWS = "(ids) => [...document.querySelectorAll('.card')].map(({ dataset }) => dataset.id).join() === ids.join()"


def test_a_position_of_a_while_ago_is_asked_for_again_where_that_is_allowed(opened: Opened) -> None:
    moved = {"longitude": 117.5, "latitude": 34.4}
    elsewhere = opened(**{**HERE, "geolocation": moved}).page
    located(elsewhere)
    wanted = stations(elsewhere)
    page = opened(script=NOT_THE_LAST_FIX, **HERE).page
    located(page)
    assert stations(page) != wanted
    page.context.set_geolocation(moved)
    page.clock.fast_forward(3 * 3_600_000)  # the server stays at ten, and sets the phone right
    page.wait_for_function(SHOWS, arg=wanted)
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")
    expect(page.locator(".card .late").filter(has_text="前的位置")).to_have_count(0)
