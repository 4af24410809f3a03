# The catalogue of metadata definitions. Sourced by ./glance.
# shellcheck shell=bash

# metadefs WORDS: a command of glance-api's jar, on the registry that runs in this data folder.
metadefs() {
  local i
  prepare_tool
  find_registry
  # The command runs in the data folder, and paths are meant from here.
  for i in "${!words[@]}"; do
    if [ "$i" -gt 0 ]; then case ${words[i]} in -* | /*) ;; *) words[i]=$PWD/${words[i]} ;; esac fi
  done
  tool metadefs ${words[@]+"${words[@]}"}
}
