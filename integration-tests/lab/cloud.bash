# A small cloud for the real clients and for Tempest: a real Keystone, this checkout's glance-registry and glance-api that know
# their callers by it, a recorder between glance-api and its clients, and a web server whose files can be images. Sourced after
# checks.bash, whose `scratch` it uses.
# shellcheck shell=bash
#
# Sets: cloud_keystone_url and cloud_image_url, cloud_web_url (serves $cloud_web), cloud_traffic (what the recorder wrote).

cloud_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cloud_data=$scratch/glance
cloud_web=$scratch/web
cloud_traffic=$scratch/traffic.jsonl
cloud_web_pid=
cloud_recorder_pid=

# cloud_up: starts everything; returns 1 when something does not start. CLOUD_PORT is the first of five ports to use,
# else five free ones are looked for. The lines of a file cloud.properties in `scratch` are further settings of Glance.
cloud_up() {
  local name keystone_port='' web_port='' registry_port='' api_port='' recorder_port=''
  if [ -n "${CLOUD_PORT-}" ]; then next_port=$((CLOUD_PORT - 1)); fi
  for name in keystone_port web_port registry_port api_port recorder_port; do free_port $name; done
  cloud_keystone_url=http://127.0.0.1:$keystone_port/v3
  cloud_image_url=http://127.0.0.1:$recorder_port
  cloud_web_url=http://127.0.0.1:$web_port
  mkdir -p "$cloud_data" "$cloud_web"
  KEYSTONE_SERIAL=yes "$cloud_root/integration-tests/lab/keystone" start "$scratch/keystone" "$keystone_port" "$cloud_image_url" || return 1
  /usr/bin/python3 -m http.server "$web_port" --bind 127.0.0.1 --directory "$cloud_web" >"$scratch/web.log" 2>&1 </dev/null &
  cloud_web_pid=$!
  /usr/bin/python3 "$cloud_root/integration-tests/lab/recorder.py" "$recorder_port" "$api_port" "$cloud_traffic" \
    >"$scratch/recorder.log" 2>&1 </dev/null &
  cloud_recorder_pid=$!
  (umask 077 && printf secret >"$scratch/keystone-password")
  # As upstream's gate has it: two stores, one of them read-only, and locations shown.
  cat >"$cloud_data/glance.properties" <<END
glance.auth.mode=keystone
glance.auth.keystone.url=$cloud_keystone_url
glance.auth.keystone.username=glance
glance.auth.keystone.password-file=$scratch/keystone-password
glance.auth.keystone.project-name=service
glance.api.show-image-direct-url=true
glance.api.show-multiple-locations=true
glance.stores.local.type=file
glance.stores.local.file.directory=$cloud_data/images
glance.stores.web.type=http
glance.stores.web.http.allowed-hosts=127.0.0.1
glance.stores.web.http.allowed-ports=$web_port
glance.stores.web.http.allowed-networks=127.0.0.0/8
glance.api.default-store=local
END
  if [ -f "$scratch/cloud.properties" ]; then cat "$scratch/cloud.properties" >>"$cloud_data/glance.properties"; fi
  "$cloud_root/glance" up --data "$cloud_data" --api-port "$api_port" --registry-port "$registry_port"
}

# cloud_known KEY: what lab/keystone made, such as project_demo.
cloud_known() { sed -n "s/^$1=//p" "$scratch/keystone/credentials"; }

# cloud_token USER PROJECT: a token of one of lab/keystone's people.
cloud_token() {
  curl -fsS -D - -o /dev/null -H 'Content-Type: application/json' -d '{"auth": {
    "identity": {"methods": ["password"], "password": {"user": {"name": "'"$1"'", "domain": {"id": "default"}, "password": "secret"}}},
    "scope": {"project": {"name": "'"$2"'", "domain": {"id": "default"}}}}}' "$cloud_keystone_url/auth/tokens" |
    tr -d '\r' | sed -n 's/^X-Subject-Token: //Ip'
}

# check_traffic some|all: holds what the recorder wrote against the API's document; `all` asks for each of its operations.
check_traffic() {
  local complete=false
  if [ "$1" = all ]; then complete=true; fi
  if ! (cd "$cloud_root" && ./mvnw -q -pl api-service -am test -Dquick -Dtest=RecordedTraffic -Dsurefire.failIfNoSpecifiedTests=false \
    "-Dglance.recorded-traffic=$cloud_traffic" "-Dglance.recorded-traffic.complete=$complete") >"$scratch/traffic.log" 2>&1; then
    grep -vE '^WARNING|^\[ERROR\] *$' "$scratch/traffic.log" | head -n 100
    echo 'FAILED: the traffic is not as api-service/src/main/resources/openapi.yaml says' && echo '0 passed, 1 failed, 0 skipped' && return 1
  fi
  grep -E '^[0-9]+ exchanges' "$scratch/traffic.log" && echo '1 passed, 0 failed, 0 skipped'
}

cloud_down() {
  local pid
  "$cloud_root/glance" down --data "$cloud_data" || true
  for pid in $cloud_web_pid $cloud_recorder_pid; do kill "$pid" 2>/dev/null || true; done
  if [ -d "$scratch/keystone" ]; then "$cloud_root/integration-tests/lab/keystone" stop "$scratch/keystone" || true; fi
}
