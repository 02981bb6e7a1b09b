package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

const completionLong = `Prints a script that completes the commands of spectap in a shell: commands, flags, and values such
as hosts, numbers of flows, sessions, tags, fields of filters, and operations. Values come from the
store of the command line, and from the document on it. What a shell would not read as one plain
word is not offered.

  bash        source <(spectap completion bash)            in ~/.bashrc
  zsh         source <(spectap completion zsh)             in ~/.zshrc, after compinit
  fish        spectap completion fish | source             in ~/.config/fish/config.fish
  powershell  spectap completion powershell | Out-String | Invoke-Expression
                                                           in $PROFILE

Packages for Linux and Homebrew install the scripts.`

func newCompletionCmd(p *program) *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       bashScript,
		"zsh":        func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) },
		"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
	}
	return &cobra.Command{
		Use:     "completion SHELL",
		Short:   "Print the script that completes commands in a shell",
		Long:    completionLong,
		Example: "  source <(spectap completion bash)\n  spectap completion fish | source",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || shells[args[0]] == nil {
				return usagef(cmd, "%s takes one of bash, zsh, fish, powershell", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var b bytes.Buffer
			if err := shells[args[0]](cmd.Root(), &b); err != nil {
				return err
			}
			_, err := p.stdout.Write(b.Bytes())
			return err
		},
	}
}

// splitWords replaces a function of the package bash-completion, which macOS and small images of
// Linux lack, where it is missing. bash splits words at colons and equals signs; parts without
// white space between them are put together again.
const splitWords = `
if ! declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
__spectap_init_completion()
{
    local line=${COMP_LINE:0:COMP_POINT} word gap
    COMPREPLY=()
    words=()
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        gap=${line%%[![:space:]]*}
        line=${line#"$gap"}
        [[ $line == "$word"* ]] || word=$line # the cursor is inside the word
        line=${line#"$word"}
        if [[ -n $gap || ${#words[@]} -eq 0 ]]; then
            words+=("$word")
        else
            words[${#words[@]}-1]+=$word
        fi
    done
    cword=$((${#words[@]} - 1))
    cur=${words[cword]}
    prev=${words[cword > 0 ? cword - 1 : 0]}
}
fi
`

// bashScript writes the script for bash.
func bashScript(root *cobra.Command, w io.Writer) error {
	var b bytes.Buffer
	if err := root.GenBashCompletionV2(&b, true); err != nil {
		return err
	}
	const start = "\n__start_spectap()\n"
	before, after, found := strings.Cut(b.String(), start)
	if !found {
		return fmt.Errorf("write the script for bash: the library has changed it")
	}
	_, err := io.WriteString(w, before+splitWords+start+after)
	return err
}
