"""clients.py KEYSTONE_URL IMAGE_URL WEB_URL: the commands of openstackclient, glanceclient and openstacksdk, one by one.

Each client runs in this process, by its own command line or its own calls, as the people of keystone-setup.py. What it did is
then looked at with plain HTTP, so that a client that reports success without having done anything is found out. At the end the
clients are asked for their commands, each of which must have been used or stand in LEFT_OUT. The last line counts the checks.
WEB_URL serves a file "image", which a location can point to.
"""

import hashlib
import http.client
import inspect
import json
import os
import re
import sys
import tempfile
import traceback
import urllib.request

import glanceclient.shell
import openstack
import openstack.image.v2._proxy
import openstack.proxy
import openstackclient.shell

KEYSTONE, IMAGES, WEB = sys.argv[1:]
NAMESPACE = "Lab::Clients"
LIMITS = {"image_count_total": 1000, "image_count_uploading": 100, "image_size_total": 1000, "image_stage_total": 1000}
# What is not used, and why.
LEFT_OUT = {
    "glance": {
        "bash-completion": "asks no service",
        "cache-clear": "the cache is not built yet",
        "cache-delete": "the cache is not built yet",
        "cache-list": "the cache is not built yet",
        "cache-queue": "the cache is not built yet",
        "image-create-via-import": "imports are not built yet",
        "image-import": "imports are not built yet",
        "image-stage": "imports are not built yet",
    },
    "openstack": {},
    "SDK": {
        "get_import_info": "SDK 0.101 fails before it sends anything",
        "import_image": "imports are not built yet",
        "stage_image": "imports are not built yet",
    },
}
used = {"glance": set(), "openstack": set(), "SDK": set()}
counts = {"passed": 0, "failed": 0, "skipped": 0}


def act_as(user, project):
    """Whose commands follow."""
    for name, value in {
        "AUTH_URL": KEYSTONE,
        "AUTH_TYPE": "password",
        "IDENTITY_API_VERSION": "3",
        "USERNAME": user,
        "PASSWORD": "secret",
        "PROJECT_NAME": project,
        "USER_DOMAIN_NAME": "Default",
        "PROJECT_DOMAIN_NAME": "Default",
        "REGION_NAME": "RegionOne",
    }.items():
        os.environ["OS_" + name] = value


def captured(main, arguments):
    """The output of a command. A process of its own, because openstackclient keeps its connection for good, and a fork of this
    one, because loading it takes longer than what it does."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            code = 1
            try:
                code = main(list(arguments)) or 0
            except SystemExit as end:
                code = end.code or 0
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 1)
        code = os.waitpid(child, 0)[1]
        output.seek(0)
        text = output.read()
    assert code == 0, f"{' '.join(arguments)}: {text.strip()[-600:]}"
    return text


def osc(*arguments):
    used["openstack"].add(" ".join(arguments[:3] if arguments[1] in ("add", "member", "remove") else arguments[:2]))
    return captured(openstackclient.shell.main, arguments)


def osc_json(*arguments):
    return json.loads(osc(*arguments, "-f", "json"))


def glance(*arguments):
    used["glance"].add(arguments[0])
    return captured(lambda argv: glanceclient.shell.OpenStackImagesShell().main(argv), arguments)


def row(table, name):
    """The value beside a name in a client's table."""
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 2 and cells[1] == name:
            return cells[2]
    raise AssertionError(f"no row {name} in:\n{table}")


def connection(user, project):
    return WatchedSdk(openstack.connect(
        auth_url=KEYSTONE, username=user, password="secret", project_name=project, user_domain_name="Default",
        project_domain_name="Default", region_name="RegionOne", load_yaml_config=False, load_envvars=False))


class WatchedImages:
    """The SDK's image proxy, each use of which is written down."""

    def __init__(self, proxy):
        self.proxy = proxy

    def __getattr__(self, name):
        used["SDK"].add(name)
        return getattr(self.proxy, name)


