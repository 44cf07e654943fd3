#!/usr/bin/env bats
# Shell completion, from what --help prints.

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    . tools/complete.bash
    compopt() { :; }
}

# complete TOOL WORD...: what completes the last word
complete_line() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _ir_complete "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' "${COMPREPLY[@]}"
}

@test "every tool is completed" {
    for t in tools/ir-*.c; do
        t=$(basename "$t" .c)
        complete -p "$t" > /dev/null || { echo "$t"; return 1; }
    done
}

@test "names of options" {
    run complete_line ir-cat --comp
    [ "$output" = "$(printf -- '--compare\n--compress')" ]
    run complete_line ir-cat --tol
    [ "$output" = "--tolerance=" ]
    [ "$(complete_line ir-cat -- | wc -l)" -eq "$(ir-cat --help | sed '/^examples:/,$d' | grep -cE '^(  -., |      )--')" ]
}

@test "choices of options, in every form" {
    run complete_line ir-cat --to np
    [ "$output" = "$(printf 'npy\nnpz')" ]
    run complete_line ir-cat --to ja
    [ "$output" = jams ]
    run complete_line ir-cat --to = au
    [ "$output" = audacity ]
    run complete_line ir-cat --per ""
    [ "$output" = "$(printf 'event\nsegment\nfile')" ]
}

@test "everything else is a file" {
    run complete_line ir-cat tools/ir-ca
    [ "$output" = "$(printf 'tools/ir-cat.1\ntools/ir-cat.c')" ]
    run complete_line ir-cat --id tools/ir-cat.c
    [ "$output" = tools/ir-cat.c ]
}
