# Reads a Java properties file for the launcher: settings.awk -v mode=MODE -v wanted=ARGUMENT -v without=KEYS.
#   only     prints the lines that the service ARGUMENT may see (api, registry), those of the KEYS left out
#   value    prints the value of the key ARGUMENT (the last one, as Java has it)
#   unknown  prints the keys that belong to no service
# A line that ends in a backslash goes on in the next one; the continuation belongs to the same key.

function owner(key) {
  sub(/^%[^.]*\./, "", key) # the profile
  if (key ~ /^glance\.registry\./) return "registry"
  if (key ~ /^glance\./) return "api"
  if (key ~ /^quarkus\./) return "both"
  return "none"
}

{
  sub(/\r$/, "")
  text = $0
  sub(/^[ \t\f]+/, "", text)
  if (!continued) {
    if (text == "" || text ~ /^[#!]/) next
    match(text, /^([^=: \t\\]|\\.)+/)
    key = substr(text, 1, RLENGTH)
    text = substr(text, RLENGTH + 1)
    sub(/^[ \t]*[=:]?[ \t]*/, "", text)
    value = ""
    if (mode == "unknown" && owner(key) == "none") print key
  }
  if (mode == "only" && (owner(key) == wanted || owner(key) == "both") && index(" " without, " " key " ") == 0) print
  continued = (text ~ /\\$/ && text !~ /[^\\]\\\\$/)
  if (continued) sub(/\\$/, "", text)
  value = value text
  if (mode == "value" && key == wanted) found = value
}

END { if (mode == "value") printf "%s", found }
