# What the lab's scripts share: a check is one line of output, and the last line counts them. Sourced.
# shellcheck shell=bash
#
# scratch is a folder of the script's own, removed when it ends.

scratch=$(mktemp -d)
# PostgreSQL runs as another user where the caller is root, and must be able to enter.
chmod 755 "$scratch"
passed=0 failed=0 skipped=0

# check TITLE COMMAND…: passes when the command succeeds; shows its output when not. A file takes the output, not a
# command substitution, which would be a subshell and wait for services started in it.
check() {
  local title=$1
  shift
  if "$@" >"$scratch/output" 2>&1; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$title"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$title"
    sed 's/^/      /' "$scratch/output"
  fi
}

skip() {
  skipped=$((skipped + 1))
  printf 'skip  %s\n' "$1"
}

# The conditions that checks are made of; each says what it saw when it does not hold.
same() { [ "$1" = "$2" ] || { printf 'expected: %s\n     was: %s\n' "$1" "$2"; return 1; }; }
matches() { [[ $2 =~ $1 ]] || { printf 'expected: %s\n     was: %s\n' "$1" "$2"; return 1; }; }
fails() { ! "$@"; }

# exits CODE COMMAND…
exits() {
  local wanted=$1 code=0
  shift
  "$@" || code=$?
  [ "$code" = "$wanted" ] || { printf 'expected exit code %s, was %s\n' "$wanted" "$code"; return 1; }
}

# says PATTERN CODE COMMAND…: ends with the code, and its output matches.
says() {
  local pattern=$1 wanted=$2 code=0 output
  shift 2
  output=$("$@" 2>&1) || code=$?
  printf '%s\n' "$output"
  if [ "$code" != "$wanted" ]; then printf 'expected exit code %s, was %s\n' "$wanted" "$code"; return 1; fi
  if ! [[ $output =~ $pattern ]]; then printf 'expected to read: %s\n' "$pattern"; return 1; fi
}

# eventually SECONDS COMMAND…
eventually() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port NAME: sets the variable to a port that nothing listens on, another one with each call.
next_port=$((21000 + RANDOM % 8000))
free_port() {
  while next_port=$((next_port + 1)) && listens $next_port; do :; done
  printf -v "$1" %s $next_port
}

# summary: the closing line, and the exit code.
summary() {
  printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
  [ $failed = 0 ]
}
