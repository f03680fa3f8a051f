#compdef inlay
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of inlay for zsh. What to offer says `inlay complete`.

_inlay() {
    local -a plain open
    local item what files=

    while IFS=$'\t' read -r item what; do
        case $item in
            :files) files='*' ;;
            :yaml) files='*.(yaml|yml)' ;;
            *=) open+=("${item//:/\\:}:$what") ;;
            *) plain+=("${item//:/\\:}:$what") ;;
        esac
    done < <(${words[1]} complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)

    [[ ${#plain} -gt 0 ]] && _describe inlay plain
    [[ ${#open} -gt 0 ]] && _describe inlay open -S ''
    if [[ -n $files ]]; then
        compset -P '*='
        _files -g "$files"
    fi
}

if [[ $funcstack[1] == _inlay ]]; then
    _inlay "$@"
else
    compdef _inlay inlay
fi
