# Finds a JDK 25 and builds the jars with it. Sourced by ./glance.
# shellcheck shell=bash

jdk_candidates() {
  local javac folder
  say "${JAVA_HOME-}"
  javac=$(command -v javac) && dirname "$(dirname "$(readlink -f "$javac")")"
  if [ -n "${JDK_SEARCH_PATH-}" ]; then
    printf '%s\n' "$JDK_SEARCH_PATH" | tr ':' '\n' | while read -r folder; do printf '%s\n' "$folder"/*; done
  else
    printf '%s\n' /usr/lib/jvm/* /usr/java/* /opt/* /opt/java/* "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* \
      /Library/Java/JavaVirtualMachines/*/Contents/Home
  fi
}

# find_jdk: sets JAVA_HOME to the first JDK 25.
find_jdk() {
  local home
  while read -r home; do
    if [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25[".]' "$home/release" 2>/dev/null; then
      export JAVA_HOME=$home
      return
    fi
  done < <(jdk_candidates)
  fail "no JDK 25 found in JAVA_HOME, on PATH or in the usual folders. Install one (a package such as openjdk-25-jdk or" \
    "temurin-25-jdk, or an archive unpacked under /opt), or set JAVA_HOME to where it is, and run this again."
}

jar_of() { printf '%s' "$root/$1-service/target/quarkus-app/quarkus-run.jar"; }

# build_needed: succeeds when a jar is missing or older than anything it is made from (a folder's own time tells of
# deleted files).
build_needed() {
  local service
  for service in $services; do
    [ -f "$(jar_of "$service")" ] || return 0
    [ -z "$(find "$root/pom.xml" "$root/common-model/pom.xml" "$root/common-model/src/main" \
      "$root/$service-service/pom.xml" "$root/$service-service/src/main" -newer "$(jar_of "$service")" | head -n 1)" ] || return 0
  done
  return 1
}

# refuse_to_build_under_others: a service that runs reads classes from its jars when it first needs them, so new jars
# would break it.
refuse_to_build_under_others() {
  local user
  user=$(ps -eo pid=,args= | grep -F -e "$(jar_of registry)" -e "$(jar_of api)" | grep -v grep | awk '{ print $1; exit }') || true
  if [ -n "$user" ]; then
    fail "the sources have changed, but a service built from them runs (pid $user); stop it first with './glance down'" \
      "and its --data folder, then this can build anew."
  fi
}

build() {
  local log=$data/logs/build.log shown=0 line
  say "Building with $JAVA_HOME (log: $log); the first time Maven also fetches the libraries"
  (cd "$root" && exec ./mvnw -B -Dquick -DskipTests -pl registry-service,api-service -am package) </dev/null >"$log" 2>&1 &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    sleep 1
    printf .
    while read -r line; do
      shown=$((shown + 1))
      printf ' %s ' "$line"
    done < <(sed -n 's/^\[INFO\] Building \(Glance.*\) [0-9][^ ]* *\[.*/\1/p' "$log" | tail -n +$((shown + 1)))
  done
  if ! wait "$child"; then
    say ' failed'
    grep -E '^\[ERROR\]' "$log" | head -n 20 >&2 || tail -n 20 "$log" >&2
    fail "the build failed; the whole log is $log."
  fi
  child=
  say ' done'
}
