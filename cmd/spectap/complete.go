package main

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard/policy/ready"
	"github.com/spectap/spectap/internal/browser"
	"github.com/spectap/spectap/internal/mcpconfig"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/report"
)

// Shells ask the program what may come next on a command line, while a person waits for the key.
// An answer comes within completionTime, and has at most maxCompletions values.
const (
	completionTime = time.Second
	maxCompletions = 200
)

// candidate is a value that may come next, with a few words on it.
type candidate struct{ value, about string }

// candidates returns what may come next. It ends with the context, and reports no error: a shell
// has no place for one. toComplete is the beginning of the value that is already there.
type candidates func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) []candidate

// words is a list of values that are always the same.
func words(list ...string) candidates {
	out := make([]candidate, len(list))
	for i, w := range list {
		out[i].value = w
	}
	return func(context.Context, *cobra.Command, []string, string) []candidate { return out }
}

// nothing is for arguments without values to offer: it keeps shells from offering files.
var nothing = words()

// flagValues are the values of flags by their names; an entry with the path of a command before the
// name is for that command alone. Flags without an entry are completed with file names.
func (p *program) flagValues() map[string]candidates {
	hosts, tags, operations := p.complete(hostsOf), p.complete(tagsOf), documentOperations
	findings := words(append([]string{"text", "json"}, report.Formats...)...)
	documents, versions := words("yaml", "json"), words("3.1", "3.0")
	everyWrite := words(everyWrite)
	methods := words("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
	return map[string]candidates{
		"host": hosts, "include": hosts, "exclude": hosts, "session": p.complete(sessionsOf),
		"skip": p.complete(filtersOf), "tag": tags, "openapi": versions,
		"log-level": words("debug", "info", "warn", "error"), "log-format": words("text", "json"),
		"only": words("system", "nss", "java"), "scope": words("user", "project"),
		"title": nothing, "tag-header": nothing, "base-url": nothing, "limit": nothing, "listen": nothing,

		"check format": findings, "coverage format": findings, "diff format": findings, "lint format": findings,
		"validate format": words("text", "json"), "doc format": words("markdown", "html"),
		"export format": words("yaml", "json", compactFormat), "run format": documents, "browser format": documents,
		"diff fail-on": words("breaking", "any", "never"), "check fail-on": words("any", "never"),
		"filter tag": documentTags, "serve tag": documentTags, "serve install tag": documentTags,
		"filter method": methods,
		"serve confirm": anyOf(methods, operations), "serve install confirm": anyOf(methods, operations),
		"serve require-approval": anyOf(everyWrite, operations), "serve install require-approval": anyOf(everyWrite, operations),
		"serve mode": words("auto", "static", "dynamic"), "serve install mode": words("auto", "static", "dynamic"),
		"serve tool-name-format":         words("lower", "upper", "snake", "camel"),
		"serve install tool-name-format": words("lower", "upper", "snake", "camel"),
		"mcp allow":                      words(allowGroups...), "mcp install allow": words(allowGroups...),
		"replay set":      words("query.", "header.", "cookie.", "path.", "body.", "method=", "path=", "query=", "body="),
		"replay unset":    words("query.", "header.", "cookie.", "body."),
		"browser browser": installedBrowsers,
		"lint ignore":     words(ruleNames(lint.Rules())...), "policy init for": words(append(ready.Names(), "serve")...),
	}
}

// argumentValues are the values of arguments by the path of the command.
func (p *program) argumentValues() map[string]candidates {
	filters, flows, sessions := p.complete(filtersOf), p.complete(flowsOf), p.complete(sessionsOf)
	clients := first(words(mcpconfig.IDs()...))
	out := map[string]candidates{
		"flows show": first(flows), "flows ls": filters, "flows tail": filters,
		"flows rm": anyOf(flows, filters), "flows export": anyOf(flows, filters),
		"sessions show": first(sessions), "sessions rm": sessions,
		"explain": p.complete(operationsOf), "mcp install": clients, "replay": first(flows),
		"completion": first(words("bash", "zsh", "fish", "powershell")),
	}
	for i := range correctKinds {
		out["correct "+correctKinds[i].kind] = p.complete(correctionsOf(&correctKinds[i]))
	}
	for _, path := range []string{
		"approvals ls", "approvals rules", "browser", "ca install", "ca path", "ca print", "ca rotate", "ca uninstall",
		"demo", "export", "gateway status", "grant ls", "pins ls", "policy schema", "proxy", "sessions ls", "store compact",
		"store stats", "store verify", "system-proxy off", "system-proxy on", "system-proxy status", "ui", "version",
	} {
		out[path] = nothing
	}
	return out
}

// anyOf joins lists.
func anyOf(lists ...candidates) candidates {
	return func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) (all []candidate) {
		for _, list := range lists {
			all = append(all, list(ctx, cmd, args, toComplete)...)
		}
		return all
	}
}