class WatchedSdk:
    """The SDK as one person."""

    def __init__(self, sdk):
        self.auth_token = sdk.auth_token
        self.current_project_id = sdk.current_project_id
        self.image = WatchedImages(sdk.image)


class Eyes:
    """Plain HTTP as one person."""

    def __init__(self, sdk):
        self.token = sdk.auth_token
        self.project = sdk.current_project_id

    def status(self, path):
        return self.ask(path)[0]

    def see(self, path):
        status, body = self.ask(path)
        assert status == 200, f"GET {path}: {status} {body[:300]}"
        return json.loads(body)

    def bytes(self, path):
        return self.ask(path)[1]

    def ask(self, path):
        return self.call("GET", path)

    def call(self, method, path, body=None):
        """Status and body; no redirection is followed."""
        service = http.client.HTTPConnection(IMAGES.removeprefix("http://"), timeout=60)
        service.request(method, path, None if body is None else json.dumps(body), {"X-Auth-Token": self.token})
        answer = service.getresponse()
        content = answer.read()
        service.close()
        return answer.status, content


def check(title, action):
    """Passes when the action neither raises nor returns something that is false other than None."""
    try:
        outcome = action()
        assert outcome is None or outcome, f"not so: {outcome!r}"
        counts["passed"] += 1
        print(f"ok    {title}", flush=True)
        return outcome
    except Exception as fault:
        counts["failed"] += 1
        where = traceback.extract_tb(fault.__traceback__)[-1]
        print(f"FAIL  {title}\n      {type(fault).__name__}: {fault} ({where.filename}:{where.lineno})", flush=True)
        return None


def same(expected, was):
    assert expected == was, f"expected {expected!r}, was {was!r}"


