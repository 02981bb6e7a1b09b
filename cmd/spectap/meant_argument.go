package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/internal/spelling"
)

// commandWords are names that subcommands have in other programs.
var commandWords = map[string][]string{
	"list": {"ls"}, "remove": {"rm", "revoke"}, "delete": {"rm", "revoke"}, "del": {"rm", "revoke"},
	"create": {"add", "init"}, "new": {"add", "init"}, "renew": {"rotate"}, "view": {"show", "tail"},
	"show": {"tail", "ls"}, "ls": {"tail"}, "validate": {"check"}, "lint": {"check"},
}

// wordCommand returns the first of the commands that do what a word means in other programs.
func wordCommand(by map[string]*cobra.Command, word string) *cobra.Command {
	for _, name := range commandWords[strings.ToLower(word)] {
		if c := by[name]; c != nil {
			return c
		}
	}
	return nil
}

// fileFlags are flags of files without which a command does nothing, so that a person may give the
// file alone.
var fileFlags = []string{"grants", "approvals", "pins", "policy"}

// meantFlagFile returns the command line in which the last argument is the value of a flag, or "":
// a file of the gateway, a store, or the address of a hub.
func meantFlagFile(cmd *cobra.Command, args []string) string {
	if len(args) == 0 {
		return ""
	}
	last := args[len(args)-1]
	isHub := strings.HasPrefix(last, natsScheme) || strings.HasPrefix(last, spectapScheme)
	ext := strings.ToLower(filepath.Ext(last))
	for _, name := range append(fileFlags, "db") {
		f := cmd.Flags().Lookup(name)
		isFile := name != "db" && (ext == ".json" || name == "policy" && (ext == ".yaml" || ext == ".yml")) ||
			name == "db" && ext == ".db"
		if f == nil || f.Changed || !isFile && !(isHub && name == "db" && !hasCredentials(last)) {
			continue
		}
		return strings.TrimSpace(cmd.CommandPath()+" "+quoteArgs(args[:len(args)-1])) + " --" + name + " " + quoteArg(last)
	}
	return ""
}

// atMost accepts up to n arguments. The error calls them what.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef(cmd, "%s takes %s, got %s", cmd.CommandPath(), what, plural(len(args), "argument"))
		}
		return nil
	}
}

// grantHint adds what to type to an error of a command about the grant of a name.
func grantHint(cmd *cobra.Command, b *grant.Book, name string, err error) error {
	inFile := " --grants " + quoteArg(grantsPath(cmd))
	switch {
	case errors.Is(err, grant.ErrExists):
		return &hint{err, "spectap grant rotate " + quoteArg(name) + inFile + "   # a new token; grant revoke removes it"}
	case errors.Is(err, grant.ErrName):
		return &hint{&misuse{err}, "spectap grant add " + grantName(name) + inFile}
	case errors.Is(err, grant.ErrTools):
		return &hint{&misuse{err}, "--tools 'read_*'   # or no --tools, for all that the policy allows"}
	case !errors.Is(err, grant.ErrNoGrant):
		return err
	}
	all, listed := b.List()
	var names []string
	for i := range all {
		names = append(names, all[i].Name)
	}
	if near := spelling.Nearest(name, names); listed == nil && near != "" {
		return &hint{err, cmd.CommandPath() + " " + quoteArg(near) + inFile}
	}
	return &hint{err, "spectap grant ls" + inFile}
}

// grantName returns a name that a grant can have, similar to one that it cannot have.
func grantName(name string) string {
	isPart := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !isPart(r) })
	name = strings.TrimLeft(strings.Join(words, "-"), "._-")
	if name == "" || len(name) > 64 {
		return "NAME"
	}
	return name
}

// commandList lists the subcommands of a command that has few of them, else "".
func commandList(cmd *cobra.Command) string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if !cmd.HasParent() || len(names) == 0 || len(names) > 12 {
		return ""
	}
	slices.Sort(names)
	return fmt.Sprintf("; %s has %s", cmd.CommandPath(), strings.Join(names, ", "))
}

// noServer is the error of a gateway without a server. A file alone was meant as its policy.
func noServer(cmd *cobra.Command, args []string) error {
	if n := cmd.ArgsLenAtDash(); n == 1 || n < 0 && len(args) == 1 {
		if try := meantFlagFile(cmd, args[:1]); try != "" {
			return &hint{&misuse{fmt.Errorf("%s: --policy names the policy; what follows -- is the command of an MCP server",
				cmd.CommandPath())}, try + " -- " + cmp.Or(quoteArgs(args[1:]), "CMD…")}
		}
	}
	return usagef(cmd, "%s takes the command of an MCP server after --, or --upstream URL, or --config FILE", cmd.CommandPath())
}
