# Starts, knows and stops the two services. Sourced by ./glance.
# shellcheck shell=bash

# started PID: a stamp of the process's start, nothing when it is gone. Pid and stamp together name a process for
# good, where the pid alone may be another's by now.
started() {
  local fields
  if [ -r "/proc/$1/stat" ]; then
    fields=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # shellcheck disable=SC2086 # what follows the command's name is a list of numbers
    set -- ${fields##*) }
    if [ "$1" != Z ]; then say "${20}"; fi
  elif [ ! -d /proc/self ]; then
    ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' _
  fi
}

# pid_of SERVICE: its pid, nothing when it does not run.
pid_of() {
  local pid stamp
  { read -r pid stamp <"$data/run/$1.pid"; } 2>/dev/null || return 0
  if [ -n "$pid" ] && [ "$(started "$pid")" = "$stamp" ] && [ -n "$stamp" ]; then printf '%s' "$pid"; fi
}

# address_of SERVICE: "HOST PORT" of the instance that was started last in this data folder.
address_of() { cat "$data/run/$1.address" 2>/dev/null || say '127.0.0.1 0'; }

# answers SERVICE: succeeds when its readiness check says yes.
answers() {
  local host port code
  read -r host port < <(address_of "$1")
  code=$( (
    exec 3<>"/dev/tcp/$host/$port"
    printf 'GET /healthcheck/ready HTTP/1.0\r\nHost: %s\r\n\r\n' "$host" >&3
    read -r -t 5 _ code _ <&3 && printf '%s' "$code"
  ) 2>/dev/null) || return 1
  [ "$code" = 200 ]
}

check_port_free() {
  local host port holder=
  host=$(listen_host "$1") port=$(listen_port "$1")
  case $port in '' | *[!0-9]*) fail "glance.$1.listen-port is '$port', which is no port number." ;; esac
  if (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; then
    holder=$(ss -ltnpH "sport = :$port" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (pid \2)/p' | head -n 1) || true
    fail "port $port, where glance-$1 is to listen, is taken$holder; stop that or choose another port with --$1-port."
  fi
}

# as_service SERVICE: sets java, how the service's jar is run, and environment, what env is to hide from it.
as_service() {
  local variable
  environment=() java=("$JAVA_HOME/bin/java" "@$root/deploy/jvm/glance-$1.options")
  while read -r variable; do
    if ! owned "$1" "$variable" || flag_given "$variable"; then environment+=(-u "$variable"); fi
  done < <(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_.]*\)=.*/\1/p' | grep -i '^glance')
  if [ -n "$recording" ]; then
    java+=("-XX:AOTCacheOutput=$(cache_of "$1")")
  elif [ -f "$(cache_of "$1")" ]; then
    # What the cache does not hold is read from the jars, as without it: nothing to warn an operator of.
    java+=("-XX:AOTCache=$(cache_of "$1")" '-Xlog:aot*=error')
  fi
  java+=(-jar "$(jar_of "$1")")
}

start() {
  local pid log=$data/logs/$1.log
  write_settings "$1"
  as_service "$1"
  printf '%s %s\n' "$(listen_host "$1")" "$(listen_port "$1")" >"$data/run/$1.address"
  if [ -f "$log" ]; then mv "$log" "$log.1"; fi
  # A process group of its own keeps the terminal's Ctrl-C from the service: the launcher stops both in order. A signal
  # waits until the pid is written down, or nobody would stop what was just started.
  postpone_signals
  set -m
  (cd "$data" && exec env ${environment[@]+"${environment[@]}"} SMALLRYE_CONFIG_LOCATIONS="run/$1.properties" nohup "${java[@]}") \
    </dev/null >"$log" 2>&1 &
  pid=$!
  disown "$pid"
  set +m
  printf '%s %s\n' "$pid" "$(started "$pid")" >"$data/run/$1.pid"
  started_here="$1 $started_here"
  handle_signals
}

# flag_given VARIABLE: succeeds when a flag sets what the environment variable would set.
flag_given() {
  local flag
  for flag in ${flags[@]+"${flags[@]}"}; do
    if [ "$(environment_name "${flag%%=*}")" = "$(environment_name "$1")" ]; then return 0; fi
  done
  return 1
}

# stop SERVICE LIMIT_S: asks, waits, and insists when the limit has passed.
stop() {
  local pid waited=0
  pid=$(pid_of "$1")
  if [ -n "$pid" ]; then
    kill -TERM "$pid" 2>/dev/null || true
    while [ -n "$(pid_of "$1")" ] && [ $waited -lt $(($2 * 10)) ]; do
      sleep 0.1
      waited=$((waited + 1))
    done
    if [ -n "$(pid_of "$1")" ]; then
      kill -KILL "$pid" 2>/dev/null || true
      say "glance-$1 (pid $pid) did not stop within $2 s and was killed"
    else
      say "Stopped glance-$1 (pid $pid)"
    fi
  fi
  rm -f "$data/run/$1.pid"
}

# stop_all: an upload in flight may take glance.api.upload.drain-timeout (10 s) to end, and PostgreSQL writes a
# checkpoint.
stop_all() {
  stop api 20
  stop registry 30
  stop_left_postgres
}

# stop_started: takes back what this run started; a service that ran before goes on.
stop_started() {
  case " $started_here" in *' api '*) stop api 20 ;; esac
  case " $started_here" in *' registry '*) stop registry 30 && stop_left_postgres ;; esac
}

# stop_left_postgres: a registry that was killed leaves its PostgreSQL running. The first line of postmaster.pid is its
# pid, which may be another's by now: the command line tells whose database it serves.
stop_left_postgres() {
  local file pid waited=0
  while read -r file; do
    pid=$(head -n 1 "$file")
    if [ -n "$(started "$pid")" ] && ps -o args= -p "$pid" 2>/dev/null | grep -qF "$(dirname "$file")" &&
      kill -INT "$pid" 2>/dev/null; then
      while [ -n "$(started "$pid")" ] && [ $waited -lt 300 ]; do
        sleep 0.1
        waited=$((waited + 1))
      done
      if [ -n "$(started "$pid")" ]; then
        say "The PostgreSQL (pid $pid) that a killed glance-registry had left did not stop within 30 s"
      else
        say "Stopped the PostgreSQL (pid $pid) that a killed glance-registry had left"
      fi
    fi
  done < <(find "$data/postgres" -name postmaster.pid 2>/dev/null)
}
