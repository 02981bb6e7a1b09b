package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
)

// NewPolicyCmd returns the command policy.
func NewPolicyCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check, test and convert policies for MCP servers",
		Long: `A policy says which tools, resources and prompts of an MCP server an agent may use, with which
arguments, and how often. docs/policy.md describes the language.`,
		Example: `  spectap policy init -o policy.yaml -- npx some-mcp-server
  spectap policy check policy.yaml
  spectap policy explain policy.yaml create_payment '{"amount": 500}'
  spectap policy test policy.yaml cases.yaml
  spectap policy convert intercept.yaml -o policy.yaml`,
	}
	return cli.Group(cmd, cli.EndsAtOnce(newPolicyCheckCmd(p)), cli.EndsAtOnce(newPolicyExplainCmd(p)), cli.EndsAtOnce(newPolicyTestCmd(p)),
		cli.EndsAtOnce(newPolicyConvertCmd(p)), newPolicyInitCmd(p), newPolicySchemaCmd(p))
}

func newPolicyCheckCmd(p *cli.Program) *cobra.Command {
	var against bool
	cmd := &cobra.Command{
		Use:   "check POLICY [--against -- CMD…]",
		Short: "Report everything that is wrong with a policy",
		Long: `Reports each problem of a policy with its line and column. The exit status is 3 if there is one.
The policy is a file or - for stdin, in YAML or JSON.

With --against it also starts an MCP server, asks for its tools, and reports names of tools that the
server does not have and arguments that they do not take. Tools that the policy does not name are
printed on stderr.`,
		Example: `  spectap policy check policy.yaml
  spectap policy check policy.yaml --against -- npx some-mcp-server`,
		Args: func(cmd *cobra.Command, args []string) error {
			if against && (cmd.ArgsLenAtDash() != 1 || len(args) < 2) {
				return cli.Usagef(cmd, "%s --against takes a policy, and the command of an MCP server after --", cmd.CommandPath())
			} else if !against && len(args) != 1 {
				return cli.Usagef(cmd, "%s takes one policy, got %s", cmd.CommandPath(), cli.Plural(len(args), "argument"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			pol, err := loadPolicy(cmd.Context(), p, args[0])
			var problems *policy.LoadError
			c := policyCheck{p: p, name: args[0], Problems: []policy.Problem{}, Unnamed: []string{}, Dispatching: []string{}}
			if errors.As(err, &problems) {
				c.Problems = append(c.Problems, problems.Problems...)
				return c.print()
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Stderr, "%s: the policy is valid\n", args[0])
			if against {
				if err := c.against(cmd.Context(), pol, args[1:]); err != nil {
					return err
				}
			}
			return c.print()
		},
	}
	p.AddJSON(cmd, "print JSON")
	cmd.Flags().BoolVar(&against, "against", false, "compare with the tools of the MCP server whose command follows --")
	return cmd
}

// policyCheck is the result of policy check.
type policyCheck struct {
	p    *cli.Program
	name string
	// Problems have positions, or with --against the place in the policy alone.
	Problems []policy.Problem `json:"problems"`
	// Unnamed are tools of the server that the policy does not name.
	Unnamed []string `json:"unnamed_tools"`
	// Dispatching are tools of the server that seem to call others by name, which it does not say.
	Dispatching []string `json:"dispatching_tools"`
}

// against compares a policy with the tools of a server.
func (c *policyCheck) against(ctx context.Context, pol *policy.Policy, command []string) error {
	in, err := listServer(ctx, c.p, listTimeout, command)
	if err != nil {
		return err
	}
	offer := policy.Offer{Tools: map[string][]string{}}
	for _, t := range in.Tools {
		tool, _ := t["name"].(string)
		offer.Tools[tool] = argumentsOf(t["inputSchema"])
		d := policy.ClassFromDefinition(t)
		if meta, _ := t["_meta"].(map[string]any); d.Dispatches != "" && meta[enforce.MetaDispatch] == nil {
			c.Dispatching = append(c.Dispatching, tool)
		}
	}
	problems, unnamed := pol.Against(offer)
	c.Problems = append(c.Problems, problems...)
	c.Unnamed = append(c.Unnamed, unnamed...)
	return nil
}

// print prints the result and returns the exit status.
func (c *policyCheck) print() error {
	if c.p.JSON {
		if err := c.p.PrintIndentedJSON(c); err != nil {
			return err
		}
	} else {
		for _, x := range c.Problems {
			if x.Line > 0 {
				fmt.Fprintf(c.p.Stdout, "%s:%d:%d: %s\n", c.name, x.Line, x.Column, x.Message)
			} else {
				fmt.Fprintf(c.p.Stdout, "%s: %s: %s\n", c.name, x.Pointer, x.Message)
			}
		}
		for _, tool := range c.Unnamed {
			fmt.Fprintf(c.p.Stderr, "the policy does not name the tool %s\n", cli.QuoteArg(tool))
		}
		for _, tool := range c.Dispatching {
			fmt.Fprintf(c.p.Stderr, "the tool %s seems to call other tools by name: the policy does not see which\n", cli.QuoteArg(tool))
		}
	}
	if len(c.Problems) > 0 {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

// argumentsOf returns the names of the arguments that a schema describes, nil if it allows others
// or describes them by other keywords.
func argumentsOf(schema any) []string {
	s, _ := schema.(map[string]any)
	properties, ok := s["properties"].(map[string]any)
	if extra, has := s["additionalProperties"]; !ok || has && extra != false {
		return nil
	}
	for _, keyword := range []string{"$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties"} {
		if _, has := s[keyword]; has {
			return nil
		}
	}
	return slices.Sorted(maps.Keys(properties))
}

// builtin precedes the name of a policy that comes with the program, where a file is expected.
const builtin = "builtin:"

// loadPolicy loads a policy from a file, from the program if name starts with "builtin:", or from
// stdin if name is "-".
func loadPolicy(ctx context.Context, p *cli.Program, name string, options ...policy.Option) (*policy.Policy, error) {
	if of, ok := strings.CutPrefix(name, builtin); ok {
		text, known := policy.Ready(of)
		if !known {
			return nil, cli.Misusef("there is no policy %s: write %s and one of %s", name, builtin, strings.Join(policy.ReadyNames(), ", "))
		}
		return policy.Load(ctx, name, text, options...)
	}
	data, err := p.ReadInput("policy", name)
	if err != nil {
		return nil, err
	}
	return policy.Load(ctx, name, data, options...)
}

func newPolicyConvertCmd(p *cli.Program) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "convert INTERCEPT",
		Short:   "Convert a policy of Intercept",
		Example: "  spectap policy convert intercept.yaml -o policy.yaml",
		Long: `Converts a policy file of Intercept (YAML) into a policy of spectap. Prints on stderr where the
result means something else. What has no counterpart is an error, and then nothing is written.`,
		Args: cli.Exactly(1, "one policy of Intercept"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := p.ReadInput("policy", args[0])
			if err != nil {
				return err
			}
			text, notes, err := policy.Convert(cmd.Context(), args[0], data)
			if err != nil {
				return err
			}
			if err := p.WriteOut(cmd.Context(), "policy", out, text); err != nil {
				return err
			}
			for _, n := range notes {
				fmt.Fprintf(p.Stderr, "note: %s\n", n)
			}
			return nil
		},
	}
	p.AddOut(cmd, &out, "write to this `file` (default: stdout)")
	return cmd
}

func newPolicySchemaCmd(p *cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of policies, for editors",
		Example: "  spectap policy schema > policy.schema.json",
		RunE: func(*cobra.Command, []string) error {
			_, err := p.Stdout.Write(policy.Schema())
			return err
		},
	}
}

func newPolicyTestCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test POLICY CASES…",
		Short: "Check a policy against calls and what should become of them",
		Long: `Decides on the calls of each file of cases, in order, with the counters of limits. Prints the cases
that are not decided as expected. The exit status is 3 if there is one.`,
		Example: `  spectap policy test policy.yaml cases.yaml`,
		Args:    cli.AtLeast(2, "a policy and files of cases"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return testPolicy(cmd.Context(), p, args[0], args[1:])
		},
	}
	p.AddJSON(cmd, "print JSON")
	return cmd
}

