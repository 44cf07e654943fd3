#!/usr/bin/env bats
# install: what make install puts where, what uninstall removes, the tarball, the package, and who is linked to the library.

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    t=$BATS_TEST_TMPDIR
    make=(make -s --no-print-directory -o tools -o "${IR_BUILD#"$PWD/"}/libirtools.a" "B=${IR_BUILD#"$PWD/"}")
    case $IR_BUILD in *-san) make+=(SAN=1) ;; esac
    unset MAKEFLAGS MAKELEVEL WERROR CC CFLAGS CPPFLAGS LDFLAGS DEPS
}

files() { (cd "$1" && find . -type f -o -type l | sort); }

@test "uninstall removes what install put there and nothing else, with spaces in prefix and DESTDIR" {
    d="$t/a root"
    mkdir -p "$d/opt/my ir/share" && touch "$d/opt/my ir/share/other"
    "${make[@]}" install "DESTDIR=$d" "prefix=/opt/my ir"
    [ -x "$d/opt/my ir/bin/ir-cat" ]
    [ -e "$d/opt/my ir/share/irtools/models/instruments.model.irt" ]
    [ -e "$d/opt/my ir/share/doc/irtools/irt.md" ]
    [ -e "$d/opt/my ir/share/man/man1/ir-cat.1" ]
    [ -L "$d/opt/my ir/share/bash-completion/completions/ir-mel" ]
    [ -e "$d/opt/my ir/share/man/man7/irtools.7" ]
    [ -e "$d/opt/my ir/share/zsh/site-functions/_irtools" ]
    [ -e "$d/opt/my ir/share/fish/vendor_completions.d/ir-mel.fish" ]
    [ "$(ls "$t")" = "a root" ]
    "${make[@]}" uninstall "DESTDIR=$d" "prefix=/opt/my ir"
    [ "$(files "$d")" = "./opt/my ir/share/other" ]
}

