"""What the benchmarks start and measure: this service, upstream Glance, Keystone, nginx. Only Python's standard library.

Each contender lives in a folder of its own, listens on 127.0.0.1, is stopped by process id, and knows the processes
that work for it, so that its processor time and memory can be read from /proc.
"""

import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_answer(url, seconds=60):
    """Waits until the address answers anything but a server error."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise RuntimeError(f"{url} did not answer within {seconds} s")
        time.sleep(0.1)


def children():
    """Process id to the ids of its children, for the whole machine."""
    tree = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            tree.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    return tree


def with_descendants(pids):
    tree = children()
    found = []
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.append(pid)
            waiting.extend(tree.get(pid, []))
    return found


def cpu_seconds(pids):
    """User and system time that the processes and their descendants, those that ended included, have used."""
    ticks = 0
    for pid in with_descendants(pids):
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS_PER_SECOND


def status_mib(pid, key):
    """A line of /proc/PID/status in MiB: VmRSS (resident now) or VmHWM (its peak)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(key)


def thread_count(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def written_bytes(pids):
    """What the processes and their descendants that live have had written to disks."""
    total = 0
    for pid in with_descendants(pids):
        for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
            if line.startswith("write_bytes:"):
                total += int(line.split()[1])
    return total


def shared_out_mib(pids):
    """Memory of a family of processes, each shared page counted once among them."""
    total = 0
    for pid in with_descendants(pids):
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def stop_process(process, sent=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(sent)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class ImagesService:
    """The calls that both services understand."""

    url = ""
    # Sent with each call where the service asks who is calling.
    token = None

    def headers(self):
        return {"X-Auth-Token": self.token} if self.token else {}

    def create(self):
        body = json.dumps({"name": "bench", "disk_format": "raw", "container_format": "bare"}).encode()
        request = urllib.request.Request(
            self.url + "/v2/images", body, {"Content-Type": "application/json", **self.headers()}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["id"]

    def show(self, image):
        request = urllib.request.Request(f"{self.url}/v2/images/{image}", headers=self.headers())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def delete(self, image):
        request = urllib.request.Request(f"{self.url}/v2/images/{image}", headers=self.headers(), method="DELETE")
        with urllib.request.urlopen(request, timeout=60):
            pass

    def file_url(self, image):
        return f"{self.url}/v2/images/{image}/file"


class Ours(ImagesService):
    """The two services of this checkout, as `./glance up` runs them."""

    name = "this service"

    def __init__(self, folder, settings=None, name=name):
        """`settings`: lines of glance.properties beside the defaults, as a dictionary."""
        self.name = name
        self.data = pathlib.Path(folder) / "glance"
        if settings:
            self.data.mkdir(parents=True)
            lines = [f"{key}={value}\n" for key, value in settings.items()]
            (self.data / "glance.properties").write_text("".join(lines))
        self.port = free_port()
        self.registry_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @staticmethod
    def missing():
        return None

    def glance(self, *arguments):
        """What a command of `./glance` prints."""
        command = [str(ROOT / "glance"), *arguments, "--data", str(self.data)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}")
        return done.stdout

    def start(self):
        """Seconds from the command to its end, both services being ready then."""
        begun = time.monotonic()
        self.glance("up", "--api-port", str(self.port), "--registry-port", str(self.registry_port))
        return time.monotonic() - begun

    def stop(self):
        if self.data.exists():
            self.glance("down")

    def pid(self, service):
        return int((self.data / "run" / f"{service}.pid").read_text().split()[0])

    def postgres_pid(self):
        return int(next(self.data.glob("postgres/**/postmaster.pid")).read_text().split()[0])

    def pids(self):
        return [self.pid("api"), self.pid("registry"), self.postgres_pid()]


class Upstream(ImagesService):
    """Upstream Glance from Debian's package glance-api: file store, PostgreSQL, Debian's defaults else; no authentication
    unless it is given a Keystone."""

    name = "upstream Glance"

    def __init__(self, folder, keystone=None, workers=None):
        """`workers`: how many processes answer; else Debian's default."""
        self.folder = pathlib.Path(folder) / "upstream"
        self.keystone = keystone
        self.workers = workers
        self.port = free_port()
        self.database_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes = []

    @staticmethod
    def missing():
        """What has to be installed first, or nothing."""
        if shutil.which("glance-api") is None:
            return "glance-api"
        if not list(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")):
            return "postgresql"
        return None

    def start(self):
        self.folder.mkdir()
        (self.folder / "images").mkdir()
        self._start_postgres()
        settings = self.folder / "glance-api.conf"
        settings.write_text(
            f"""[DEFAULT]
bind_host = 127.0.0.1
bind_port = {self.port}
log_file = {self.folder}/glance-api.log
enabled_backends = file:file
{f"workers = {self.workers}" if self.workers else ""}
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = {self.folder}/images
[os_glance_staging_store]
filesystem_store_datadir = {self.folder}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {self.folder}/tasks
[database]
connection = postgresql://glance@127.0.0.1:{self.database_port}/glance
[oslo_concurrency]
lock_path = {self.folder}
[paste_deploy]
flavor = {"keystone" if self.keystone else ""}
config_file = /etc/glance/glance-api-paste.ini
{self.keystone.auth_token_settings() if self.keystone else ""}"""
        )
        log = open(self.folder / "output.log", "w")
        subprocess.run(
            ["glance-manage", "--config-file", settings, "db_sync"], check=True, stdout=log, stderr=log
        )
        self.processes.append(
            subprocess.Popen(["glance-api", "--config-file", settings], stdout=log, stderr=log)
        )
        await_answer(self.url + "/")

    def _start_postgres(self):
        """PostgreSQL refuses to run as root, so it runs as the user that Debian's package made."""
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        data = self.folder / "database"
        data.mkdir()
        as_user = []
        if os.geteuid() == 0:
            os.chown(data, pwd.getpwnam("postgres").pw_uid, -1)
            as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        log = open(self.folder / "postgres.log", "w")
        subprocess.run(
            [*as_user, programs / "initdb", "-D", data, "-U", "glance", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True, stdout=log, stderr=log, cwd="/",
        )
        self.processes.append(
            subprocess.Popen(
                [*as_user, programs / "postgres", "-D", data, "-p", str(self.database_port), "-h", "127.0.0.1", "-k", ""],
                stdout=log, stderr=log, cwd="/",
            )
        )
        create = ["psql", "-h", "127.0.0.1", "-p", str(self.database_port), "-U", "glance", "-d", "postgres", "-c", "CREATE DATABASE glance"]
        end = time.monotonic() + 30
        while subprocess.run(create, stdout=log, stderr=log).returncode != 0:
            if time.monotonic() > end:
                raise RuntimeError("upstream's PostgreSQL did not start: " + str(self.folder / "postgres.log"))
            time.sleep(0.2)

    def stop(self):
        for process in reversed(self.processes):
            # A fast shutdown for PostgreSQL, the same as SIGTERM for Glance.
            stop_process(process, signal.SIGINT if "postgres" in str(process.args) else signal.SIGTERM)

    def pids(self):
        return [process.pid for process in self.processes]

    def postgres_pid(self):
        return self.processes[0].pid


class Keystone:
    """The real Keystone of integration-tests/lab/keystone, with its people."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "keystone"
        self.port = free_port()

    @staticmethod
    def _run(*arguments):
        command = [str(ROOT / "integration-tests/lab/keystone"), *map(str, arguments)]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    @staticmethod
    def missing():
        return Keystone._run("missing").replace("\n", " ").strip() or None

    def start(self):
        self._run("start", self.folder, self.port)

    def stop(self):
        if self.folder.exists():
            self._run("stop", self.folder)

    def url(self):
        return f"http://127.0.0.1:{self.port}/v3"

    def token(self, user, project):
        """A new token of one of the people, by name."""
        domain = {"id": "default"}
        identity = {"methods": ["password"], "password": {"user": {"name": user, "domain": domain, "password": "secret"}}}
        body = {"auth": {"identity": identity, "scope": {"project": {"name": project, "domain": domain}}}}
        request = urllib.request.Request(
            self.url() + "/auth/tokens", json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers["X-Subject-Token"]

    def settings(self):
        """What glance-api of this checkout needs to ask it."""
        return {
            "glance.auth.mode": "keystone",
            "glance.auth.keystone.url": self.url(),
            "glance.auth.keystone.username": "glance",
            "glance.auth.keystone.password": "secret",
            "glance.auth.keystone.project-name": "service",
        }

    def auth_token_settings(self):
        """What keystonemiddleware needs, with memcached for its cache as Debian's guide has it."""
        return f"""[keystone_authtoken]
auth_type = password
auth_url = {self.url()}
interface = public
www_authenticate_uri = {self.url()}
username = glance
password = secret
project_name = service
user_domain_name = Default
project_domain_name = Default
service_token_roles_required = true
memcached_servers = unix:{self.folder}/memcached.socket
"""


class Nginx:
    """nginx with sendfile, serving files from a folder: what the kernel can do."""

    name = "nginx (sendfile)"

    def __init__(self, folder, served):
        self.folder = pathlib.Path(folder) / "nginx"
        self.served = served
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    @staticmethod
    def missing():
        return None if shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"]) else "nginx-light"

    def start(self):
        self.folder.mkdir()
        settings = self.folder / "nginx.conf"
        # Nothing of the machine's own configuration, and no folder outside this one.
        temporary = "".join(
            f"  {kind}_temp_path {self.folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        settings.write_text(
            f"""{user}daemon off;
worker_processes 1;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  sendfile on;
{temporary}  server {{
    listen 127.0.0.1:{self.port};
    root {self.served};
  }}
}}
"""
        )
        program = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
        self.process = subprocess.Popen([program, "-c", settings, "-e", self.folder / "error.log"])
        await_answer(self.url + "/")

    def stop(self):
        if self.process:
            stop_process(self.process)

    def pids(self):
        return [self.process.pid]