def openstackclient_images(member, partner, file, content):
    act_as("member", "demo")
    made = osc_json("image", "create", "osc", "--disk-format", "qcow2", "--container-format", "bare", "--min-disk", "1", "--min-ram",
                    "64", "--property", "hw_disk_bus=scsi", "--tag", "one", "--file", file)
    path = "/v2/images/" + made["id"]

    def field(name):
        return member.see(path).get(name)

    check("openstack image create: stored, with all that was said", lambda: same(
        ["osc", "active", "qcow2", "bare", 1, 64, "scsi", ["one"], len(content)],
        [field(name) for name in ("name", "status", "disk_format", "container_format", "min_disk", "min_ram", "hw_disk_bus", "tags",
                                  "size")]))
    check("its digests", lambda: same([hashlib.md5(content).hexdigest(), hashlib.sha512(content).hexdigest()],
                                      [field("checksum"), field("os_hash_value")]))
    check("openstack image list", lambda: same(["active"], [i["Status"] for i in osc_json("image", "list") if i["ID"] == made["id"]]))
    for option in (["--name", "osc"], ["--status", "active"], ["--property", "hw_disk_bus=scsi"], ["--tag", "one"], ["--long"],
                   ["--shared"], ["--sort", "name:desc"], ["--limit", "5"]):
        check(f"openstack image list {' '.join(option)}", lambda option=option: made["id"] in [
            i["ID"] for i in osc_json("image", "list", *option)])
    check("openstack image list --public does not have it", lambda: made["id"] not in [
        i["ID"] for i in osc_json("image", "list", "--public")])
    check("openstack image show by name", lambda: same(made["id"], osc_json("image", "show", "osc")["id"]))

    def saved():
        osc("image", "save", "--file", file + ".copy", made["id"])
        with open(file + ".copy", "rb") as copy:
            same(content, copy.read())
    check("openstack image save: the same bytes", saved)
    osc("image", "set", "--name", "osc2", "--property", "os_distro=debian", "--tag", "two", "--min-ram", "128", "--hidden", made["id"])
    check("openstack image set", lambda: same(
        ["osc2", "debian", ["one", "two"], 128, True],
        [field("name"), field("os_distro"), sorted(field("tags")), field("min_ram"), field("os_hidden")]))
    check("openstack image list --hidden", lambda: made["id"] in [i["ID"] for i in osc_json("image", "list", "--hidden")])
    osc("image", "set", "--unhidden", "--protected", made["id"])
    check("openstack image set --unhidden --protected", lambda: same([False, True], [field("os_hidden"), field("protected")]))
    osc("image", "unset", "--property", "os_distro", "--tag", "one", made["id"])
    check("openstack image unset", lambda: same([None, ["two"]], [field("os_distro"), field("tags")]))
    osc("image", "set", "--deactivate", made["id"])
    check("openstack image set --deactivate", lambda: same(["deactivated", 403], [field("status"), member.status(path + "/file")]))
    osc("image", "set", "--activate", made["id"])
    check("openstack image set --activate", lambda: same(["active", content], [field("status"), member.bytes(path + "/file")]))

    osc("image", "set", "--shared", "--unprotected", made["id"])
    osc("image", "add", "project", made["id"], partner.project)
    check("openstack image add project", lambda: same([200, "pending"], [
        partner.status(path), partner.see(f"{path}/members/{partner.project}")["status"]]))
    check("openstack image member list", lambda: same(
        [[partner.project, "pending"]],
        [[m["Member ID"], m["Status"]] for m in osc_json("image", "member", "list", made["id"])]))
    act_as("partner", "partner")
    osc("image", "set", "--accept", made["id"])
    check("openstack image set --accept", lambda: made["id"] in [i["id"] for i in partner.see("/v2/images")["images"]])
    check("openstack image list --member-status accepted --shared", lambda: made["id"] in [
        i["ID"] for i in osc_json("image", "list", "--shared", "--member-status", "accepted")])
    osc("image", "set", "--reject", made["id"])
    check("openstack image set --reject", lambda: same("rejected", member.see(f"{path}/members/{partner.project}")["status"]))
    act_as("member", "demo")
    osc("image", "remove", "project", made["id"], partner.project)
    check("openstack image remove project", lambda: same([404, []], [partner.status(path), member.see(path + "/members")["members"]]))
    osc("image", "set", "--private", made["id"])
    check("openstack image set --private", lambda: same("private", field("visibility")))
    osc("image", "delete", made["id"])
    check("openstack image delete", lambda: same(404, member.status(path)))


