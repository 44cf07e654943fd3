#compdef ir-augment ir-cat ir-decode ir-infer ir-label ir-mel ir-model ir-plot ir-render ir-report ir-score ir-train
# complete.zsh - zsh completion for all ir-* tools, from the table that --help=tsv prints. Installed as _irtools.
# By hand:  autoload -Uz compinit && compinit && source tools/complete.zsh

# Lines "NAME:help" of the options, or with an option's name its words.
_ir_table() {
    "$1" --help=tsv 2>/dev/null | awk -F '\t' -v want="$2" '
        NR == 1 { next }
        want == "" { gsub(/:/, "\\:", $11); print "--" $2 ($4 == "" ? "" : "=") ":" $11 }
        want == "--" $2 { gsub(/[|]/, "\n", $9); print $9 }'
}

_irtools() {
    local -a found
    if [[ $PREFIX == --*=* ]]; then
        found=("${(@f)$(_ir_table "$words[1]" "${PREFIX%%=*}")}")
        compset -P '*='
        [[ -n $found ]] && compadd -a found || _files
    elif [[ $PREFIX == -* ]]; then
        found=("${(@f)$(_ir_table "$words[1]" '')}")
        _describe -o option found -S ''
    else
        _files
    fi
}

if [[ $funcstack[1] == _irtools ]]; then
    _irtools "$@"
else
    compdef _irtools ir-augment ir-cat ir-decode ir-infer ir-label ir-mel ir-model ir-plot ir-render ir-report ir-score ir-train
fi
