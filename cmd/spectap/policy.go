package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/policy/cases"
	"github.com/spectap/spectap/guard/policy/ready"
	"github.com/spectap/spectap/internal/visible"
)

func newPolicyCmd(p *program) *cobra.Command {
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
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(endsAtOnce(newPolicyCheckCmd(p)), endsAtOnce(newPolicyExplainCmd(p)), endsAtOnce(newPolicyTestCmd(p)),
		endsAtOnce(newPolicyConvertCmd(p)), newPolicyInitCmd(p), newPolicySchemaCmd(p))
	return cmd
}

func newPolicyCheckCmd(p *program) *cobra.Command {
	var against, asJSON bool
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
				return usagef(cmd, "%s --against takes a policy, and the command of an MCP server after --", cmd.CommandPath())
			} else if !against && len(args) != 1 {
				return usagef(cmd, "%s takes one policy, got %s", cmd.CommandPath(), plural(len(args), "argument"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			pol, err := p.loadPolicy(cmd.Context(), args[0])
			var problems *policy.LoadError
			c := policyCheck{p: p, name: args[0], json: asJSON, Problems: []policyProblem{}, Unnamed: []string{}}
			if errors.As(err, &problems) {
				for _, x := range problems.Problems {
					c.Problems = append(c.Problems, policyProblem{x.Line, x.Column, x.Pointer, x.Message})
				}
				err := c.print()
				if strings.Contains(problems.Error(), `unknown key "openapi"`) {
					fmt.Fprintf(p.stderr, "spectap: %s is an OpenAPI document, not a policy\ntry: spectap serve %s --policy POLICY\n",
						visible.Line(args[0]), quoteArg(args[0]))
				}
				return err
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stderr, "%s: the policy is valid\n", args[0])
			if against {
				if err := c.against(cmd.Context(), pol, args[1:]); err != nil {
					return err
				}
			}
			return c.print()
		},
	}
	addJSON(cmd, &asJSON)
	cmd.Flags().BoolVar(&against, "against", false, "compare with the tools of the MCP server whose command follows --")
	return cmd
}

// policyCheck is the result of policy check.
type policyCheck struct {
	p    *program
	name string
	json bool
	// Problems have positions, or with --against the place in the policy alone.
	Problems []policyProblem `json:"problems"`
	// Unnamed are tools of the server that the policy does not name.
	Unnamed []string `json:"unnamed_tools"`
}

