# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of inlay for fish. What to offer says `inlay complete`.

function __inlay_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l head (string match -r '^[^=]*=' -- $current)
    set -l tail (string replace -r '^[^=]*=' '' -- $current)

    for line in ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                for path in (__fish_complete_path "$tail")
                    echo "$head$path"
                end
            case ':yaml'
                for path in (__fish_complete_path "$tail")
                    string match -qr '(/|\.ya?ml)(\t|$)' -- $path; and echo "$head$path"
                end
            case '*'
                echo $line
        end
    end
end

complete -c inlay -f -a '(__inlay_complete)'
