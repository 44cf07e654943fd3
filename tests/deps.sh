#!/bin/sh
# deps.sh build|all|cflags|libs|soname|mpi - what irtools needs of this machine, found out by use: deps.c is compiled, linked and
# run for each library. What is missing is named by its Debian package and installed as root or through sudo;
# otherwise the commands that do are printed. `all` adds what the tests need; `cflags` and `libs` print what the
# compiler and the linker are given, `soname` a header with the name by which OpenBLAS is loaded, `mpi` "yes" where MPICC is of use. From the environment: CC, CPPFLAGS, CFLAGS, LDFLAGS, PKG (pkg-config), DEPS=no:
# nothing is asked or installed.
set -u
export LC_ALL=C
CC=${CC:-cc}
PKG=${PKG:-pkg-config}
mode=${1:-build}

# package: pkg-config's name=what is linked where pkg-config does not know it
table='libc6-dev:
libmpg123-dev: libmpg123=-lmpg123
libflac-dev: flac=-lFLAC
libvorbis-dev: vorbisfile=-lvorbisfile vorbis=-lvorbis ogg=-logg
libfftw3-dev: fftw3f=-lfftw3f fftw3=-lfftw3
libopenblas-dev: openblas=-lopenblas
zlib1g-dev: zlib=-lz
libyaml-dev: yaml-0.1=-lyaml
libjansson-dev: jansson=-ljansson
libpng-dev: libpng=-lpng
libseccomp-dev: libseccomp=-lseccomp
libcmocka-dev: cmocka=-lcmocka'
packages=$(echo "$table" | cut -d: -f1 | grep -v cmocka)
libraries() { # libraries PACKAGE|ALL
    echo "$table" | awk -F: -v p="$1" '$1 == p || (p == "ALL" && $1 !~ /cmocka/) { print $2 }' | once
}

once() { # words of stdin, each the first time it comes
    tr ' ' '\n' | awk 'NF && !seen[$0]++ { printf "%s ", $0 }'
}
# As system headers, which come before the system's own folder: <cblas.h> is OpenBLAS's where others lie beside it.
cflags() { # cflags PACKAGE|ALL
    for l in $(libraries "$1"); do $PKG --cflags "${l%%=*}"; done 2>/dev/null | once | sed 's/-I/-isystem/g'
}
libs() {
    for l in $(libraries "$1"); do $PKG --libs "${l%%=*}" || echo "${l#*=}"; done 2>/dev/null | once
    echo "-lm -lpthread -ldl"
}
# The name by which OpenBLAS is loaded at run time; nothing where only an archive is there to be linked.
find_soname() {
    dir=$(mktemp -d) || exit 1
    # shellcheck disable=SC2046,SC2086
    $CC ${CPPFLAGS:-} $(cflags libopenblas-dev) -DNEED_libopenblas_dev -w -o "$dir/blas" tests/deps.c ${LDFLAGS:-} \
        $(libs libopenblas-dev) >/dev/null 2>&1
    so=$(readelf -d "$dir/blas" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*blas.*\)\].*/\1/p' | head -n 1)
    rm -rf "$dir"
    echo "/* written by make */"
    [ -z "$so" ] || echo "#define IR_BLAS_SONAME \"$so\""
}
# "yes" where mpicc makes a program of MPI.
use_mpi() {
    command -v "${MPICC:-mpicc}" >/dev/null 2>&1 || return 0
    dir=$(mktemp -d) || exit 1
    "${MPICC:-mpicc}" -DNEED_libopenmpi_dev -w -o "$dir/mpi" tests/deps.c >/dev/null 2>&1 && echo yes
    rm -rf "$dir"
}
case $mode in
cflags) cflags ALL; exit ;;
libs) libs ALL; exit ;;
soname) find_soname; exit ;;
mpi) use_mpi; exit ;;
esac
[ "${DEPS:-yes}" != no ] || exit 0

say() { echo "irtools: $*" >&2; }
program() { command -v "$1" >/dev/null 2>&1; }

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

use() { # use PACKAGE|ALL: its program compiles, links and runs; one for another processor is not run
    # shellcheck disable=SC2046,SC2086
    $CC ${CPPFLAGS:-} ${CFLAGS:-} -std=gnu11 -w $(cflags "$1") -DNEED_$(echo "$1" | tr - _) -o "$dir/$1" tests/deps.c \
        ${LDFLAGS:-} $(libs "$1") > "$dir/$1.log" 2>&1 || return 1
    ASAN_OPTIONS=detect_leaks=0 timeout 60 "$dir/$1" >> "$dir/$1.log" 2>&1
    status=$?
    [ $status -eq 0 ] || [ $status -eq 126 ]
}

check_compiler() { # one line instead of a page of errors where it is too old
    # shellcheck disable=SC2086
    found=$(echo '__clang_major__ __GNUC__' | $CC -E -P -x c - 2>/dev/null | tail -n 1) || return 0
    case $found in
    '__clang_major__ '[0-9]*) [ "${found#* }" -ge 11 ] || found="GCC ${found#* }, too old" ;;
    [0-9]*) [ "${found% *}" -ge 14 ] || found="clang ${found% *}, too old" ;;
    esac
    case $found in *old) say "CC=$CC is $found: GCC 11, clang 14 or a newer one is wanted"; exit 1 ;; esac
}

look() { # what is missing, into $missing
    missing=
    if ! program "${CC%% *}"; then
        missing="gcc pkg-config "$packages
    else
        check_compiler
        use ALL || {
            program "$PKG" || missing="pkg-config"
            for p in $packages; do use "$p" || missing="$missing $p"; done
        }
    fi
    if [ "$mode" = all ]; then
        use libcmocka-dev || missing="$missing libcmocka-dev"
        program bats || missing="$missing bats"
    program sox || missing="$missing sox"
    fi
    missing=$(echo $missing) # blanks
}

look
[ -n "$missing" ] || exit 0
say "missing packages: $missing"
if ! program apt-get; then
    say "no apt-get here: what is missing has the names above in Debian; install it in this machine's way"
    exit 0 # the names may lie elsewhere; the compiler has the last word
fi
get="DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300"
install="$get install -y --no-install-recommends $missing"
if [ "$(id -u)" = 0 ]; then
    as=env
elif program sudo && sudo -n true 2>/dev/null; then
    as="sudo -n env"
else
    program sudo && as="sudo " || as=
    say "install them${as:-, as root,} with:"
    echo "    ${as}apt-get update && ${as}DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing" >&2
    say "or go on without asking: make DEPS=no …"
    exit 1
fi
# shellcheck disable=SC2086
$as $install || { $as $get update && $as $install; } || exit 1
look
[ -z "$missing" ] || {
    say "installed, but still of no use: $missing"
    for p in $missing; do [ ! -s "$dir/$p.log" ] || tail -n 3 "$dir/$p.log" >&2; done
    exit 1
}
