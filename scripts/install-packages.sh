#!/bin/sh
# install-packages.sh SET... - install the Debian packages that a target needs, when any is missing.
# Sets: build run test lint fuzz bench container. Uses sudo where it is not run as root.
# When nothing is missing it says nothing and needs neither the network nor root.
set -eu

packages() {
	case $1 in
	build) echo cmake gcc libarchive-dev libc6-dev libcmocka-dev libcsv-dev libcurl4-openssl-dev libevent-dev \
		libglib2.0-dev libgmime-3.0-dev libjansson-dev libminizip-dev libmosquitto-dev libsodium-dev libsqlite3-dev libssl-dev \
		libyaml-dev ninja-build pkg-config tzdata zlib1g-dev ;;
	run) echo dovecot-imapd mosquitto mosquitto-clients python3 tzdata ;;
	test) echo curl dovecot-imapd mosquitto mosquitto-clients openssl procps python3 python3-jsonschema python3-paho-mqtt \
		python3-yaml ;;
	lint) echo clang-format clang-tidy cppcheck git python3-pyflakes shellcheck ;;
	fuzz) echo clang libclang-rt-14-dev ;;
	bench) echo dovecot-imapd mosquitto nginx-light nodejs npm procps python3 python3-paho-mqtt wrk ;;
	container) echo aardvark-dns debootstrap iptables netavark podman podman-compose runc ;;
	*)
		echo "install-packages.sh: no set \"$1\"" >&2
		exit 64
		;;
	esac
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

# apt's status lines as one line that counts up; on something else than a terminal, a line for each tenth.
show_progress() {
	[ -t 1 ] && terminal=1 || terminal=0
	awk -F : -v terminal="$terminal" '
		/^dlstatus:/ { what = "downloading"; percent = $3 }
		/^pmstatus:/ { what = "installing"; percent = $3 }
		/^(dl|pm)status:/ {
			percent = int(percent)
			if (terminal) {
				printf "\r  %3d%% %-40.40s", percent, what == "installing" ? $4 : what
				fflush()
			} else if (what percent != shown && percent % 10 == 0) {
				print "  " what " " percent "%"
				fflush()
				shown = what percent
			}
		}
		END { if (terminal) printf "\r%50s\r", "" }'
}

# apt_get ARGUMENT...: with progress; its own words only when it fails.
apt_get() {
	(
		as_root apt-get -o APT::Status-Fd=1 -o Dpkg::Use-Pty=0 "$@" 2>&1 || echo "exit status $?"
	) | tee "$log" | show_progress
	case $(tail -n 1 "$log") in
	'exit status '*)
		grep -v '^[dp][lm]status:' "$log" | tail -n 20 >&2
		echo "install-packages.sh: apt-get $1 failed" >&2
		exit 69
		;;
	esac
}

wanted=''
for set in "$@"; do
	wanted="$wanted $(packages "$set")"
done
missing=''
for p in $wanted; do
	case $p in
	# npm and nodejs may come from elsewhere than Debian's packages: the command is what counts.
	nodejs) command -v node >/dev/null 2>&1 && continue ;;
	npm) command -v npm >/dev/null 2>&1 && continue ;;
	esac
	case " $missing " in *" $p "*) continue ;; esac
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
	echo "install-packages.sh: missing:$missing; run it as root, or install sudo" >&2
	exit 77
fi
echo "Installing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# An installation that was interrupted is finished first.
as_root dpkg --configure -a >/dev/null
apt_get update -q
# shellcheck disable=SC2086 # a list of package names
apt_get install -y -q --no-install-recommends $missing
