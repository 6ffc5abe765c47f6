"""What the service is asked beyond what its document says, and one promise more.

Made-up names and bodies alone would find and make nothing. So every other request names something that is there, some have a
body that makes something, and what a request made is known to those that follow.
"""

import itertools
import json
import zlib

import jsonschema_rs
import schemathesis

# By the first part of a path below /api/v1.
there = {
    "sessions": [],
    "labs": ["first-steps"],
    "drafts": ["first-steps"],
    "policies": ["practice"],
    "images": ["debian-13"],
    "people": ["me"],
    "tokens": [],
}

numbers = itertools.count(1)

# Bodies that make something.
making = {
    "POST /api/v1/sessions": lambda: {"lab": "first-steps"},
    "POST /api/v1/people": lambda: {"login": f"made-{next(numbers)}", "name": "Made", "roles": ["trainee"]},
    "POST /api/v1/people/{id}/tokens": lambda: {"name": "made", "lifetimeSeconds": 3600},
    "POST /api/v1/webhooks": lambda: {"url": "https://localhost/", "events": ["session.ended"]},
    "POST /api/v1/definitions/check": lambda: {"kind": "lab", "file": "lab.yaml", "text": "kind: Lab"},
}

# What would take away what the other requests need: only what a request made, or nobody has, is named there.
taking = {"DELETE /api/v1/images/{id}", "DELETE /api/v1/people/{id}", "DELETE /api/v1/tokens/{id}"}
made = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Names what is there, and makes something, every now and then."""
    operation = f"{case.method} {case.operation.path}"
    if operation in making and next(numbers) % 3 == 0:
        case.body, case.media_type = making[operation](), "application/json"
    given = (case.path_parameters or {}).get("id")
    if given is None:
        return
    chance = zlib.crc32(str(given).encode("utf-8", "surrogatepass"))
    names = there.get(case.operation.path.split("/")[3], [])
    if operation in taking:
        names = [name for name in names if name in made]
        case.path_parameters["id"] = names[0] if names and chance % 2 else "nobody-has-this"
    elif names and chance % 2:
        case.path_parameters["id"] = names[chance // 2 % len(names)]


@schemathesis.hook
def after_call(context, case, response):
    """Remembers what was made."""
    if response.status_code != 201:
        return
    kind = case.operation.path.split("/")[-1]
    value = response.json()
    name = value.get("token", value.get("webhook", value))["id"]
    made.add(name)
    there[kind] = there.get(kind, [])[-3:] + [name]


@schemathesis.check
def no_defect(context, response, case):
    """Nothing that anybody asks is a defect of the service; that there is no room is none."""
    assert response.status_code != 500, response.text


@schemathesis.check
def lines_as_described(context, response, case):
    """Every line of an answer that comes line by line has the shape that the document gives it."""
    if response.headers.get("content-type") != ["application/x-ndjson"]:
        return
    described = case.operation.definition.raw["responses"]["200"]["content"]["application/x-ndjson"]["x-itemSchema"]
    components = case.operation.schema.raw_schema["components"]
    shape = jsonschema_rs.validator_for({**described, "components": components})
    for line in response.text.splitlines():
        assert shape.is_valid(json.loads(line)), f"not as described: {line}"
