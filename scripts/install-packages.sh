#!/bin/sh
# install-packages.sh SET... - install the Debian packages that a target needs, when any is missing.
# Sets: build test lint fuzz bench container. Uses sudo where it is not run as root.
set -eu

packages() {
	case $1 in
	build) echo build-essential ca-certificates cmake git libcurl4-openssl-dev libevent-dev libglib2.0-dev \
		libjansson-dev libmosquitto-dev libsodium-dev libsqlite3-dev libssl-dev libsystemd-dev libyaml-dev \
		ninja-build pkg-config tzdata zlib1g-dev libcmocka-dev ;;
	run) echo mosquitto mosquitto-clients python3 ;;
	test) echo curl mosquitto mosquitto-clients openssl procps python3 python3-jsonschema python3-paho-mqtt \
		python3-yaml ;;
	lint) echo clang-format clang-tidy cppcheck git python3-pyflakes shellcheck ;;
	fuzz) echo clang libclang-rt-14-dev ;;
	bench) echo mosquitto nginx-light nodejs npm procps python3 python3-paho-mqtt wrk ;;
	container) echo aardvark-dns debootstrap iptables mosquitto-clients netavark podman podman-compose runc ;;
	*)
		echo "install-packages.sh: no set \"$1\"" >&2
		exit 64
		;;
	esac
}

wanted=''
for set in "$@"; do
	wanted="$wanted $(packages "$set")"
done
missing=''
for p in $wanted; do
	# npm and nodejs may come from elsewhere than Debian's packages: the command is what counts.
	case $p in
	nodejs) command -v node >/dev/null 2>&1 && continue ;;
	npm) command -v npm >/dev/null 2>&1 && continue ;;
	esac
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
sudo=''
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
$sudo apt-get install -y -qq --no-install-recommends $missing
