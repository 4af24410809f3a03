# Makes the start-up caches of a fresh build by running both services once. Sourced by ./glance.
# shellcheck shell=bash

# cache_of SERVICE: the start-up cache (an AOT cache: loaded, linked and profiled classes). It fits one JDK build only,
# so that the name tells which.
cache_of() { printf '%s' "$(dirname "$(jar_of "$1")")/jdk-$(cksum <"$JAVA_HOME/release" | tr -d ' ').aot"; }

cache_needed() {
  local service cache
  for service in $services; do
    cache=$(cache_of "$service")
    if ! [ "$cache" -nt "$(jar_of "$service")" ] || ! [ "$cache" -nt "$root/deploy/jvm/glance-$service.options" ]; then return 0; fi
  done
  return 1
}

readonly training_limit_s=180

# make_caches: one training run after a build. It only makes starts faster, so its failure stops nothing.
make_caches() {
  local log=$data/logs/training.log begun=$SECONDS
  printf 'Recording the start-up cache, once after each build '
  (train) >"$log" 2>&1 &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    sleep 1
    printf .
    if [ $((SECONDS - begun)) -ge $training_limit_s ]; then kill -TERM "$child"; fi
  done
  if wait "$child"; then say ' done'; else say " failed (log: $log); starts take longer without it"; fi
  child=
}

# train: both services in a scratch folder, a few requests, and each writes its cache as it ends.
train() {
  local service name
  on_interrupt=abandon
  handle_signals
  for name in $(compgen -e | grep -i '^glance'); do unset "$name"; done
  data=$root/target/training
  rm -rf "$data"
  mkdir -p "$data/run" "$data/logs"
  flags=("glance.api.listen-port=$(free_port)" "glance.registry.listen-port=$(free_port)")
  recording=yes
  for service in $services; do
    rm -f "$(dirname "$(jar_of "$service")")"/*.aot
    start "$service"
  done
  await_ready
  exercise >/dev/null
  kill -TERM "$(pid_of api)" "$(pid_of registry)"
  stop api 300
  stop registry 300
  for service in $services; do
    cat "$data/logs/$service.log"
    [ -f "$(cache_of "$service")" ]
  done
  rm -rf "$data"
}

# abandon: ends a training run; what the services would write as they end is of no use then.
abandon() {
  local service
  trap '' INT TERM HUP
  stop api 1
  stop registry 5
  stop_left_postgres
  for service in $services; do rm -f "$(cache_of "$service")"*; done
  exit 1
}

free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  printf '%s' "$port"
}

# exercise: the calls that a first session makes.
exercise() {
  local id=00000000-0000-4000-8000-000000000000 size=67108864 round
  for round in 1 2 3; do
    call GET /
    call POST /v2/images application/json \
      '{"id": "'$id'", "name": "training", "disk_format": "raw", "container_format": "bare", "visibility": "public"}'
    call PUT /v2/images/$id/file application/octet-stream "$size"
    for path in /v2/images "/v2/images?name=training" /v2/images/$id /v2/images/$id/file /v2/schemas/image; do
      call GET "$path"
    done
    call PATCH /v2/images/$id application/openstack-images-v2.1-json-patch '[{"op": "add", "path": "/a", "value": "b"}]'
    call DELETE /v2/images/$id
    id=00000000-0000-4000-8000-00000000000$round
  done
}

# call …: a request in the background, because only `wait` lets a signal through.
call() {
  request "$@" &
  wait $!
}

# request METHOD PATH [TYPE BODY]: one HTTP call to glance-api, for machines without an HTTP client. A BODY that is a
# number stands for as many random bytes: an image of zeros would be a hole, and nothing written.
request() {
  local host port length
  read -r host port < <(address_of api)
  case ${4-} in *[!0-9]*) length=${#4} ;; *) length=${4:-0} ;; esac
  (
    exec 3<>"/dev/tcp/$host/$port"
    printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' "$1" "$2" "$host" >&3
    if [ $# -gt 2 ]; then printf 'Content-Type: %s\r\nContent-Length: %s\r\n' "$3" "$length" >&3; fi
    printf '\r\n' >&3
    case ${4-} in *[!0-9]*) printf '%s' "$4" >&3 ;; *) head -c "$length" /dev/urandom >&3 ;; esac
    cat <&3
  ) || true
}