def glanceclient_images(member, partner, file, content):
    act_as("member", "demo")
    image = row(glance("image-create", "--name", "gc", "--disk-format", "raw", "--container-format", "bare", "--visibility", "shared",
                       "--property", "os_distro=debian"), "id")
    path = "/v2/images/" + image

    def field(name):
        return member.see(path).get(name)

    check("glance image-create", lambda: same(["queued", "debian", "shared"], [field(n) for n in ("status", "os_distro", "visibility")]))
    glance("image-upload", "--file", file, image)
    check("glance image-upload", lambda: same(["active", content], [field("status"), member.bytes(path + "/file")]))
    check("glance image-list", lambda: same("gc", row(glance("image-list"), image)))
    check("glance image-list --owner --property-filter --tag", lambda: same("gc", row(glance(
        "image-list", "--owner", member.project, "--property-filter", "os_distro=debian", "--limit", "10"), image)))
    check("glance image-show", lambda: same("active", row(glance("image-show", image), "status")))
    glance("image-update", "--name", "gc2", "--property", "os_version=12", "--remove-property", "os_distro", "--min-disk", "2", image)
    check("glance image-update", lambda: same(["gc2", "12", None, 2],
                                             [field(n) for n in ("name", "os_version", "os_distro", "min_disk")]))
    glance("image-tag-update", image, "blue")
    check("glance image-tag-update", lambda: same(["blue"], field("tags")))
    glance("image-tag-delete", image, "blue")
    check("glance image-tag-delete", lambda: same([], field("tags")))

    def downloaded():
        glance("image-download", "--file", file + ".gc", image)
        with open(file + ".gc", "rb") as copy:
            same(content, copy.read())
    check("glance image-download", downloaded)
    glance("image-deactivate", image)
    check("glance image-deactivate", lambda: same("deactivated", field("status")))
    glance("image-reactivate", image)
    check("glance image-reactivate", lambda: same("active", field("status")))

    glance("member-create", image, partner.project)
    check("glance member-create", lambda: same(200, partner.status(path)))
    check("glance member-list", lambda: partner.project in glance("member-list", "--image-id", image))
    check("glance member-get", lambda: same("pending", row(glance("member-get", image, partner.project), "status")))
    act_as("partner", "partner")
    glance("member-update", image, partner.project, "accepted")
    check("glance member-update", lambda: same("accepted", member.see(f"{path}/members/{partner.project}")["status"]))
    act_as("member", "demo")
    glance("member-delete", image, partner.project)
    check("glance member-delete", lambda: same(404, partner.status(path)))

    check("glance explain image", lambda: "disk_format" in glance("explain", "image"))
    check("glance import-info", lambda: "import-methods" in glance("import-info"))
    check("glance stores-info", lambda: "local" in glance("stores-info"))
    check("glance help", lambda: "image-create" in glance("help"))

    def usage():
        for line in glance("usage").splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) > 3 and cells[1] == "image_count_total":
                return cells[2:4]
    mine = sum(image["owner"] == member.project for image in member.see("/v2/images")["images"])
    check("glance usage", lambda: same([str(LIMITS["image_count_total"]), str(mine)], usage()))
    act_as("admin", "admin")
    check("glance stores-info --detail", lambda: "file" in glance("stores-info", "--detail"))
    glance("image-delete", image)
    check("glance image-delete, by the admin", lambda: same(404, member.status(path)))


def glanceclient_locations(admin, file):
    act_as("admin", "admin")
    image = row(glance("image-create", "--disk-format", "raw", "--container-format", "bare"), "id")
    path = "/v2/images/" + image
    first, second = WEB + "/image", WEB + "/image#second"

    def locations():
        return [(location["url"], location["metadata"].get("k")) for location in admin.see(path)["locations"]]

    glance("location-add", "--url", first, "--metadata", '{"k": "v"}', image)
    check("glance location-add", lambda: same(["active", [(first, "v")]], [admin.see(path)["status"], locations()]))
    glance("location-add", "--url", second, image)
    check("glance location-add, another", lambda: same([(first, "v"), (second, None)], locations()))
    glance("location-update", "--url", second, "--metadata", '{"k": "w"}', image)
    check("glance location-update", lambda: same({(first, "v"), (second, "w")}, set(locations())))
    glance("location-delete", "--url", second, image)
    check("glance location-delete", lambda: same([(first, "v")], locations()))
    glance("image-delete", image)

    image = row(glance("image-create", "--disk-format", "raw", "--container-format", "bare", "--file", file), "id")
    path = "/v2/images/" + image
    glance("location-add", "--url", first, image)
    check("an image in two stores", lambda: same("local,web", admin.see(path)["stores"]))
    glance("stores-delete", "--store", "local", image)
    check("glance stores-delete", lambda: same([[(first, None)], "web"], [locations(), admin.see(path)["stores"]]))
    glance("image-delete", image)


