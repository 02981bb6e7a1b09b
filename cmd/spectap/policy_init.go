package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/gateway/upstream"
	"github.com/spectap/spectap/guard/policy/ready"
	"github.com/spectap/spectap/guard/policy/scaffold"
	"github.com/spectap/spectap/mcptools/spectools"
)

// policyInit are the flags of policy init.
type policyInit struct {
	out, of string
	timeout time.Duration
}

func newPolicyInitCmd(p *program) *cobra.Command {
	x := policyInit{timeout: listTimeout}
	cmd := &cobra.Command{
		Use:   "init (-- CMD… | --for NAME | --for serve SPEC)",
		Short: "Write a first policy for an MCP server",
		Long: `Starts an MCP server, asks what it offers, and writes a policy with a comment for each tool. Tools
that read are allowed, those that write or execute have a rate, and those that destroy are hidden.
The class follows from names, arguments and descriptions. What the server says in annotations can
raise it only. Read the policy before you use it. An existing file is not replaced.

With --for it starts no server. mcp is the policy for spectap mcp; serve SPEC writes one for spectap
serve of a document, by the HTTP methods; ` + strings.Join(slices.DeleteFunc(ready.Names(), isMCP), ", ") + ` are examples for public servers.`,
		Example: `  spectap policy init -o policy.yaml -- npx some-mcp-server
  spectap policy init --for mcp -o policy.yaml
  spectap policy init --for serve api.yaml -o policy.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case x.of == "serve" && len(args) != 1:
				return usagef(cmd, "%s --for serve takes one document", cmd.CommandPath())
			case x.of != "" && x.of != "serve" && len(args) > 0:
				return usagef(cmd, "%s takes --for or the command of an MCP server, not both", cmd.CommandPath())
			case x.of == "" && (cmd.ArgsLenAtDash() != 0 || len(args) == 0):
				return usagef(cmd, "%s takes the command of an MCP server after --, or --for", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if hasContent(x.out) {
				return &hint{fmt.Errorf("write policy to %s: it exists, and may have been edited", x.out), "another file with -o"}
			}
			text, err := p.firstPolicy(cmd, &x, args)
			if err != nil {
				return err
			}
			return p.writeOut(cmd.Context(), "policy", x.out, text)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&x.out, "out", "o", "", "write to this `file` (default: stdout)")
	f.StringVar(&x.of, "for", "", "write the policy of this `name`: serve, "+strings.Join(ready.Names(), ", "))
	timeVar(f, &x.timeout, "timeout", x.timeout, "how long to wait for the server")
	return cmd
}

func isMCP(name string) bool { return name == "mcp" }

// firstPolicy returns the text of a policy.
func (p *program) firstPolicy(cmd *cobra.Command, x *policyInit, args []string) ([]byte, error) {
	if x.of == "serve" {
		return p.policyOfDocument(cmd.Context(), args[0])
	}
	if x.of != "" {
		text, ok := ready.Read(x.of)
		if !ok {
			return nil, usagef(cmd, "--for %q: must be serve, %s", x.of, strings.Join(ready.Names(), ", "))
		}
		return text, nil
	}
	in, err := p.listServer(cmd.Context(), x.timeout, args)
	if err != nil {
		return nil, err
	}
	return scaffold.Policy(serverOf(in))
}

// policyOfDocument returns a policy for the tools of a document, in both modes of serve.
func (p *program) policyOfDocument(ctx context.Context, spec string) ([]byte, error) {
	doc, err := p.servedDocument(ctx, spec, "")
	if err != nil {
		return nil, err
	}
	set, err := spectools.FromDocument(doc, spectools.Options{BaseURL: "http://localhost"}) // nothing is sent
	if err != nil {
		return nil, fmt.Errorf("read the tools of %s: %w", spec, err)
	}
	defer set.Close()
	s := scaffold.Server{Resources: []string{spectools.ResourceOperations}, Prompts: []string{spectools.PromptUseAPI}}
	if doc.Info != nil {
		s.Name = doc.Info.Title
	}
	for _, t := range set.Summaries() {
		s.Tools = append(s.Tools, scaffold.Tool{Name: t.Name, Method: t.Method})
	}
	for _, t := range append(set.DynamicTools(), set.InfoTools()...) {
		s.Tools = append(s.Tools, scaffold.Tool{Name: t.Tool.Name, Carries: t.Tool.Name == spectools.CallOperation})
	}
	return scaffold.Policy(s)
}

// listTimeout is how long a server may take to list what it offers.
const listTimeout = 30 * time.Second

// listServer starts an MCP server and asks what it offers.
func (p *program) listServer(ctx context.Context, timeout time.Duration, command []string) (*upstream.Inventory, error) {
	within, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the MCP server did not answer within %v", timeout))
	defer cancel()
	in, err := upstream.List(within, upstream.Child(command, p.stderr, 0))
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		err = context.Cause(within)
	}
	if err != nil && ctx.Err() == nil {
		return nil, &hint{err, "spectap client -- " + quoteArgs(command) + "   # shows what the server says: it must speak MCP on stdio"}
	}
	return in, err
}

// serverOf returns what a policy needs to know of a server.
func serverOf(in *upstream.Inventory) (s scaffold.Server) {
	s.Name, _ = in.Server["name"].(string)
	texts := func(list []map[string]any, key string) (all []string) {
		for _, o := range list {
			if text, ok := o[key].(string); ok {
				all = append(all, text)
			}
		}
		return all
	}
	s.Resources, s.Templates, s.Prompts = texts(in.Resources, "uri"), texts(in.Templates, "uriTemplate"), texts(in.Prompts, "name")
	for _, o := range in.Tools {
		var t scaffold.Tool
		t.Name, _ = o["name"].(string)
		t.Description, _ = o["description"].(string)
		schema, _ := o["inputSchema"].(map[string]any)
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			if p, _ := properties[name].(map[string]any); p["type"] == "string" {
				t.Arguments = append(t.Arguments, name)
			}
		}
		annotations, _ := o["annotations"].(map[string]any)
		hint := func(name string) *bool {
			if b, ok := annotations[name].(bool); ok {
				return &b
			}
			return nil
		}
		t.ReadOnly, t.Destructive = hint("readOnlyHint"), hint("destructiveHint")
		s.Tools = append(s.Tools, t)
	}
	return s
}
