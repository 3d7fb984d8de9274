# shellcheck shell=bash
# What the shell scripts share.

# How long the first build takes, for the help texts.
first_build="about 20 minutes on two cores the first time"

# say WORDS…: tells on standard error what happens next, in bold where a person reads it.
say() {
  if [ -t 2 ]; then
    printf '\033[1m» %s\033[0m\n' "$*" >&2
  else
    printf '» %s\n' "$*" >&2
  fi
}

# die WORDS…: ends the script and says why.
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# need_packages NAME…: installs those of these Debian packages that are missing, or says how to.
need_packages() {
  local missing=() package
  if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian: please install these packages (Debian's names): $*"
    return
  fi
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "please install as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq || die "apt-get update failed; these packages are missing: ${missing[*]}"
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
    die "apt-get could not install ${missing[*]}"
}

# need_rust: checks that there is a compiler, and that it is new enough.
need_rust() {
  command -v cargo >/dev/null || die "cargo is missing: install stable Rust with rustup (https://rustup.rs)"
  local have
  have="$(rustc --version | awk '{ print $2 }')"
  [ "$(printf '%s\n' 1.95.0 "$have" | sort -V | head -1)" = 1.95.0 ] ||
    die "Rust 1.95 or newer is needed, and this is $have: rustup update stable"
}

# One selection of packages and features for everything: another one would build the embedded chain's runtime anew.
selection=(--release --locked --workspace --all-features)

# build_programs: builds the programs and prints the folder that they are in.
build_programs() {
  say "building ($first_build)"
  cargo build "${selection[@]}" --bins >&2 || die "the build failed; the compiler's words are above"
  local metadata
  metadata="$(cargo metadata --format-version 1 --no-deps --locked)"
  metadata="${metadata##*\"target_directory\":\"}"
  printf '%s/release' "${metadata%%\"*}"
}
