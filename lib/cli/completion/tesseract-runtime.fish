# Files after @, which the functions above do not know of.
function __tesseract_runtime_payloads
    set -l typed (string unescape -- (commandline -ct))
    __fish_complete_path (string sub --start 2 -- $typed) | string replace --regex '^' @
end
complete -c tesseract-runtime -n 'string match -qr "^[\'\"]?@" -- (commandline -ct)' -f -a '(__tesseract_runtime_payloads)'
