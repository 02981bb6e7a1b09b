package flagset

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// Rule relates flags to another flag of a command.
type Rule struct {
	flags, other, why string
	needs             bool
}

// Exclude returns the rule that none of some space-separated flags can be combined with another
// flag. why is the reason, or "" if it is obvious. Names have no dashes. "format compact" is the
// flag --format with the value compact.
func Exclude(flags, other, why string) Rule { return Rule{flags, other, why, false} }

// Need returns the rule that each of some flags needs another flag. why is the reason.
func Need(flags, other, why string) Rule { return Rule{flags, other, why, true} }

// Check returns the error of the first rule that a command line breaks.
func Check(cmd *cobra.Command, rules ...Rule) error {
	for _, r := range rules {
		for flag := range strings.FieldsSeq(r.flags) {
			if !isGiven(cmd, flag) || isGiven(cmd, r.other) == r.needs {
				continue
			}
			text := "--" + flag + " and --" + r.other + " exclude each other"
			if r.needs {
				text = "--" + flag + " needs --" + r.other
			}
			if r.why != "" {
				text += ": " + r.why
			}
			return cli.Usagef(cmd, "%s", text)
		}
	}
	return nil
}

// isGiven reports whether a command line has a flag, or has it with a given value.
func isGiven(cmd *cobra.Command, flag string) bool {
	name, value, hasValue := strings.Cut(flag, " ")
	f := cmd.Flags().Lookup(name)
	return f != nil && f.Changed && f.Value.String() != "false" && (!hasValue || f.Value.String() == value)
}
