# complete.bash - bash completion for all ir-* tools, taken from what their --help prints.
# Installed as the completion of ir-cat; the other tools link to it. By hand:  . tools/complete.bash

_ir_complete() {
    local tool=$1 current=$2 previous=$3 help words
    local LC_ALL=C # a-z are these 26 letters
    help=$("$tool" --help 2>/dev/null) || return
    # --name=value arrives as three words.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = && $COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [[ $previous == -?* && $current != -* ]]; then
        # The words of that option, from the table that the tool prints.
        words=$("$tool" --help=tsv 2>/dev/null | awk -F '\t' -v want="$previous" '
            want == "--" $2 || ($1 != "" && want == "-" $1) { gsub(/[|]/, " ", $9); print $9; exit }')
        if [[ $words ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            return
        fi
    fi
    if [[ $current == -* ]]; then
        words=$(sed -nE '/^examples:/q; s/^(  -., |      )(--[a-z0-9-]+=?).*/\2/p' <<< "$help")
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
    return 0
}

complete -F _ir_complete ir-augment ir-cat ir-decode ir-infer ir-label ir-mel ir-model ir-plot ir-render ir-report \
    ir-score ir-train