def glanceclient_metadefs(admin, member):
    act_as("admin", "admin")
    path = "/v2/metadefs/namespaces/" + NAMESPACE
    glance("md-namespace-create", NAMESPACE, "--display-name", "Lab", "--visibility", "public", "--description", "for a test")
    check("glance md-namespace-create", lambda: same("Lab", member.see(path)["display_name"]))
    check("glance md-namespace-list", lambda: NAMESPACE in glance("md-namespace-list"))
    check("glance md-namespace-show", lambda: same("public", row(glance("md-namespace-show", NAMESPACE), "visibility")))
    glance("md-namespace-update", NAMESPACE, "--namespace", NAMESPACE, "--display-name", "Laboratory", "--visibility", "public")
    check("glance md-namespace-update", lambda: same("Laboratory", admin.see(path)["display_name"]))

    glance("md-resource-type-associate", NAMESPACE, "--name", "OS::Lab::Thing", "--prefix", "lab_")
    check("glance md-resource-type-associate", lambda: same(
        [("OS::Lab::Thing", "lab_")],
        [(a["name"], a["prefix"]) for a in admin.see(path + "/resource_types")["resource_type_associations"]]))
    check("glance md-resource-type-list", lambda: "OS::Lab::Thing" in glance("md-resource-type-list"))
    check("glance md-namespace-resource-type-list", lambda: same("lab_", row(
        glance("md-namespace-resource-type-list", NAMESPACE), "OS::Lab::Thing")))

    glance("md-property-create", NAMESPACE, "--name", "p", "--title", "P", "--schema", '{"type": "integer", "minimum": 1}')
    check("glance md-property-create", lambda: same(["P", "integer", 1], [admin.see(path + "/properties/p").get(n)
                                                                       for n in ("title", "type", "minimum")]))
    check("glance md-property-list", lambda: same("P", row(glance("md-property-list", NAMESPACE), "p")))
    check("glance md-property-show", lambda: same("P", row(glance("md-property-show", NAMESPACE, "p"), "title")))
    check("a prefix is put before properties", lambda: same(
        ["lab_p"], list(admin.see(path + "?resource_type=OS::Lab::Thing")["properties"])))
    glance("md-property-update", NAMESPACE, "p", "--name", "p", "--title", "P2", "--schema", '{"type": "string"}')
    check("glance md-property-update", lambda: same(["P2", "string"], [admin.see(path + "/properties/p").get(n)
                                                                      for n in ("title", "type")]))

    glance("md-object-create", NAMESPACE, "--name", "o", "--schema",
           '{"description": "d", "properties": {"inner": {"title": "I", "type": "string"}}}')
    check("glance md-object-create", lambda: same("I", admin.see(path + "/objects/o")["properties"]["inner"]["title"]))
    check("glance md-object-list", lambda: same("d", row(glance("md-object-list", NAMESPACE), "o")))
    check("glance md-object-show", lambda: same("d", row(glance("md-object-show", NAMESPACE, "o"), "description")))
    check("glance md-object-property-show", lambda: same("I", row(
        glance("md-object-property-show", NAMESPACE, "o", "inner"), "title")))
    glance("md-object-update", NAMESPACE, "o", "--name", "o", "--schema",
           '{"description": "e", "properties": {"inner": {"title": "I", "type": "string"}}}')
    check("glance md-object-update", lambda: same("e", admin.see(path + "/objects/o")["description"]))

    def tags():
        return sorted(tag["name"] for tag in admin.see(path + "/tags")["tags"])

    glance("md-tag-create", NAMESPACE, "--name", "red")
    check("glance md-tag-create", lambda: same(["red"], tags()))
    # Not with --append: glanceclient 4.1 fails on a header of its own before it sends anything.
    glance("md-tag-create-multiple", NAMESPACE, "--names", "blue,green")
    check("glance md-tag-create-multiple replaces", lambda: same(["blue", "green"], tags()))
    glance("md-tag-update", NAMESPACE, "blue", "--name", "navy")
    check("glance md-tag-update", lambda: same(["green", "navy"], tags()))
    check("glance md-tag-show", lambda: same("navy", row(glance("md-tag-show", NAMESPACE, "navy"), "name")))
    check("glance md-tag-list", lambda: "navy" in glance("md-tag-list", NAMESPACE))
    glance("md-tag-delete", NAMESPACE, "navy")
    check("glance md-tag-delete", lambda: same(["green"], tags()))
    glance("md-namespace-tags-delete", NAMESPACE)
    check("glance md-namespace-tags-delete", lambda: same([], tags()))
    glance("md-object-delete", NAMESPACE, "o")
    check("glance md-object-delete", lambda: same(404, admin.status(path + "/objects/o")))
    glance("md-namespace-objects-delete", NAMESPACE)
    check("glance md-namespace-objects-delete", lambda: same([], admin.see(path + "/objects")["objects"]))
    glance("md-property-delete", NAMESPACE, "p")
    check("glance md-property-delete", lambda: same(404, admin.status(path + "/properties/p")))
    glance("md-namespace-properties-delete", NAMESPACE)
    check("glance md-namespace-properties-delete", lambda: same({}, admin.see(path + "/properties")["properties"]))
    glance("md-resource-type-deassociate", NAMESPACE, "OS::Lab::Thing")
    check("glance md-resource-type-deassociate", lambda: same(
        [], admin.see(path + "/resource_types")["resource_type_associations"]))
    glance("md-namespace-delete", NAMESPACE)
    check("glance md-namespace-delete", lambda: same(404, admin.status(path)))

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"namespace": NAMESPACE, "visibility": "public", "tags": [{"name": "red"}],
                   "properties": {"p": {"title": "P", "type": "string"}},
                   "resource_type_associations": [{"name": "OS::Lab::Thing"}]}, file)
        file.flush()
        glance("md-namespace-import", "--file", file.name)
    made = admin.see(path)
    check("glance md-namespace-import", lambda: same(
        ["public", [{"name": "red"}], {"p": {"title": "P", "type": "string"}}, ["OS::Lab::Thing"]],
        [made["visibility"], made["tags"], made["properties"], [a["name"] for a in made["resource_type_associations"]]]))
    glance("md-namespace-delete", NAMESPACE)


