#!/bin/sh
# install.sh install|uninstall BUILD - what `make install` and `make uninstall` do. Folders come from the environment
# (DESTDIR bindir mandir completions pkgdatadir docdir libdir includedir), each absolute, spaces allowed. What was
# installed is written down in $pkgdatadir/installed.txt; uninstall removes these files by name, wherever an optional
# tool came or went since, and then the folders of our own that are empty: nothing of anybody else's.
set -eu
export LC_ALL=C
mode=$1
build=$2
manifest=$DESTDIR$pkgdatadir/installed.txt

folder() { install -d "$DESTDIR$1"; }
put() { # put MODE FOLDER FILE…: FILEs into FOLDER
    bits=$1 to=$2
    shift 2
    folder "$to"
    for file; do
        [ -e "$file" ] || continue
        install -m "$bits" "$file" "$DESTDIR$to/"
        echo "$to/${file##*/}" >> "$new"
    done
}

page() { # page FILE FOLDER: a man page that names the files where they are installed
    folder "$2"
    sed -e "s#formats/\([a-z]*\.md\)#$(inside "$docdir")/\1#g" \
        -e "s#pipelines/\(published/[a-z0-9.-]*\.tsv\|nets/[a-z0-9.-]*\|instruments\.tsv\)#$(inside "$pkgdatadir")/\1#g" "$1" \
        > "$DESTDIR$2/${1##*/}"
    chmod 644 "$DESTDIR$2/${1##*/}"
    echo "$2/${1##*/}" >> "$new"
}
inside() { printf '%s\n' "$1" | sed 's/[&#\\]/\\&/g; s/ /\\\\ /g'; } # as the right side of s###, blanks as roff has them

rename() { # rename FOLDER FILE NAME: tools/FILE into FOLDER as NAME
    folder "$1"
    install -m 644 "tools/$2" "$DESTDIR$1/$3"
    echo "$1/$3" >> "$new"
}

do_install() {
    folder "$pkgdatadir"
    new=$manifest.part
    : > "$new"
    for tool in "$build"/bin/ir-*; do
        name=${tool##*/}
        [ -e "tools/$name.c" ] || continue
        put 755 "$bindir" "$tool"
        page "tools/$name.1" "$mandir/man1"
    done
    if [ -e "$build/bin/ir-train-mpi" ]; then
        put 755 "$bindir" "$build/bin/ir-train-mpi"
        ln -sf ir-train.1 "$DESTDIR$mandir/man1/ir-train-mpi.1"
        echo "$mandir/man1/ir-train-mpi.1" >> "$new"
    fi
    rename "$completions" complete.bash ir-cat
    for tool in "$build"/bin/ir-*; do
        name=${tool##*/}
        [ -e "tools/$name.c" ] && [ "$name" != ir-cat ] || continue
        ln -sf ir-cat "$DESTDIR$completions/$name"
        echo "$completions/$name" >> "$new"
    done
    page tools/irtools.7 "$mandir/man7"
    share=${mandir%/man}
    rename "$share/zsh/site-functions" complete.zsh _irtools
    rename "$share/fish/vendor_completions.d" complete.fish ir-cat.fish
    for tool in "$build"/bin/ir-*; do
        name=${tool##*/}
        [ -e "tools/$name.c" ] && [ "$name" != ir-cat ] || continue
        ln -sf ir-cat.fish "$DESTDIR$share/fish/vendor_completions.d/$name.fish"
        echo "$share/fish/vendor_completions.d/$name.fish" >> "$new"
    done
    put 644 "$pkgdatadir/models" pipelines/models/*.model.irt
    put 644 "$pkgdatadir/nets" pipelines/nets/*.net pipelines/nets/*.map pipelines/nets/*.classes
    put 644 "$pkgdatadir/published" pipelines/published/*.tsv
    put 644 "$pkgdatadir" pipelines/instruments.tsv formats/*.py
    put 644 "$docdir" README.md LICENSE formats/*.md
    put 644 "$libdir" "$build/libirtools.a"
    put 644 "$libdir/pkgconfig" "$build/irtools.pc"
    put 644 "$includedir/irtools" lib/*.h
    link_data
    forget_old
    echo "$pkgdatadir/installed.txt" >> "$new"
    mv "$new" "$manifest"
}

# The programs look for models in ../share/irtools beside their own folder: a link there where datadir is elsewhere.
link_data() {
    beside=${bindir%/*}/share/irtools
    [ "$beside" != "$pkgdatadir" ] || return 0
    if [ -e "$DESTDIR$beside" ] && [ ! -L "$DESTDIR$beside" ]; then
        echo "irtools: $beside is there and not ours: models are found by their paths only" >&2
        return 0
    fi
    folder "${beside%/*}"
    ln -sfn "$pkgdatadir" "$DESTDIR$beside"
    echo "$beside" >> "$new"
}

# What an earlier version had and this one has not.
forget_old() {
    [ -e "$manifest" ] || return 0
    grep -vxFf "$new" "$manifest" | grep -vxF "$pkgdatadir/installed.txt" | while IFS= read -r file; do
        rm -f "$DESTDIR$file"
    done
}

do_uninstall() {
    if [ ! -e "$manifest" ]; then
        echo "irtools: nothing to remove: no $manifest"
        return 0
    fi
    while IFS= read -r file; do
        case $file in /*) rm -f "$DESTDIR$file" ;; esac
    done < "$manifest"
    for sub in "$pkgdatadir/models" "$pkgdatadir/nets" "$pkgdatadir/published" "$pkgdatadir" "$docdir" "$includedir/irtools"; do
        [ ! -d "$DESTDIR$sub" ] || rmdir "$DESTDIR$sub" 2>/dev/null || echo "irtools: left, not ours alone: $DESTDIR$sub"
    done
}

for name in bindir mandir completions pkgdatadir docdir libdir includedir; do
    eval "value=\$$name"
    case $value in
    /?*) ;;
    *) echo "irtools: $name=$value: an absolute folder is wanted" >&2; exit 2 ;;
    esac
done
do_"$mode"
