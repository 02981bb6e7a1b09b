package gateway

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
	"github.com/spectap/spectap/mcp/vouch"
	"github.com/spectap/spectap/mcptools/spectools"
)

// policyInit are the flags of policy init.
type policyInit struct {
	out, of, audit string
	timeout        time.Duration
}

func newPolicyInitCmd(p *cli.Program) *cobra.Command {
	x := policyInit{timeout: listTimeout}
	cmd := &cobra.Command{
		Use:   "init (-- CMD… | --for NAME | --for serve SPEC | --for guard SPEC… | --from-audit AUDIT [SERVER])",
		Short: "Write a first policy for an MCP server, or for a guard",
		Long: `Starts an MCP server, asks what it offers, and writes a policy with a comment for each tool. Tools
that only read are allowed. Calls of others have a rate and wait for a person's approval (gateway
--approvals): what writes, executes or is not clear, and what reads files, environments or secrets.
Tools that delete are hidden. The class follows from annotations, names, arguments and descriptions.
Read the policy before you use it. An existing file is not replaced.

With --for it starts no server. mcp is the policy for spectap mcp; serve SPEC writes one for spectap
serve of a document, by the HTTP methods; ` + strings.Join(slices.DeleteFunc(policy.ReadyNames(), isMCP), ", ") + ` are examples for public servers.

--for guard learns the policy of run --guard from recorded flows: what was used, a rate, and the
arguments that were always the same. --from-audit does so for an MCP server from its audit. What
deletes, executes or pays waits for an approval. Comments name the flows or records.`,
		Example: `  spectap policy init -o policy.yaml -- npx some-mcp-server
  spectap policy init --for mcp -o policy.yaml
  spectap policy init --for serve api.yaml -o policy.yaml
  spectap policy init --for guard api.yaml --session last -o policy.yaml
  spectap policy init --from-audit audit.jsonl -o policy.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case x.audit != "" && (x.of != "" || len(args) > 1 || cmd.ArgsLenAtDash() >= 0):
				return cli.Usagef(cmd, "%s --from-audit takes at most the name of a server in the audit", cmd.CommandPath())
			case p.Global.Session != "" && x.of != "guard":
				return cli.Usagef(cmd, "%s --session is for --for guard", cmd.CommandPath())
			case x.of == "guard" && len(args) == 0:
				return cli.Usagef(cmd, "%s --for guard takes the documents of the guard", cmd.CommandPath())
			case x.of == "guard", x.audit != "":
			case x.of == "serve" && len(args) != 1:
				return cli.Usagef(cmd, "%s --for serve takes one document", cmd.CommandPath())
			case x.of != "" && x.of != "serve" && len(args) > 0:
				return cli.Usagef(cmd, "%s takes --for or the command of an MCP server, not both", cmd.CommandPath())
			case x.of == "" && (cmd.ArgsLenAtDash() != 0 || len(args) == 0):
				return cli.Usagef(cmd, "%s takes the command of an MCP server after --, or --for", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.CheckOut("policy", x.out); err != nil {
				return err
			}
			text, err := firstPolicy(p, cmd, &x, args)
			if err != nil {
				return err
			}
			return p.WriteOut(cmd.Context(), "policy", x.out, text)
		},
	}
	f := cmd.Flags()
	p.AddRefs(cmd)
	p.AddOut(cmd, &x.out, "write to this `file` (default: stdout)")
	f.StringVar(&x.of, "for", "", "write the policy of this `name`: guard, serve, "+strings.Join(policy.ReadyNames(), ", "))
	f.StringVar(&x.audit, "from-audit", "", "learn the policy from the calls in this `audit`")
	p.AddSessionFlag(cmd)
	flagset.TimeVar(f, &x.timeout, "timeout", x.timeout, "how long to wait for the server")
	return cmd
}

func isMCP(name string) bool { return name == "mcp" }

// firstPolicy returns the text of a policy.
func firstPolicy(p *cli.Program, cmd *cobra.Command, x *policyInit, args []string) ([]byte, error) {
	switch {
	case x.audit != "":
		return policyOfAudit(cmd.Context(), x.audit, strings.Join(args, ""))
	case x.of == "guard":
		return policyOfSession(cmd.Context(), p, args)
	case x.of == "serve":
		return policyOfDocument(cmd.Context(), p, args[0])
	}
	if x.of != "" {
		text, ok := policy.Ready(x.of)
		if !ok {
			return nil, cli.Usagef(cmd, "--for %q: must be guard, serve, %s", x.of, strings.Join(policy.ReadyNames(), ", "))
		}
		return text, nil
	}
	in, err := listServer(cmd.Context(), p, x.timeout, args)
	if err != nil {
		return nil, err
	}
	return policy.Scaffold(serverOf(in))
}

// policyOfDocument returns a policy for the tools of a document, in both modes of serve.
func policyOfDocument(ctx context.Context, p *cli.Program, spec string) ([]byte, error) {
	doc, err := document.ServedDocument(ctx, p, spec, "")
	if err != nil {
		return nil, err
	}
	set, err := spectools.FromDocument(doc, spectools.Options{BaseURL: "http://localhost"}) // nothing is sent
	if err != nil {
		return nil, fmt.Errorf("read the tools of %s: %w", spec, err)
	}
	defer set.Close()
	s := policy.ScaffoldServer{Resources: []string{spectools.ResourceOperations, spectools.ResourceSkill}, Prompts: []string{spectools.PromptUseAPI}, Asks: true}
	if doc.Info != nil {
		s.Name = doc.Info.Title
	}
	for _, t := range set.Summaries() {
		s.Tools = append(s.Tools, policy.ClassTool{Name: t.Name, Method: t.Method, Queries: t.Queries})
	}
	for _, t := range append(set.DynamicTools(), set.InfoTools()...) {
		if t.Tool.Name != spectools.ReadOperation {
			s.Tools = append(s.Tools, policy.ClassTool{Name: t.Tool.Name, Carries: t.Tool.Name == spectools.CallOperation})
		}
	}
	return policy.Scaffold(s)
}

// listTimeout limits the time in which a server lists its tools, prompts and resources.
const listTimeout = 30 * time.Second

// listServer starts an MCP server and lists its tools, prompts and resources.
func listServer(ctx context.Context, p *cli.Program, timeout time.Duration, command []string) (*gateway.Inventory, error) {
	within, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %v", timeout))
	defer cancel()
	in, err := gateway.List(within, anyEra(upstream.Child(command, p.Stderr, 0, vouch.New())))
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		err = context.Cause(within)
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s does not answer as an MCP server: %w", cli.QuoteArg(command[0]), err)
		return nil, cli.WithHint(err, "spectap client -- "+cli.QuoteArgs(command)+"   # shows what the server says: it must speak MCP on stdio")
	}
	return in, err
}

// serverOf returns the description of a server for a new policy.
func serverOf(in *gateway.Inventory) (s policy.ScaffoldServer) {
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
		t := policy.ClassFromDefinition(o)
		meta, _ := o["_meta"].(map[string]any)
		t.Carries = meta[jsonrpc.MetaDispatch] != nil
		t.Name = cmp.Or(jsonrpc.DispatchesAs(jsonvalue.Encode(o)), t.Name)
		for _, c := range pin.Review(pin.Tool, jsonvalue.Encode(o), nil) {
			if c.High && t.Suspect == "" {
				t.Suspect = c.Weight.String() + ": " + c.Why
			}
		}
		s.Tools = append(s.Tools, t)
	}
	// Of two tools with one name, the policy has the one to look at.
	slices.SortStableFunc(s.Tools, func(a, b policy.ClassTool) int { return strings.Compare(b.Suspect, a.Suspect) })
	return s
}
