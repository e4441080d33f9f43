# Files after @, which the function above does not know of. This file is read when words of the program are completed
# for the first time, in place of the function of its own name; `source` reads it as well.
_tesseract_runtime() {
  if compset -P '@'; then
    # Nobody expands a ~ behind an @.
    PREFIX=${PREFIX/#\~\//$HOME/}
    _files
  elif [[ $words[CURRENT] =~ '^(--[a-z-]+=)?[^=]*$' ]]; then
    # In any other word the function above evaluates what stands before the =, such as the $(…) in a payload.
    _tesseract-runtime
  fi
}
compdef _tesseract_runtime tesseract-runtime

if [[ ${funcstack[1]} == _tesseract_runtime ]]; then
  _tesseract_runtime
fi
