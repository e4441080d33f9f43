# bash completion for tesseract-runtime

_tesseract_runtime() {
  # Readline cuts words at = and : and @ too; here they are whole again, up to the cursor.
  local words=() rest=${COMP_LINE:0:COMP_POINT} piece i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || piece=${rest#"${rest%%[![:blank:]]*}"}
    if [[ $i == 0 || $rest == [[:blank:]]* ]]; then words+=("$piece"); else words[-1]+=$piece; fi
    rest=${rest#*"$piece"}
  done
  local current=${words[-1]}

  # What readline replaces is $2, which may be the end of the current word only.
  if [[ $2 == @* ]]; then
    _tesseract_runtime_payloads "${2#@}" "$current"
    return
  fi
  local answer word
  answer=$(tesseract-runtime complete -- "${words[@]:1}" 2>/dev/null) || return
  case ${answer##*:} in
    0) compopt -o default ;;
    6) compopt -o nospace ;;
    16) compopt -o dirnames ;;
  esac
  current=${current#[\'\"]}
  current=${current##*=}
  while IFS=$'\t' read -r word _; do
    [[ $word == :* ]] || COMPREPLY+=("${2%"$current"}$word")
  done <<<"$answer"
}

# Files after @. Readline does not know that they are files, so that they are quoted here.
_tesseract_runtime_payloads() {
  local path typed=$1 quoted=
  [[ $2 == [\'\"]* ]] && quoted=yes
  [[ $quoted ]] || typed=${typed//\\/}
  typed=${typed/#'~/'/$HOME/}
  for path in "$typed"*; do
    [[ -e $path ]] || continue
    if [[ -d $path ]]; then
      path+=/
      compopt -o nospace
    fi
    [[ $quoted ]] || printf -v path %q "$path"
    COMPREPLY+=("@$path")
  done
}

complete -F _tesseract_runtime tesseract-runtime
