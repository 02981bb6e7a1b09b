package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

const completionLong = `Prints a script that completes the commands of spectap in a shell: commands, flags and files.

  bash        source <(spectap completion bash)            in ~/.bashrc
  zsh         source <(spectap completion zsh)             in ~/.zshrc, after compinit
  fish        spectap completion fish | source             in ~/.config/fish/config.fish
  powershell  spectap completion powershell | Out-String | Invoke-Expression
                                                           in $PROFILE

Packages for Linux and Homebrew install the scripts.`

func newCompletionCmd(p *cli.Program) *cobra.Command {
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
				return cli.Usagef(cmd, "%s takes one of bash, zsh, fish, powershell", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var b bytes.Buffer
			if err := shells[args[0]](cmd.Root(), &b); err != nil {
				return err
			}
			_, err := p.Stdout.Write(b.Bytes())
			return err
		},
	}
}

// splitWords defines a function of the package bash-completion where that is missing, as on macOS
// and in small Linux images. bash splits words at colons and equals signs; the function joins parts
// without white space between them.
//
//go:embed splitwords.bash
var splitWords string

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
