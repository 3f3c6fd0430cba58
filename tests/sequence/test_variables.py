from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence.values.path_patterns import singular
from otelhook.sequence.values.routes import Route
from otelhook.sequence.values.variables import name_values

UUID = "a42bfade-78ec-4c95-b7b4-272ba265072c"
OTHER = "b42bfade-78ec-4c95-b7b4-272ba265072c"
HEX = "7c4cda7e4807414bbdfcb22b535a9802"


def labels(*routes: Any, given: dict[str, str] | None = None) -> Any:
    listed = [route if isinstance(route, Route) else Route(route) for route in routes]
    return list(name_values(listed, given or {}).labels)


def table(*routes: Any) -> Any:
    listed = [route if isinstance(route, Route) else Route(route) for route in routes]
    return {variable.name: variable.value for variable in name_values(listed, {}).table}


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (f"/v2/images/{UUID}/file", "/v2/images/{image_id}/file"),
        (f"/v2/images/{UUID.upper()}", "/v2/images/{image_id}"),
        (f"/v1/AUTH_{HEX}/glance", "/v1/{account}/glance"),
        (f"/v2.1/{HEX}/servers", "/v2.1/{id}/servers"),
        (f"/v3/projects/{HEX}", "/v3/projects/{project_id}"),
        (f"/{UUID}", "/{id}"),
        (f"/files/{UUID}.json", "/files/{file_id}.json"),
        (f"/glance/{UUID}", "/glance/{glance_id}"),
        (f"/os-volumes_boot/{UUID}", "/os-volumes_boot/{os_volumes_boot_id}"),
        ("/users/1234567", "/users/{user_id}"),
        ("/users/1234", "/users/{user_id}"),
        ("/archive/2024/12/31", "/archive/2024/12/31"),
        ("/users/me", "/users/me"),
        ("/v2/images", "/v2/images"),
        ("/", "/"),
        ("", ""),
        ("//", "//"),
        (f"/a{HEX}b", f"/a{HEX}b"),
        ("/orders/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/orders/{order_id}"),
    ],
)
def test_values_in_a_path_are_named_from_what_stands_before_them(path: str, label: str) -> None:
    assert labels(path) == [label]


def test_the_same_value_has_the_same_name_everywhere_and_the_most_telling_one() -> None:
    paths = [f"/v1/AUTH_{HEX}/glance/{UUID}", f"/v2/images/{UUID}"]
    assert labels(*paths) == ["/v1/{account}/glance/{image_id}", "/v2/images/{image_id}"]
    assert labels(*reversed(paths)) == list(reversed(labels(*paths)))


def test_different_values_of_one_name_are_numbered() -> None:
    assert labels(f"/images/{UUID}", f"/images/{OTHER}") == [
        "/images/{image_id}",
        "/images/{image_id_2}",
    ]
    assert table(f"/images/{UUID}", f"/images/{OTHER}") == {"image_id": UUID, "image_id_2": OTHER}


def test_a_number_never_collides_with_a_name_that_is_taken() -> None:
    routes = [
        Route(f"/x/{UUID}/{OTHER}/{HEX}", "/x/{id_2}/{id}/{id}"),
    ]
    assert len(table(*routes)) == 3


@pytest.mark.parametrize(
    ("path", "template", "label"),
    [
        ("/users/7/posts/9", "/users/{user}/posts/{post}", "/users/{user}/posts/{post}"),
        ("/users/7", "/users/<int:id>", "/users/{user_id}"),
        ("/users/7", "/users/:id", "/users/{user_id}"),
        ("/users/7", r"/users/{id:\d+}", "/users/{user_id}"),
        ("/app/users/7", "/users/{id}", "/app/users/{user_id}"),
        ("/users/7/", "/users/{id}/", "/users/{user_id}/"),
        ("/users/alice", "/users/{name}", "/users/{name}"),
        ("/users/7", "/people/{id}", "/users/7"),
        ("/users/7", "/users", "/users/7"),
        ("/x", "/a/b/c/{id}", "/x"),
        ("/users/7", "/users/{}", "/users/{user_id}"),
        (f"/f/{UUID}/x/y", "/f/{image}/{path:path}", "/f/{f_id}/x/y"),
    ],
)
def test_a_route_that_fits_names_its_parameters(path: str, template: str, label: str) -> None:
    assert labels(Route(path, template)) == [label]


def test_a_routes_name_wins_over_a_guess_for_the_same_value() -> None:
    assert labels(f"/glance/{UUID}", Route(f"/v2/images/{UUID}", "/v2/images/{picture}")) == [
        "/glance/{picture}",
        "/v2/images/{picture}",
    ]


def test_short_values_mean_different_things_under_different_names() -> None:
    routes = [Route("/users/7", "/users/{id}"), Route("/posts/7", "/posts/{id}"), Route("/pages/7")]
    assert labels(*routes) == ["/users/{user_id}", "/posts/{post_id}", "/pages/7"]


def test_a_given_name_wins_over_all() -> None:
    route = Route(f"/images/{UUID}", "/images/{id}")
    assert labels(route, given={UUID: "my image!"}) == ["/images/{my_image}"]


def test_ids_in_queries_are_in_the_table() -> None:
    assert table(Route("/images", query=f"marker={UUID}&limit=1000000")) == {
        "marker": UUID,
        "limit": "1000000",
    }


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("images", "image"),
        ("policies", "policy"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("statuses", "status"),
        ("status", "status"),
        ("glance", "glance"),
        ("children", "child"),
        ("series", "series"),
        ("s", "s"),
    ],
)
def test_plurals_become_singulars(plural: str, one: str) -> None:
    assert singular(plural) == one