@test "uninstall datadir=…/share leaves the share folder to the others" {
    "${make[@]}" install "prefix=$t/g" "datadir=$t/g/share"
    mkdir -p "$t/g/share/irtools" && touch "$t/g/share/other" "$t/g/share/irtools/mine"
    "${make[@]}" uninstall "prefix=$t/g" "datadir=$t/g/share"
    [ "$(files "$t/g")" = "./share/irtools/mine
./share/other" ]
    "${make[@]}" uninstall "prefix=$t/g" "datadir=$t/g/share"
    run "${make[@]}" uninstall "prefix=$t/g" datadir=
    [ -e "$t/g/share/other" ]
}

@test "the installed programs find their models, wherever datadir is; a name nearly right is said" {
    "${make[@]}" install "prefix=$t/p" "datadir=$t/else where"
    [ -e "$t/else where/irtools/models/instruments.model.irt" ]
    cd /
    run env -i "$t/p/bin/ir-infer" --models
    [ "$status" -eq 0 ]
    [[ $output == *"instruments"*"$t/else where/irtools/models/instruments.model.irt"* ]]
    run env -i "$t/p/bin/ir-infer" -f tsv "$OLDPWD/tests/data/demo/violin-A4.mp3"
    [[ $output == *violin* ]]
    run env -i "$t/p/bin/ir-infer" -m instrument --about
    [ "$status" -eq 1 ]
    [ "$output" = "ir-infer: no model instrument: did you mean instruments? (--models lists them)" ]
    cd "$OLDPWD"
    "${make[@]}" uninstall "prefix=$t/p" "datadir=$t/else where"
    [ -z "$(files "$t/p")$(files "$t/else where")" ]
}

@test "installed man pages name installed files only" {
    "${make[@]}" install "prefix=$t/my p"
    for m in "$t/my p"/share/man/man?/*; do
        ! grep -nE '(^|[^/a-z])(formats|pipelines|tests|lib|tools)/[a-z]' "$m" || { echo "$m"; return 1; }
        # blanks of the prefix are written as roff writes them
        sed 's/\\ / /g' "$m" | grep -oE "$t/my p/[a-zA-Z0-9./_-]*[a-z]" | sort -u > "$t/named"
        while IFS= read -r f; do [ -e "$f" ] || { echo "$m: $f"; return 1; }; done < "$t/named"
    done
    grep -q "share/doc/irtools/irt.md" "$t/my p/share/man/man1/ir-mel.1"
    grep -q "share/irtools/published/audioset.tsv" "$t/my p/share/man/man1/ir-score.1"
}

@test "uninstall removes a tool that is no longer built, install what the earlier version had alone" {
    mkdir -p "$t/b/bin"
    cp "$IR_BUILD/bin/ir-cat" "$t/b/bin/ir-render"
    cp "$IR_BUILD/bin/ir-cat" "$t/b/bin/ir-cat"
    cp "$IR_BUILD/libirtools.a" "$t/b/"
    install=("${make[@]}" -o "$t/b/libirtools.a" "prefix=$t/p" "B=$t/b")
    "${install[@]}" install
    [ -e "$t/p/bin/ir-render" ]
    cp -r "$t/p" "$t/q"
    rm "$t/b/bin/ir-render"
    "${install[@]}" uninstall
    [ -z "$(files "$t/p")" ]
    rm -rf "$t/p" && mv "$t/q" "$t/p"
    "${install[@]}" install
    [ ! -e "$t/p/bin/ir-render" ]
    [ ! -L "$t/p/share/bash-completion/completions/ir-render" ]
    [ -e "$t/p/bin/ir-cat" ]
}

@test "the environment does not say where to build or to install" {
    run env B=elsewhere V=1 prefix=/nowhere bindir=/nowhere datadir=/nowhere SAN=1 make -n install -o tools
    [ "$status" -eq 0 ]
    [[ $output != *nowhere* && $output != *elsewhere* && $output != *build-san* ]]
}

@test "another CFLAGS keeps the kernels' -O3; CPPFLAGS, AR and LDFLAGS are used" {
    plan=$(make -n tools B="$t/n" V=1 CFLAGS=-DMINE CPPFLAGS=-DTHEIRS AR=my-ar LDFLAGS=-Wl,-z,defs)
    grep -q -- "-DTHEIRS .*-DMINE .*-O3 .*lib/kern/kern_plain.c" <<< "$plan"
    grep -q "^my-ar .*libirtools.a" <<< "$plan"
    grep -q -- "-Wl,-z,defs -o $t/n/bin/ir-cat" <<< "$plan"
}

@test "other flags or another compiler build anew, the same build nothing" {
    mkdir -p "$t/bin" # a compiler that only makes the files it is asked for, and says so
    cat > "$t/bin/cc1" <<'CC'
#!/bin/sh
case "$*" in *--version*) echo fake 1; exit ;; esac
while [ $# -gt 0 ]; do case $1 in -o) echo "$2" >> "$LOG"; mkdir -p "${2%/*}"; : > "$2"; shift ;; esac; shift; done
CC
    chmod +x "$t/bin/cc1" && cp "$t/bin/cc1" "$t/bin/cc2"
    export LOG=$t/log PATH=$t/bin:$PATH
    count() { : > "$LOG"; make -s tools "B=$t/n" AR=true "$@" > /dev/null || return 1; grep -c 'obj/lib/base/error.o' "$LOG"; }
    [ "$(count CC=cc1)" = 1 ]
    [ "$(count CC=cc1)" = 0 ]
    [ "$(count CC=cc1 WERROR=1)" = 1 ]
    [ "$(count CC=cc1)" = 0 ]
    [ "$(count CC=cc1 WERROR=1)" = 0 ]
    [ "$(count CC=cc1 CFLAGS=-DX)" = 1 ]
    [ "$(count CC=cc2 CFLAGS=-DX)" = 1 ]
    make clean "B=$t/n" > /dev/null
    [ ! -e "$t/n" ]
}

@test "the same bytes from any folder: the source's and the build's" {
    case $IR_BUILD in *-san*) skip "the sanitizers' build is not for others" ;; esac
    mkdir -p "$t/a b" && cp -R Makefile lib tools pipelines tests "$t/a b/" 2> /dev/null
    objects() { printf "$1/obj/lib/%s.o " net/registry tool/version base/buf; }
    # shellcheck disable=SC2046
    make -s "B=$t/out" DEPS=no $(objects "$t/out") > /dev/null
    # shellcheck disable=SC2046
    (cd "$t/a b" && TZ=Asia/Tokyo make -s DEPS=no $(objects build) > /dev/null)
    for o in net/registry base/buf; do cmp "$t/out/obj/lib/$o.o" "$t/a b/build/obj/lib/$o.o"; done
}

@test "a program links the installed library through pkg-config" {
    command -v pkg-config > /dev/null || skip "pkg-config is not installed"
    case $IR_BUILD in *-san) skip "the sanitizers' library is not for others" ;; esac
    "${make[@]}" install "prefix=$t/p"
    [ "$(PKG_CONFIG_PATH=$t/p/lib/pkgconfig pkg-config --modversion irtools)" = "$(sed -n 's/^#define IR_VERSION "\(.*\)"/\1/p' lib/base.h)" ]
    for h in "$t"/p/include/irtools/*.h; do echo "#include <${h##*/}>"; done > "$t/a.c"
    echo 'int main(void) { struct ir_err err; return ir_fail(&err, "no") == -1 ? 0 : 1; }' >> "$t/a.c"
    # shellcheck disable=SC2046
    ${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$t/a" "$t/a.c" $(PKG_CONFIG_PATH=$t/p/lib/pkgconfig pkg-config --cflags --libs irtools)
    "$t/a"
}

@test "dist: the tarball holds the version and everything that make needs" {
    run make -s dist "B=$t/n"
    [ "$status" -eq 0 ]
    v=$(sed -n 's/^#define IR_VERSION "\(.*\)"/\1/p' lib/base.h)
    [ "$output" = "$t/n/irtools-$v.tar.gz" ]
    tar xzf "$output" -C "$t"
    (cd "$t/irtools-$v" && make -n tools > /dev/null && [ -e tests/deps.c ] && [ -e .ci/run ] && [ ! -e build ] &&
        make -s dist > /dev/null && [ -e "build/irtools-$v.tar.gz" ])
    grep -q "^## $v" "$t/irtools-$v/formats/CHANGES.md"
}

@test "deb: a package with its dependencies, which holds what install puts below /usr" {
    command -v dpkg-deb > /dev/null && command -v readelf > /dev/null || skip "dpkg-deb and readelf are not installed"
    case $IR_BUILD in *-san) skip "the sanitizers' build is not for others" ;; esac
    "${make[@]}" install prefix=/usr "DESTDIR=$t/tree"
    run sh tools/deb.sh "$t/tree" 1.2.3 "$t/i.deb"
    [ "$status" -eq 0 ]
    [ "$(dpkg-deb -f "$t/i.deb" Version)" = 1.2.3 ]
    [[ $(dpkg-deb -f "$t/i.deb" Depends) == *"libc6 (>= "*libopenblas* ]]
    dpkg-deb -c "$t/i.deb" > "$t/list"
    grep -q ' ./usr/bin/ir-infer$' "$t/list"
    grep -q ' ./usr/share/irtools/models/instruments.model.irt$' "$t/list"
}
