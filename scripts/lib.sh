# What the shell scripts share.

say() { printf '\033[1m» %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Installs Debian packages that are missing, or names them where that is not ours to do.
need_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || die "these packages are missing, under Debian's names: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "please install as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

need_rust() {
  command -v cargo >/dev/null || die "cargo is missing: install stable Rust with rustup (https://rustup.rs)"
  local have
  have="$(rustc --version | awk '{ print $2 }')"
  [ "$(printf '%s\n' 1.95.0 "$have" | sort -V | head -1)" = 1.95.0 ] || die "Rust 1.95 or newer is needed, this is $have: rustup update stable"
}

# Everything is built with one selection of packages and features: another would build the embedded chain's runtime anew.
selection=(--release --locked --workspace --all-features)

# Builds the programs and prints the folder they are in.
build_programs() {
  say "building (about 25 minutes on two cores the first time)"
  cargo build "${selection[@]}" --bins >&2
  printf '%s/release' "$(cargo metadata --format-version 1 --no-deps --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')"
}
