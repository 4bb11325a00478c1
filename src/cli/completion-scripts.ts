export type Shell = 'bash' | 'zsh' | 'fish';

/**
 * What a shell reads once. It asks the program at each Tab: a line for each candidate, `TEXT` and, behind a tab, a few
 * words about it; or the one line `:files`, and the shell offers paths.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of pycontainer for bash: eval "$(pycontainer completion bash)"
_pycontainer() {
  local line="\${COMP_LINE:0:COMP_POINT}" words=() text
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local current="\${words[\${#words[@]} - 1]}"
  COMPREPLY=()
  while IFS=$'\\t' read -r text _; do
    if [[ $text == :files ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    # What bash takes for words of their own, such as the colon, stays as it is.
    COMPREPLY+=("\${text#"\${current%"\${COMP_WORDS[COMP_CWORD]}"}"}")
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ $current == *=* && \${COMP_WORDS[COMP_CWORD]} == = ]]; then
    COMPREPLY=("\${COMPREPLY[@]#=}")
  fi
}
complete -F _pycontainer pycontainer
`,
  zsh: `#compdef pycontainer
# Completion of pycontainer for zsh: eval "$(pycontainer completion zsh)"
_pycontainer() {
  local -a candidates
  local text about
  while IFS=$'\\t' read -r text about; do
    if [[ $text == :files ]]; then
      _files
      return
    fi
    candidates+=("\${text//:/\\\\:}\${about:+:$about}")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe pycontainer candidates
}
if [[ \${funcstack[1]} == _pycontainer ]]; then
  _pycontainer "$@"
else
  compdef _pycontainer pycontainer
fi
`,
  fish: `# Completion of pycontainer for fish: pycontainer completion fish | source
function __pycontainer_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete -- $words[2..] 2>/dev/null)
    if test "$lines" = :files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines
    end
end
complete -c pycontainer -f -a '(__pycontainer_complete)'
`,
};
