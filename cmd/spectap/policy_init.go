package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/policy/scaffold"
)

func newPolicyInitCmd(p *program) *cobra.Command {
	var out string
	timeout := 30 * time.Second
	cmd := &cobra.Command{
		Use:   "init -- CMD…",
		Short: "Write a first policy for an MCP server",
		Long: `Starts an MCP server, asks what it offers, and writes a policy with a comment for each tool. Tools
that read are allowed, those that write or execute have a rate, and those that destroy are hidden.
The class follows from names, arguments and descriptions. What the server says in annotations can
raise it only. Read the policy before you use it. An existing file is not replaced.`,
		Example: `  spectap policy init -o policy.yaml -- npx some-mcp-server`,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() != 0 || len(args) == 0 {
				return usagef(cmd, "%s takes the command of an MCP server after --", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if hasContent(out) {
				return &hint{fmt.Errorf("write policy to %s: it exists, and may have been edited", out), "another file with -o"}
			}
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), timeout, fmt.Errorf("the MCP server did not answer within %v", timeout))
			defer cancel()
			in, err := gateway.List(ctx, gateway.Child(args, p.stderr, 0))
			if err != nil {
				if ctx.Err() != nil && cmd.Context().Err() == nil {
					err = context.Cause(ctx)
				}
				return err
			}
			text, err := scaffold.Policy(serverOf(in))
			if err != nil {
				return err
			}
			return p.writeOut(cmd.Context(), "policy", out, text)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to this `file` (default: stdout)")
	cmd.Flags().DurationVar(&timeout, "timeout", timeout, "how long to wait for the server")
	return cmd
}

// serverOf returns what a policy needs to know of a server.
func serverOf(in *gateway.Inventory) (s scaffold.Server) {
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
