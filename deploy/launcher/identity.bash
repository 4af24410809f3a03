# Who may call and what, as far as the launcher has a say: the users of http_basic, the commands about policy, and the
# clouds.yaml that fits the mode. Sourced by ./glance.
# shellcheck shell=bash

auth_mode() { setting glance.auth.mode none | tr 'A-Z-' 'a-z_'; }

# tool WORDS: runs a command of glance-api's jar on the settings of this data folder.
tool() (
  write_settings api tool
  as_service api
  cd "$data" && exec env ${environment[@]+"${environment[@]}"} SMALLRYE_CONFIG_LOCATIONS=run/tool.properties "${java[@]}" "$@"
)

# prepare_tool: what a command of the jar needs that may be the first one here.
prepare_tool() {
  prepare_data_folder
  find_jdk
  if [ ! -f "$(jar_of api)" ]; then
    mkdir -p "$root/target"
    lock "$root/target/build.lock" "builds this checkout"
    build
    unlock
  fi
}

# find_registry: for tools that call the registry, which may have been started with another port than the settings say.
find_registry() {
  local host port
  if [ -z "$(setting glance.api.registry.url)" ] && [ -n "$(pid_of registry)" ]; then
    read -r host port < <(address_of registry)
    flags+=("glance.api.registry.url=http://$host:$port")
  fi
}

image() {
  prepare_tool
  find_registry
  tool image ${words[@]+"${words[@]}"}
}

store() {
  prepare_tool
  find_registry
  tool store ${words[@]+"${words[@]}"}
}

policy() {
  prepare_tool
  tool policy ${words[@]+"${words[@]}"}
}

user() {
  local known
  prepare_tool
  tool user ${words[@]+"${words[@]}"}
  # A password that is no more is of no use in clouds.yaml.
  known=$(clouds_line username | sed "s/^ *username: '//; s/'\$//; s/''/'/g")
  case " ${words[*]} " in
    ' passwd'*" $known "* | ' del'*" $known "*)
      if [ -n "$(clouds_line password)" ]; then
        without_password <"$data/clouds.yaml" >"$data/clouds.yaml.new"
        mv "$data/clouds.yaml.new" "$data/clouds.yaml"
        say "The old password is gone from $data/clouds.yaml; set OS_PASSWORD, or write the new one there."
      fi
      ;;
  esac
}

without_password() (umask 077 && grep -v '^      password: ')

users_file() {
  local file
  file=$(setting glance.auth.http-basic.users-file "$(setting glance.api.data-dir "$data")/users.htpasswd")
  case $file in /*) say "$file" ;; *) say "$data/$file" ;; esac
}

admin_password() {
  local file
  file=$(setting glance.auth.http-basic.admin-password-file)
  if [ -n "$file" ]; then (cd "$data" && tr -d '\n' <"$file"); else setting glance.auth.http-basic.admin-password; fi
}

# make_first_user: where nobody could call, there is to be an admin with a password of their own.
make_first_user() {
  if [ "$(auth_mode)" != http_basic ] || [ -e "$(users_file)" ] || [ -n "$(admin_password)" ]; then return; fi
  first_password=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$first_password" | tool user add admin --role admin --password-stdin
}

# clouds_line KEY: a line of the clouds.yaml of an earlier start, if that was for http_basic.
clouds_line() {
  if grep -qs '^    auth_type: http_basic' "$data/clouds.yaml"; then sed -n "/^      $1: /p" "$data/clouds.yaml"; fi
}

# write_clouds_yaml ENDPOINT: what the OpenStack clients need for the mode in force. A password that stands in it stays.
write_clouds_yaml() (
  umask 077
  username=$(clouds_line username) password=$(clouds_line password)
  {
    echo "# Written by ./glance up at each start. Use it with: export OS_CLIENT_CONFIG_FILE=$data/clouds.yaml OS_CLOUD=glance"
    echo 'clouds:'
    echo '  glance:'
    case $(auth_mode) in
      http_basic)
        if [ -n "$first_password" ]; then
          username="      username: 'admin'" password="      password: $first_password"
        elif [ -n "$(admin_password)" ]; then
          username="      username: 'admin'" password="      password: '$(admin_password | sed "s/'/''/g")'"
        elif [ -z "$username" ]; then
          username="      username: '$(sed -n '/^[^#:]*:/ { s/:.*//; s/'"'/''"'/g; p; q; }' "$(users_file)")'"
        fi
        printf '%s\n' '    auth_type: http_basic' '    auth:' "      endpoint: $1" "$username"
        if [ -n "$password" ]; then say "$password"; else echo '      # password: is not known here; set OS_PASSWORD'; fi
        ;;
      keystone)
        printf '%s\n' '    auth_type: password' '    auth:' "      auth_url: $(setting glance.auth.keystone.url)" \
          '      # username, password, project_name, user_domain_name and project_domain_name are yours'
        ;;
      oidc)
        printf '%s\n' '    auth_type: admin_token' '    auth:' "      endpoint: $1" \
          '      # token: an access token of the issuer; or give it as OS_TOKEN'
        ;;
      *) printf '%s\n' '    auth_type: none' '    auth:' "      endpoint: $1" ;;
    esac
    echo "    image_endpoint_override: $1"
  } >"$data/clouds.yaml.new"
  mv "$data/clouds.yaml.new" "$data/clouds.yaml"
)
