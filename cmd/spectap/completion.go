package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
	"github.com/spectap/spectap/desktop/browser"
	"github.com/spectap/spectap/desktop/mcpconfig"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/openapi"
	specfilter "github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/report"
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

// documentOf reads the document that a command line names, unless the file is unusually large.
func documentOf(cmd *cobra.Command, args []string) *openapi3.T {
	if cmd.Name() == "install" && len(args) > 0 {
		args = args[1:] // skip the client
	}
	if len(args) == 0 || args[0] == "-" {
		return nil
	}
	const largest = 8 << 20
	if info, err := os.Stat(args[0]); err != nil || info.Size() > largest || !info.Mode().IsRegular() {
		return nil
	}
	r, err := new(cli.Program).ReadDocument(cmd.Context(), args[0], "")
	if err != nil {
		return nil
	}
	doc, err := openapi.Load(r.Text)
	if err != nil {
		return nil
	}
	return doc
}

// documentTags offers the tags of the document that a command line names.
func documentTags(_ context.Context, cmd *cobra.Command, args []string, _ string) (out []cli.Candidate) {
	doc := documentOf(cmd, args)
	if doc == nil {
		return nil
	}
	tags, _ := specfilter.Tags(doc)
	for _, tag := range tags {
		out = append(out, cli.Candidate{Value: tag})
	}
	return out
}

// documentOperations offers the operationIds of the document that a command line names.
func documentOperations(_ context.Context, cmd *cobra.Command, args []string, _ string) (out []cli.Candidate) {
	doc := documentOf(cmd, args)
	if doc == nil {
		return nil
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID != "" {
				out = append(out, cli.Candidate{Value: op.OperationID, About: fmt.Sprintf("%s %s", method, path)})
			}
		}
	}
	slices.SortFunc(out, func(a, b cli.Candidate) int { return strings.Compare(a.Value, b.Value) })
	return out
}

// ruleNames are the names of the rules of lint.
func ruleNames(rules []lint.Rule) []string {
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = r.ID
	}
	return out
}

// valuesOfFlags are the completions of flags by name. A name after the path of a command is for
// that command alone. Flags without an entry are completed with file names.
func valuesOfFlags(p *cli.Program) map[string]cli.Candidates {
	hosts, tags, operations := p.Complete(cli.HostsOf), p.Complete(cli.TagsOf), documentOperations
	findings := cli.Words(append([]string{"text", "json"}, report.Formats...)...)
	documents, versions := cli.Words("yaml", "json"), cli.Words("3.1", "3.0", "3.2")
	everyWrite := cli.Words(servecli.EveryWrite)
	methods := cli.Words("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
	return map[string]cli.Candidates{
		"host": hosts, "include": hosts, "exclude": hosts, "session": p.Complete(cli.SessionsOf),
		"skip": p.Complete(cli.FiltersOf), "tag": tags, "openapi": versions,
		"log-level": cli.Words("debug", "info", "warn", "error"), "log-format": cli.Words("text", "json"),
		"only": cli.Words("system", "nss", "java"), "scope": cli.Words("user", "project"),
		"title": cli.Nothing, "tag-header": cli.Nothing, "base-url": cli.Nothing, "limit": cli.Nothing, "listen": cli.Nothing,

		"check format": findings, "coverage format": findings, "diff format": findings, "lint format": findings,
		"validate format": cli.Words("text", "json"), "doc format": cli.Words("markdown", "html"),
		"export format": cli.Words("yaml", "json", cli.CompactFormat), "workflows format": documents, "run format": documents, "browser format": documents,
		"diff fail-on": cli.Words("breaking", "any", "never"), "check fail-on": cli.Words("any", "never"),
		"filter tag": documentTags, "serve tag": documentTags, "serve install tag": documentTags,
		"filter method": methods,
		"serve confirm": cli.AnyOf(methods, operations), "serve install confirm": cli.AnyOf(methods, operations),
		"serve require-approval": cli.AnyOf(everyWrite, operations), "serve install require-approval": cli.AnyOf(everyWrite, operations),
		"serve mode": cli.Words("auto", "static", "dynamic"), "serve install mode": cli.Words("auto", "static", "dynamic"),
		"serve tool-name-format":         cli.Words("lower", "upper", "snake", "camel"),
		"serve install tool-name-format": cli.Words("lower", "upper", "snake", "camel"),
		"mcp allow":                      cli.Words(servecli.AllowGroups...), "mcp install allow": cli.Words(servecli.AllowGroups...),
		"replay set":      cli.Words("query.", "header.", "cookie.", "path.", "body.", "method=", "path=", "query=", "body="),
		"replay unset":    cli.Words("query.", "header.", "cookie.", "body."),
		"browser browser": installedBrowsers,
		"lint ignore":     cli.Words(ruleNames(lint.Rules())...), "policy init for": cli.Words(append(policy.ReadyNames(), "serve")...),
	}
}

// argumentValues are the completions of arguments by the path of the command.
func argumentValues(p *cli.Program) map[string]cli.Candidates {
	filters, flows, sessions := p.Complete(cli.FiltersOf), p.Complete(cli.FlowsOf), p.Complete(cli.SessionsOf)
	clients := cli.First(cli.Words(mcpconfig.IDs()...))
	out := map[string]cli.Candidates{
		"flows show": cli.First(flows), "flows ls": filters, "flows tail": filters,
		"flows rm": cli.AnyOf(flows, filters), "flows export": cli.AnyOf(flows, filters),
		"sessions show": cli.First(sessions), "sessions rm": sessions,
		"explain": p.Complete(cli.OperationsOf), "mcp install": clients, "replay": cli.First(flows),
		"completion": cli.First(cli.Words("bash", "zsh", "fish", "powershell")),
	}
	for i := range document.CorrectKinds {
		out["correct "+document.CorrectKinds[i].Kind] = p.Complete(document.CorrectionsOf(&document.CorrectKinds[i]))
	}
	for _, path := range []string{
		"approvals ls", "approvals rules", "browser", "ca install", "ca path", "ca print", "ca rotate", "ca uninstall",
		"demo", "export", "gateway status", "grant ls", "pins ls", "policy schema", "proxy", "sessions ls", "store compact",
		"store stats", "store verify", "ui", "version", "workflows",
	} {
		out[path] = cli.Nothing
	}
	return out
}

// installedBrowsers are the browsers in PATH.
func installedBrowsers(context.Context, *cobra.Command, []string, string) (out []cli.Candidate) {
	for _, name := range browser.Names() {
		if _, err := exec.LookPath(name); err == nil {
			out = append(out, cli.Candidate{Value: name})
		}
	}
	return out
}

// addCompletions adds completions to the commands below root.
func addCompletions(p *cli.Program, root *cobra.Command) {
	flags, arguments := valuesOfFlags(p), argumentValues(p)
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		path, local := cli.CommandName(cmd), cmd.LocalFlags()
		for name, list := range flags {
			of, flag, specific := cli.CutLast(name, " ")
			if specific && of != path || local.Lookup(flag) == nil {
				continue
			}
			if _, own := flags[path+" "+flag]; own && !specific {
				continue
			}
			cmd.RegisterFlagCompletionFunc(flag, cli.Answer(list))
		}
		if list, ok := arguments[path]; ok {
			cmd.ValidArgsFunction = cli.Answer(list)
		}
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(root)
}
