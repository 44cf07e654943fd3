#!/usr/bin/env bats
# README.md: its blocks of commands run as they are printed, in a fresh copy of the tree, one after the other in one shell.

setup() {
    root=$BATS_TEST_DIRNAME/../..
    cd "$BATS_TEST_TMPDIR"
}

# blocks: the indented blocks of README behind each other; one below "<!-- not run: WHY -->" becomes a comment with WHY.
# The flow's drawing is no command.
blocks() {
    awk '/^<!-- not run: / { why = $0; gsub(/^<!-- not run: | -->$/, "", why) }
         /^## The data flow/ { drawing = 1 } /^## Install/ { drawing = 0 }
         /^    / && !drawing { if (why == "") print substr($0, 5); else print "#skipped (" why "): " substr($0, 5); next }
         !/^$|^<!--/ { why = "" } { print "" }' "$root/README.md"
}

@test "the blocks of README run literally, each line of them" {
    command -v sox > /dev/null || skip "sox is not installed"
    mkdir tree
    if git -C "$root" rev-parse > /dev/null 2>&1; then
        git -C "$root" ls-files -z | (cd "$root" && tar -cf - --null -T -) | tar -xf - -C tree
    else
        (cd "$root" && tar -cf - --exclude=./build --exclude=./out .) | tar -xf - -C tree
    fi
    mkdir -p tree/build
    # not a link: programs find the models beside their own folder
    cp -r "$IR_BUILD/bin" tree/build/bin
    blocks > script
    cat script
    [ "$(grep -c '^#skipped' script)" -eq 4 ]
    [ "$(grep -c 'ir-' script)" -ge 18 ]
    cd tree
    env -i PATH="$(getconf PATH)" HOME="$HOME" ${LSAN_OPTIONS:+LSAN_OPTIONS="$LSAN_OPTIONS"} bash -euxo pipefail ../script < /dev/null
    [ -s song.html ] && [ -s song.srt ] && [ -s samples.tsv ] && [ -s out/song.mp3.tsv ]
    [ "$(head -c 4 first.png | tail -c 3)" = PNG ]
    ir-cat --split test all.mel.irt | ir-infer -m single.model.irt | ir-score > table
    awk '$1 == "accuracy" { exit !($2 >= 60) } ' table
}

@test "README names files and targets that are there, is short, and its picture is small" {
    [ "$(wc -l < "$root/README.md")" -le 120 ]
    sed -n 's/[^]]*\](\([^)]*\))/\1\n/gp' "$root/README.md" | grep -E '^[a-z]' | grep -v '://' | sort -u > links
    while IFS= read -r f; do [ -e "$root/$f" ] || { echo "$f"; return 1; }; done < links
    [ "$(wc -c < "$root/formats/page.png")" -le 200000 ]
}
