"""Every page of staff: its address, who may have it, and the function that answers.

A page that is not here does not exist, and one without a permission cannot be written down. Modules with views are
imported at the first request for one of theirs: riders' answers do without the libraries of the database.
"""

from __future__ import annotations

from typing import NamedTuple

from stationmap.accounts.roles import Permission


class Route(NamedTuple):
    """A page below /staff: `view` is module.function of this folder; the endpoint is `staff.` and the function's name.

    The permission is what somebody needs at least; None is for pages that nobody has to sign in for. What else a view
    has to ask, such as whose district a station lies in, it asks of `access.guard`. Where it `needs_proof`, whoever did
    not show lately who they are has to do so again.
    """

    path: str
    view: str
    permission: Permission | None
    methods: tuple[str, ...] = ("GET",)
    needs_proof: bool = False

    @property
    def endpoint(self) -> str:
        """The name of the page within the blueprint."""
        return self.view.rpartition(".")[2]


FORM, POST = ("GET", "POST"), ("POST",)

ROUTES = (
    Route("", "review.work_list.home", "view"),
    Route("/work-list/progress", "review.work_list.progress", "view"),
    # looking back, deciding
    Route("/history", "review.history.history", "view"),
    Route("/history/<int:seq>", "review.history.revision", "view"),
    Route("/history/<int:seq>/undo", "review.restoring.undo", "review", FORM),
    Route("/history/<int:seq>/restore", "review.restoring.restore", "review", FORM),
    Route("/conflicts", "review.conflicts.conflicts", "view"),
    Route("/conflicts/<int:number>", "review.conflicts.decide", "edit", POST),
    # lists that somebody gives back
    Route("/import", "imports.uploads.import_lists", "edit", FORM),
    Route("/import/parts", "imports.uploads.import_part", "edit", POST),
    Route("/import/<token>", "imports.preview_page.import_preview", "edit", FORM),
    Route("/import/<token>/progress", "imports.preview_page.import_progress", "edit"),
    # what riders reported
    Route("/reports", "reports.listing.reports", "view"),
    Route("/reports/list.<ending>", "reports.listing.reports_file", "view"),
    Route("/reports/trends", "reports.trends.report_trends", "view"),
    Route("/reports/trends.<ending>", "reports.trends.report_trends_file", "view"),
    Route("/reports/<station_id>/<kind>", "reports.decisions.report_group", "view", FORM),
    # the table of stations
    Route("/stations", "table.pages.stations", "view"),
    Route("/export/stations.<ending>", "table.pages.stations_file", "view"),
    Route("/chosen", "bulk.pages.choose", "edit", POST),
    Route("/chosen/<token>", "bulk.pages.chosen", "edit"),
    Route("/chosen/<token>/<action>", "bulk.pages.bulk", "edit", FORM),
    Route("/nearby", "nearby.pages.nearby", "view"),
    Route("/visits", "nearby.pages.visits", "edit", POST),
    # changes that wait for a reviewer
    Route("/proposals", "proposals.pages.listed_proposals", "edit"),
    Route("/proposals/<int:number>", "proposals.pages.proposal", "edit", FORM),
    # a station
    Route("/stations/new", "form.station.new_station", "edit", FORM),
    Route("/stations/<station_id>", "form.station.station", "view", FORM),
    Route("/stations/<station_id>/verify", "form.verification.verify_station", "edit", POST),
    Route("/places/read", "form.read_place.read_place", "edit", POST),
    Route("/hours/preview", "form.hours_preview.hours_preview", "edit", POST),
    # how all of this is done
    Route("/handbook", "handbook.pages.handbook", None),
    Route("/handbook/<chapter>", "handbook.pages.handbook_chapter", None),
    Route("/handbook/pictures/<name>", "handbook.pages.handbook_picture", None),
    # signing in, accounts
    Route("/sign-in", "accounts.sign_in.sign_in", None, FORM),
    Route("/sign-in/code", "accounts.sign_in.second_step", None, FORM),
    Route("/sign-in/passkey/challenge", "accounts.passkeys.challenge_passkey", None, POST),
    Route("/sign-in/passkey", "accounts.passkeys.sign_in_by_passkey", None, POST),
    Route("/sign-in/oidc", "accounts.oidc.begin_oidc", None),
    Route("/sign-in/oidc/callback", "accounts.oidc.end_oidc", None),
    Route("/sign-out", "accounts.sign_in.sign_out", None, POST),
    Route("/proof", "accounts.sign_in.prove", "view", FORM),
    Route("/setup/<token>", "accounts.links.set_up", None, FORM),
    Route("/password/<token>", "accounts.links.choose_password", None, FORM),
    Route("/account", "accounts.own.account", "view"),
    Route("/account/password", "accounts.own.change_password", "view", FORM),
    Route("/account/sessions", "accounts.own.end_sessions", "view", POST, needs_proof=True),
    Route("/account/second-factor", "accounts.second_factor.second_factor", "view", FORM, needs_proof=True),
    Route("/account/second-factor/off", "accounts.second_factor.remove_factor", "view", POST, needs_proof=True),
    Route("/account/recovery-codes", "accounts.second_factor.renew_codes", "view", POST, needs_proof=True),
    Route("/account/passkeys", "accounts.passkeys.add_passkey", "view", FORM, needs_proof=True),
    Route("/account/passkeys/off", "accounts.passkeys.remove_passkey", "view", POST, needs_proof=True),
    Route("/users", "accounts.users.users", "administer"),
    Route("/users/add", "accounts.users.add_user", "administer", FORM, needs_proof=True),
    Route("/users/events", "accounts.users.all_events", "administer"),
    Route("/users/<int:user_id>", "accounts.users.change_user", "administer", FORM, needs_proof=True),
    Route("/users/<int:user_id>/link", "accounts.users.reset_user", "administer", POST, needs_proof=True),
    Route(
        "/users/<int:user_id>/<any(disable,enable,sessions,factor):action>",
        "accounts.users.act_on_user",
        "administer",
        POST,
        needs_proof=True,
    ),
)

MENU = (
    "home",
    "reports",
    "stations",
    "nearby",
    "listed_proposals",
    "import_lists",
    "history",
    "users",
    "account",
    "handbook",
)
"""Endpoints that every page leads to, if who is signed in may see them; their words are `staff.nav.<endpoint>`."""