def glanceclient_tasks(admin, sdk):
    act_as("admin", "admin")
    given = '{"import_from": "%s/image", "import_from_format": "raw", "image_properties": {}}' % WEB
    task = row(glance("task-create", "--type", "import", "--input", given), "id")
    check("glance task-create", lambda: same(["import", json.loads(given)], [admin.see("/v2/tasks/" + task)[n] for n in ("type", "input")]))
    check("glance task-list", lambda: same("import", row(glance("task-list", "--type", "import", "--sort-key", "status"), task)))
    check("glance task-show", lambda: same("import", row(glance("task-show", task), "type")))
    image = row(glance("image-create", "--disk-format", "raw", "--container-format", "bare"), "id")
    check("glance image-tasks, of an image without any", lambda: "Status" in glance("image-tasks", image))
    glance("image-delete", image)
    made = sdk.image.create_task(type="import", input=json.loads(given))
    check("SDK create_task", lambda: same("import", admin.see("/v2/tasks/" + made.id)["type"]))
    check("SDK tasks", lambda: {task, made.id} <= {found.id for found in sdk.image.tasks()})
    check("SDK wait_for_task, which is there already", lambda: same(
        made.id, sdk.image.wait_for_task(made, status="pending", interval=1, wait=10).id))
    check("SDK get_task", lambda: same(json.loads(given), sdk.image.get_task(made.id).input))
    for name in ("tasks", "task"):
        check(f"SDK get_{name}_schema", lambda name=name: same(name, getattr(sdk.image, f"get_{name}_schema")().name))