type policyProblem struct {
	Line    int    `json:"line,omitzero"`
	Column  int    `json:"column,omitzero"`
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// against compares a policy with the tools of a server.
func (c *policyCheck) against(ctx context.Context, pol *policy.Policy, command []string) error {
	in, err := c.p.listServer(ctx, listTimeout, command)
	if err != nil {
		return err
	}
	offer := policy.Offer{Tools: map[string][]string{}}
	for _, t := range in.Tools {
		tool, _ := t["name"].(string)
		offer.Tools[tool] = argumentsOf(t["inputSchema"])
	}
	problems, unnamed := pol.Against(offer)
	for _, x := range problems {
		c.Problems = append(c.Problems, policyProblem{Pointer: x.Pointer, Message: x.Message})
	}
	c.Unnamed = append(c.Unnamed, unnamed...)
	return nil
}

// print prints the result and returns the exit status.
func (c *policyCheck) print() error {
	if c.json {
		if err := c.p.printIndentedJSON(c); err != nil {
			return err
		}
	} else {
		for _, x := range c.Problems {
			if x.Line > 0 {
				fmt.Fprintf(c.p.stdout, "%s:%d:%d: %s\n", c.name, x.Line, x.Column, x.Message)
			} else {
				fmt.Fprintf(c.p.stdout, "%s: %s: %s\n", c.name, x.Pointer, x.Message)
			}
		}
		for _, tool := range c.Unnamed {
			fmt.Fprintf(c.p.stderr, "the policy does not name the tool %s\n", quoteArg(tool))
		}
	}
	if len(c.Problems) > 0 {
		return exitStatus(exitFound)
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
func (p *program) loadPolicy(ctx context.Context, name string, options ...policy.Option) (*policy.Policy, error) {
	if of, ok := strings.CutPrefix(name, builtin); ok {
		text, known := ready.Read(of)
		if !known {
			return nil, &misuse{fmt.Errorf("there is no policy %s: write %s and one of %s", name, builtin, strings.Join(ready.Names(), ", "))}
		}
		return policy.Load(ctx, name, text, options...)
	}
	data, err := p.readInput("policy", name)
	if err != nil {
		return nil, err
	}
	return policy.Load(ctx, name, data, options...)
}

func newPolicyConvertCmd(p *program) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "convert INTERCEPT",
		Short:   "Convert a policy of Intercept",
		Example: "  spectap policy convert intercept.yaml -o policy.yaml",
		Long: `Converts a policy file of Intercept (YAML) into a policy of spectap. Prints on stderr where the
result means something else. What has no counterpart is an error, and then nothing is written.`,
		Args: exactly(1, "one policy of Intercept"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := p.readInput("policy", args[0])
			if err != nil {
				return err
			}
			text, notes, err := policy.Convert(cmd.Context(), args[0], data)
			if err != nil {
				return err
			}
			if err := p.writeOut(cmd.Context(), "policy", out, text); err != nil {
				return err
			}
			for _, n := range notes {
				fmt.Fprintf(p.stderr, "note: %s\n", n)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to this `file` (default: stdout)")
	return cmd
}

func newPolicySchemaCmd(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of policies, for editors",
		Example: "  spectap policy schema > policy.schema.json",
		Args:    exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := p.stdout.Write(policy.Schema())
			return err
		},
	}
}

func newPolicyTestCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test POLICY CASES…",
		Short: "Check a policy against calls and what should become of them",
		Long: `Decides on the calls of each file of cases, in order, with the counters of limits. Prints the cases
that are not decided as expected. The exit status is 3 if there is one.`,
		Example: `  spectap policy test policy.yaml cases.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef(cmd, "%s takes a policy and files of cases, got %s", cmd.CommandPath(), plural(len(args), "argument"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.testPolicy(cmd.Context(), args[0], args[1:], asJSON)
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// policyTest is the result of policy test.
type policyTest struct {
	Passed int          `json:"passed"`
	Failed []failedCase `json:"failed"`
}

type failedCase struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Name   string `json:"name"`
	Want   string `json:"want"`
	Got    string `json:"got"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	text   string
}

func (p *program) testPolicy(ctx context.Context, name string, files []string, asJSON bool) error {
	pol, err := p.loadPolicy(ctx, name)
	if err != nil {
		return err
	}
	out := policyTest{Failed: []failedCase{}}
	for _, file := range files {
		data, err := p.readInput("cases", file)
		if err != nil {
			return err
		}
		list, err := cases.Load(ctx, file, data)
		if err != nil {
			return err
		}
		results, err := cases.Run(ctx, pol, list)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.OK {
				out.Passed++
				continue
			}
			out.Failed = append(out.Failed, failedCase{file, r.Line, r.Case.Name, r.Case.Expect, r.Got, r.Rule, r.Reason, caseFailure(r)})
		}
	}
	if asJSON {
		if err := p.printIndentedJSON(out); err != nil {
			return err
		}
	} else {
		for _, f := range out.Failed {
			fmt.Fprintf(p.stdout, "%s:%d: %s\n", f.File, f.Line, f.text)
		}
	}
	fmt.Fprintf(p.stderr, "%d passed, %d failed\n", out.Passed, len(out.Failed))
	if len(out.Failed) > 0 {
		return exitStatus(exitFound)
	}
	return nil
}

// caseFailure describes a case that was not decided as expected.
func caseFailure(r cases.Result) string {
	c := r.Case
	s := fmt.Sprintf("%s: want %s", quoteArg(c.Name), c.Expect)
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

// readInput reads a file that a person named, or stdin if name is "-".
func (p *program) readInput(what, name string) ([]byte, error) {
	if name == "-" {
		return p.readSpec(name)
	}
	data, err := readFile(name, maxSettings)
	if err != nil {
		return nil, namedFile(name, fmt.Errorf("read %s %s: %w", what, name, plainPathError(err)))
	}
	return data, nil
}
