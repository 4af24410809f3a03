# The launcher's view of the settings: what is in force, and which service is handed which. Sourced by ./glance.
# shellcheck shell=bash

# environment_name KEY: the environment variable that Quarkus reads for a property.
environment_name() { printf '%s' "$1" | tr '[:lower:]' '[:upper:]' | tr -c 'A-Z0-9' '_'; }

# from_file MODE ARGUMENT [KEYS]: see settings.awk.
from_file() {
  if [ -f "$data/glance.properties" ]; then
    awk -v mode="$1" -v wanted="$2" -v without="${3-}" -f "$root/deploy/launcher/settings.awk" "$data/glance.properties"
  fi
}

# setting KEY [DEFAULT]: the value in force, as the services will see it.
setting() {
  local flag name value=
  for flag in ${flags[@]+"${flags[@]}"}; do
    if [ "${flag%%=*}" = "$1" ]; then value=${flag#*=}; fi
  done
  if [ -z "$value" ]; then
    name=$(environment_name "$1")
    value=${!name-}
  fi
  if [ -z "$value" ]; then value=$(from_file value "$1"); fi
  printf '%s' "${value:-${2-}}"
}

# owner_of VARIABLE: which service may see an environment variable.
owner_of() {
  case $(environment_name "$1") in
    GLANCE_REGISTRY_*) say registry ;;
    GLANCE_*) say api ;;
    *) say both ;;
  esac
}

# owned SERVICE KEY: succeeds when the service may see the key.
owned() {
  case $(owner_of "$2") in "$1" | both) ;; *) return 1 ;; esac
}

# property KEY VALUE: a line of a properties file.
property() { printf '%s=%s\n' "$1" "${2//\\/\\\\}"; }

# default KEY VALUE: the same, unless the operator set the key.
default() { if [ -z "$(setting "$1")" ]; then property "$1" "$2"; fi; }

# shared_token SERVICE: the registry's token is generated once; where the operator gave one to the registry alone,
# glance-api is handed the same.
shared_token() {
  local form prefix=glance.registry
  if [ "$1" = api ]; then prefix=glance.api.registry; fi
  if [ -n "$(setting $prefix.token)$(setting $prefix.token-file)" ]; then return; fi
  for form in token token-file; do
    if [ -n "$(setting "glance.registry.$form")" ]; then
      property "$prefix.$form" "$(setting "glance.registry.$form")"
      return
    fi
  done
  if [ ! -s "$data/registry.token" ]; then od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$data/registry.token"; fi
  property "$prefix.token-file" "$data/registry.token"
}

# write_settings SERVICE [NAME]: the one file of settings (run/NAME.properties) that a service is started with, each key
# once. Ordinal 275 puts it below the environment (300) and above the defaults inside the jar (250).
write_settings() (
  umask 077
  flagged=$(printf '%s\n' ${flags[@]+"${flags[@]}"} | cut -d= -f1 | sort -u | tr '\n' ' ')
  {
    echo "# Written by ./glance up at each start. Change glance.properties in the data folder instead."
    property config_ordinal 275
    default "glance.$1.data-dir" "$data"
    if [ "$1" = api ]; then default glance.api.registry.url "http://$(listen_host registry):$(listen_port registry)"; fi
    shared_token "$1"
    from_file only "$1" "$flagged"
    for key in $flagged; do if owned "$1" "$key"; then property "$key" "$(setting "$key")"; fi; done
  } >"$data/run/${2-$1}.properties.new"
  mv "$data/run/${2-$1}.properties.new" "$data/run/${2-$1}.properties"
)

check_settings() {
  local unknown
  unknown=$(from_file unknown '' | sort -u | tr '\n' ' ')
  if [ -n "$unknown" ]; then
    fail "$data/glance.properties has keys that belong to neither service: ${unknown% }; settings begin with glance. (or quarkus.)."
  fi
  if [ "$(listen_port api)" = "$(listen_port registry)" ]; then
    fail "both services are to listen on port $(listen_port api); give them different ones with --api-port and --registry-port."
  fi
}

listen_port() { if [ "$1" = api ]; then setting glance.api.listen-port 9292; else setting glance.registry.listen-port 9191; fi; }

# listen_host SERVICE: where the launcher itself reaches the service.
listen_host() {
  local host
  host=$(setting "glance.$1.listen-host" 127.0.0.1)
  case $host in 0.0.0.0 | '' | ::) host=127.0.0.1 ;; esac
  printf '%s' "$host"
}