def sdk_images(sdk, partner_sdk, member, partner, content):
    image = sdk.image.create_image("sdk", data=content, disk_format="raw", container_format="bare", wait=True, validate_checksum=False,
                                   tags=["one"], custom="yes")
    path = "/v2/images/" + image.id

    def field(name):
        return member.see(path).get(name)

    check("SDK create_image", lambda: same(["active", content, "yes"], [field("status"), member.bytes(path + "/file"), field("custom")]))
    check("SDK get_image", lambda: same("sdk", sdk.image.get_image(image.id).name))
    check("SDK find_image", lambda: same(image.id, sdk.image.find_image("sdk").id))
    check("SDK images", lambda: same([image.id], [found.id for found in sdk.image.images(name="sdk", limit=1)]))
    sdk.image.update_image(image.id, name="sdk2", min_ram=64)
    check("SDK update_image", lambda: same(["sdk2", 64], [field("name"), field("min_ram")]))
    check("SDK download_image", lambda: same(content, sdk.image.download_image(image.id).content))
    sdk.image.add_tag(image.id, "two")
    check("SDK add_tag", lambda: same(["one", "two"], sorted(field("tags"))))
    sdk.image.remove_tag(image.id, "one")
    check("SDK remove_tag", lambda: same(["two"], field("tags")))
    sdk.image.deactivate_image(image.id)
    check("SDK deactivate_image", lambda: same("deactivated", field("status")))
    sdk.image.reactivate_image(image.id)
    check("SDK reactivate_image", lambda: same("active", field("status")))
    sdk.image.update_image(image.id, visibility="shared")
    sdk.image.add_member(image.id, member_id=partner.project)
    check("SDK add_member", lambda: same(200, partner.status(path)))
    check("SDK members", lambda: same([partner.project], [m.member_id for m in sdk.image.members(image.id)]))
    check("SDK find_member", lambda: same("pending", sdk.image.find_member(partner.project, image.id).status))
    check("SDK get_member", lambda: same("pending", sdk.image.get_member(partner.project, image.id).status))
    partner_sdk.image.update_member(partner.project, image.id, status="accepted")
    check("SDK update_member", lambda: same("accepted", member.see(f"{path}/members/{partner.project}")["status"]))
    sdk.image.remove_member(partner.project, image.id)
    check("SDK remove_member", lambda: same(404, partner.status(path)))
    for name in ("images", "image", "members", "member"):
        check(f"SDK get_{name}_schema", lambda name=name: same(name, getattr(sdk.image, f"get_{name}_schema")().name))
    check("SDK stores", lambda: same({"local", "web"}, {store.id for store in sdk.image.stores()}))
    sdk.image.update_image_properties(image.id, os_distro="debian")
    check("SDK update_image_properties", lambda: same("debian", field("os_distro")))
    sdk.image.delete_image(image.id)
    check("SDK delete_image", lambda: same(404, member.status(path)))
    image = sdk.image.upload_image("bare", "raw", content, name="sdk3")
    check("SDK upload_image", lambda: same(content, member.bytes(f"/v2/images/{image.id}/file")))
    sdk.image.delete_image(image.id)


def plain_http(admin, service):
    """The calls that none of these clients has a command for."""
    check("GET / lists the versions", lambda: same(300, admin.status("/")))
    check("GET /versions", lambda: "v2.17" in [version["id"] for version in admin.see("/versions")["versions"]])
    check("GET /v2 points to /v2/", lambda: same(302, admin.status("/v2")))
    check("GET /healthcheck", lambda: same((200, b"OK"), admin.ask("/healthcheck")))
    for name in ("live", "ready"):
        check(f"GET /healthcheck/{name}", lambda name=name: same("UP", admin.see("/healthcheck/" + name)["status"]))
    check("GET /openapi.yaml", lambda: admin.bytes("/openapi.yaml").startswith(b"# The public API"))
    check("GET /openapi.json", lambda: same("3.1.0", admin.see("/openapi.json")["openapi"]))
    for name in ("object", "objects", "property", "properties", "resource_type", "resource_types", "tag", "tags", "namespaces"):
        check(f"GET /v2/schemas/metadefs/{name}", lambda name=name: "properties" in admin.see("/v2/schemas/metadefs/" + name))
    image = json.loads(admin.call("POST", "/v2/images", {
        "disk_format": "raw", "container_format": "bare", "visibility": "public"})[1])
    path = "/v2/images/" + image["id"]
    check("POST locations", lambda: same((202, b""), admin.call("POST", path + "/locations", {"url": WEB + "/image"})))
    check("the image is active", lambda: same("active", admin.see(path)["status"]))
    check("GET locations, by a service", lambda: same(
        [WEB + "/image"], [location["url"] for location in service.see(path + "/locations")]))
    check("HEAD an image", lambda: same((200, b""), admin.call("HEAD", path)))
    check("DELETE an image", lambda: same((204, b""), admin.call("DELETE", path)))


