# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of inlay for bash. What to offer says `inlay complete`.

_inlay() {
    local -a words=()
    local i word glue= current stem= item what path

    # What bash cut at = and : is one word to inlay.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ ${#words[@]} -gt 0 && ($glue || $word == [=:]*) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        [[ $word == *[=:] ]] && glue=1 || glue=
    done
    current=${words[-1]}

    # It puts in what comes after the last of its own cuts.
    for item in = :; do
        [[ $COMP_WORDBREAKS == *$item* && $current == *$item* ]] || continue
        what=${current%"${current##*"$item"}"}
        [[ ${#what} -gt ${#stem} ]] && stem=$what
    done

    COMPREPLY=()
    while IFS=$'\t' read -r item what; do
        case $item in
        :files | :yaml)
            compopt -o filenames
            while IFS= read -r path; do
                [[ $item == :files || -d $path || $path == *.yaml || $path == *.yml ]] && COMPREPLY+=("$path")
            done < <(compgen -f -- "${current#*=}")
            ;;
        *)
            COMPREPLY+=("${item#"$stem"}")
            [[ $item == *= ]] && compopt -o nospace
            ;;
        esac
    done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
}

complete -F _inlay inlay