// first offers values for the first argument, and none for the others.
func first(list candidates) candidates {
	return func(ctx context.Context, cmd *cobra.Command, args []string, toComplete string) []candidate {
		if len(args) > 0 {
			return nil
		}
		return list(ctx, cmd, args, toComplete)
	}
}

// installedBrowsers are the browsers in PATH.
func installedBrowsers(context.Context, *cobra.Command, []string, string) (out []candidate) {
	for _, name := range browser.Names() {
		if _, err := exec.LookPath(name); err == nil {
			out = append(out, candidate{value: name})
		}
	}
	return out
}

// subcommandsOf are the subcommands of the command that the arguments name.
func subcommandsOf(_ context.Context, cmd *cobra.Command, args []string, _ string) (out []candidate) {
	of, _, err := cmd.Root().Find(args)
	if err != nil {
		return nil
	}
	for _, c := range of.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			out = append(out, candidate{c.Name(), c.Short})
		}
	}
	return out
}

// addCompletions makes the commands below root offer values to shells.
func (p *program) addCompletions(root *cobra.Command) {
	flags, arguments := p.flagValues(), p.argumentValues()
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		path, local := commandName(cmd), cmd.LocalFlags()
		for name, list := range flags {
			of, flag, specific := cutLast(name, " ")
			if specific && of != path || local.Lookup(flag) == nil {
				continue
			}
			if _, own := flags[path+" "+flag]; own && !specific {
				continue
			}
			cmd.RegisterFlagCompletionFunc(flag, answer(list))
		}
		if list, ok := arguments[path]; ok {
			cmd.ValidArgsFunction = answer(list)
		}
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(root)
}

// commandName is the path of a command without the name of the program.
func commandName(cmd *cobra.Command) string {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	return name
}

// cutLast cuts s around the last sep. Without one, after is s.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// answer returns the function that the library calls for an answer to a shell.
func answer(list candidates) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		found, err := orEnd(ctx, func() ([]candidate, error) { return list(ctx, cmd, args, toComplete), nil })
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		var out []cobra.Completion
		for _, c := range found {
			if len(out) == maxCompletions {
				break
			}
			if !strings.HasPrefix(c.value, toComplete) || !typeable(c.value) || slices.Contains(args, c.value) {
				continue
			}
			if strings.ContainsRune(":.=", rune(c.value[len(c.value)-1])) { // the beginning of a term of a filter, or of a change
				directive |= cobra.ShellCompDirectiveNoSpace
			}
			if about := inert(c.about); about != "" {
				out = append(out, cobra.CompletionWithDesc(c.value, about))
			} else {
				out = append(out, c.value)
			}
		}
		return out, directive
	}
}

// maxTypeable bounds the length of a value.
const maxTypeable = 200

// typeable reports whether a shell reads the value as it stands, without quotes. Captured traffic
// names hosts, paths and tags. The scripts of shells evaluate command lines to complete them, so
// nothing is offered that any shell could take for more than a word.
func typeable(value string) bool {
	if value == "" || len(value) > maxTypeable || !isWordByte(value[0]) && value[0] != '/' {
		return false
	}
	for i := range len(value) {
		if !isWordByte(value[i]) && !strings.ContainsRune("/.:-+@,={}", rune(value[i])) {
			return false
		}
	}
	// bash and fish expand {a,b} and {1..9}.
	return !strings.Contains(value, "{") || !strings.Contains(value, ",") && !strings.Contains(value, "..")
}

// inert returns a description without what a shell or a terminal could take for more than text.
func inert(about string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (isWordByte(byte(r)) || strings.ContainsRune(" /.-+,", r)) {
			return r
		}
		return '_'
	}, about)
}

func isWordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_'
}