def commands():
    """Each command of a client was used, or there is a reason why not."""
    proxy = openstack.image.v2._proxy.Proxy
    there = {
        "glance": set(re.findall(r"^    ([a-z][a-z-]+)(?: |$)", glance("help"), re.MULTILINE)),
        "openstack": {" ".join(line.split("  ")[1].split()) for line in osc("--help", "-v").splitlines() if line.startswith("  image ")},
        "SDK": {name for name, _ in inspect.getmembers(proxy, inspect.isfunction)
                if not name.startswith("_") and not hasattr(openstack.proxy.Proxy, name)},
    }
    for client, names in there.items():
        check(f"{client} has commands", lambda names=names: len(names) >= 10)
        check(f"each of {len(names)} commands of {client} was used, or is left out with a reason", lambda client=client, names=names: same(
            [], sorted(names - used[client] - set(LEFT_OUT[client]))))
        check(f"nothing is left out that {client} lacks or that was used", lambda client=client, names=names: same(
            [], sorted(set(LEFT_OUT[client]) - (names - used[client]))))


def set_limits(admin):
    """Of each project; a resource that Keystone does not know may not be used at all."""
    def keystone(method, path, body=None):
        request = urllib.request.Request(
            KEYSTONE + path, None if body is None else json.dumps(body).encode(),
            {"X-Auth-Token": admin.token, "Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    images = keystone("GET", "/services?type=image")["services"][0]["id"]
    keystone("POST", "/registered_limits", {"registered_limits": [
        {"service_id": images, "region_id": "RegionOne", "resource_name": name, "default_limit": limit}
        for name, limit in LIMITS.items()]})


def attempt(part, *arguments):
    """A command that fails outside a check ends its part, not the run."""
    print(f"== {part.__name__.replace('_', ': ')}", flush=True)
    try:
        part(*arguments)
    except Exception as fault:
        counts["failed"] += 1
        print(f"FAIL  {part.__name__}: {type(fault).__name__}: {fault}", flush=True)


def main():
    sdks = {project: connection(user, project) for user, project in
            (("admin", "admin"), ("member", "demo"), ("partner", "partner"), ("nova", "service"))}
    admin, member, partner, service = (Eyes(sdks[project]) for project in ("admin", "demo", "partner", "service"))
    set_limits(admin)
    content = os.urandom(100_000)
    with tempfile.TemporaryDirectory() as folder:
        # glanceclient keeps the schemas it has read under HOME.
        os.environ["HOME"] = folder
        # It takes a standard input that is no terminal for an image's data.
        os.dup2(os.openpty()[1], 0)
        file = folder + "/data"
        with open(file, "wb") as data:
            data.write(content)
        attempt(openstackclient_images, member, partner, file, content)
        attempt(glanceclient_images, member, partner, file, content)
        attempt(glanceclient_locations, admin, file)
        attempt(glanceclient_metadefs, admin, member)
        attempt(glanceclient_tasks, admin, sdks["admin"])
        attempt(sdk_images, sdks["demo"], sdks["partner"], member, partner, content)
        attempt(plain_http, admin, service)
        attempt(commands)
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    sys.exit(1 if counts["failed"] else 0)


main()
