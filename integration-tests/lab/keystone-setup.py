"""keystone-setup.py URL IMAGE_URL: fills an empty Keystone for lab/keystone, and prints the ids as key=value.

People, each with the password "secret":

  admin         admin of project admin, of the domain and of the system
  member        member of project demo
  reader        reader of project demo
  other         member of project other, who may see nothing of demo's
  partner       member of project partner, with whom images are shared
  system-admin  admin of the system, in no project
  domain-admin  admin of the domain, in no project
  unscoped      no role anywhere
  odd           has the role MeMBer, in odd case, in project demo
  disabled      a member of project demo who is disabled
  locked-out    a member of project closed, which is disabled
  glance        the image service: role service in project service, reader of the system
  nova          another service: role service in project service
"""

import json
import sys
import urllib.request

PASSWORD = "secret"


class Keystone:
    """Called by the admin that the bootstrap made."""

    def __init__(self, url):
        self.url = url + "/v3"
        self.token = None
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        user = {"name": "admin", "domain": {"id": "default"}, "password": PASSWORD}
        identity = {"methods": ["password"], "password": {"user": user}}
        self.call("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}})

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["X-Auth-Token"] = self.token
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.token = self.token or answer.headers["X-Subject-Token"]
            text = answer.read()
            return json.loads(text) if text else {}

    def create(self, kind, **fields):
        """The id of a new thing; `kind` is its name in the body."""
        return self.call("POST", f"/{kind}s", {kind: fields})[kind]["id"]

    def ids(self, kind):
        return {thing["name"]: thing["id"] for thing in self.call("GET", f"/{kind}s")[f"{kind}s"]}


def main():
    url, image_url = sys.argv[1:]
    keystone = Keystone(url)
    projects = keystone.ids("project")
    for name in ("demo", "other", "partner", "service", "closed"):
        projects[name] = keystone.create("project", name=name, domain_id="default")
    roles = keystone.ids("role")
    for name in ("service", "MeMBer"):
        roles[name] = keystone.create("role", name=name)
    users = keystone.ids("user")

    def grant(role, user, place):
        path = {"system": "/system", "domain": "/domains/default"}.get(place) or "/projects/" + projects[place]
        keystone.call("PUT", f"{path}/users/{users[user]}/roles/{roles[role]}")

    def person(name, **places):
        """`places`: a project's name, `system` or `domain`, to the role there."""
        users[name] = keystone.create("user", name=name, password=PASSWORD, domain_id="default")
        for place, role in places.items():
            grant(role, name, place)

    grant("admin", "admin", "domain")
    person("member", demo="member")
    person("reader", demo="reader")
    person("other", other="member")
    person("partner", partner="member")
    person("system-admin", system="admin")
    person("domain-admin", domain="admin")
    person("unscoped")
    person("odd", demo="MeMBer")
    person("disabled", demo="member")
    person("locked-out", closed="member")
    person("glance", service="service", system="reader")
    person("nova", service="service")
    keystone.call("PATCH", f"/users/{users['disabled']}", {"user": {"enabled": False}})
    keystone.call("PATCH", f"/projects/{projects['closed']}", {"project": {"enabled": False}})

    service = keystone.create("service", type="image", name="glance")
    endpoint = keystone.create("endpoint", service_id=service, interface="public", region_id="RegionOne", url=image_url)

    print(f"url={url}/v3\npassword={PASSWORD}\nservice_image={service}\nendpoint_image={endpoint}")
    for kind, things in (("project", projects), ("user", users), ("role", roles)):
        for name, value in things.items():
            print(f"{kind}_{name.replace('-', '_')}={value}")


main()
