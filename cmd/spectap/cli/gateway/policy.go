package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
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
  spectap policy test policy.yaml cases.yaml
  spectap policy convert intercept.yaml -o policy.yaml`,
	}
	return cli.Group(cmd, cli.EndsAtOnce(newPolicyCheckCmd(p)), cli.EndsAtOnce(newPolicyTestCmd(p)),
		cli.EndsAtOnce(newPolicyConvertCmd(p)), newPolicyInitCmd(p), newPolicySchemaCmd(p))
}

func newPolicyCheckCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:   "check POLICY",
		Short: "Report everything that is wrong with a policy",
		Long: `Reports each problem of a policy with its line and column. The exit status is 3 if there is one.
The policy is a file or - for stdin, in YAML or JSON.`,
		Example: `  spectap policy check policy.yaml`,
		Args:    cli.Exactly(1, "one policy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			problems := []policy.Problem{}
			_, err := loadPolicy(cmd.Context(), p, args[0])
			if invalid, ok := errors.AsType[*policy.LoadError](err); ok {
				problems = invalid.Problems
			} else if err != nil {
				return err
			} else {
				fmt.Fprintf(p.Stderr, "%s: the policy is valid\n", args[0])
			}
			return printProblems(p, args[0], problems)
		},
	}, "print JSON")
}

// printProblems prints the problems of a policy and returns the exit status.
func printProblems(p *cli.Program, name string, problems []policy.Problem) error {
	if p.JSON {
		out := struct {
			Problems []policy.Problem `json:"problems"`
		}{problems}
		if err := p.PrintIndentedJSON(out); err != nil {
			return err
		}
	} else {
		for _, x := range problems {
			fmt.Fprintf(p.Stdout, "%s:%d:%d: %s\n", name, x.Line, x.Column, x.Message)
		}
	}
	if len(problems) > 0 {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

// builtin is the prefix that names a policy of the program where a file is expected.
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
	return p.AddJSON(&cobra.Command{
		Use:   "test POLICY CASES…",
		Short: "Check a policy against calls and what should become of them",
		Long: `Decides on the calls of each file of cases, in order, with the counters of limits. Prints the cases
that are not decided as expected. The exit status is 3 if there is one.`,
		Example: `  spectap policy test policy.yaml cases.yaml`,
		Args:    cli.AtLeast(2, "a policy and files of cases"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return testPolicy(cmd.Context(), p, args[0], args[1:])
		},
	}, "print JSON")
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