// policyTest is the result of policy test.
type policyTest struct {
	Passed int          `json:"passed"`
	Failed []caseResult `json:"failed"`
}

func testPolicy(ctx context.Context, p *cli.Program, name string, files []string) error {
	pol, err := loadPolicy(ctx, p, name)
	if err != nil {
		return err
	}
	out := policyTest{Failed: []caseResult{}}
	for _, file := range files {
		data, err := p.ReadInput("cases", file)
		if err != nil {
			return err
		}
		list, err := loadCases(ctx, file, data)
		if err != nil {
			return err
		}
		results, err := runCases(ctx, pol, list)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.OK {
				out.Passed++
				continue
			}
			r.File, r.Name, r.Want = file, r.Case.Name, r.Case.Expect
			out.Failed = append(out.Failed, r)
		}
	}
	if p.JSON {
		if err := p.PrintIndentedJSON(out); err != nil {
			return err
		}
	} else {
		for _, f := range out.Failed {
			fmt.Fprintf(p.Stdout, "%s:%d: %s\n", f.File, f.Line, caseFailure(f))
		}
	}
	fmt.Fprintf(p.Stderr, "%d passed, %d failed\n", out.Passed, len(out.Failed))
	if len(out.Failed) > 0 {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

// caseFailure describes a case that was not decided as expected.
func caseFailure(r caseResult) string {
	c := r.Case
	s := fmt.Sprintf("%s: want %s", cli.QuoteArg(c.Name), c.Expect)
	if c.Rule != "" {
		s += " by " + c.Rule
	}
	s += fmt.Sprintf(", got %s by %s", r.Got, r.Rule)
	if c.Repeat > 1 {
		s += fmt.Sprintf(" in call %d of %d", r.Call, c.Repeat)
	}
	if r.Reason != "" {
		s += ": " + r.Reason
	}
	return s
}
