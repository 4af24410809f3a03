# The catalogue of metadata definitions. Sourced by ./glance.
# shellcheck shell=bash

# metadefs WORDS: a command of glance-api's jar, on the registry that runs in this data folder.
metadefs() {
  local host port i
  prepare_tool
  if [ -z "$(setting glance.api.registry.url)" ] && [ -n "$(pid_of registry)" ]; then
    # It may have been started with another port than the settings say.
    read -r host port < <(address_of registry)
    flags+=("glance.api.registry.url=http://$host:$port")
  fi
  # The command runs in the data folder, and paths are meant from here.
  for i in "${!words[@]}"; do
    if [ "$i" -gt 0 ]; then case ${words[i]} in -* | /*) ;; *) words[i]=$PWD/${words[i]} ;; esac fi
  done
  tool metadefs ${words[@]+"${words[@]}"}
}
