package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/policy"
)

// explanation is a question of policy explain.
type explanation struct {
	kind, identity, at, format string

	earlier []string // tools that were called before, with success
}

func newPolicyExplainCmd(p *cli.Program) *cobra.Command {
	var x explanation
	cmd := &cobra.Command{
		Use:   "explain POLICY NAME [ARGS]",
		Short: "Print what a policy decides on a call, and why",
		Long: `Prints the decision on one call, the rule that makes it, and the limits that the call would count
into. It does not know what other calls used up; --earlier says which tools the session has called.
ARGS is a JSON object.`,
		Example: `  spectap policy explain policy.yaml create_payment '{"amount": 500}'
  spectap policy explain policy.yaml --earlier fetch_page send_mail
  spectap policy explain policy.yaml --kind resource file:///data/report.csv`,
		Args: cli.Between(2, 3, "a policy, a name and perhaps arguments"),
		RunE: func(cmd *cobra.Command, args []string) error {
			call, err := x.call(cmd, args[1:])
			if err != nil {
				return err
			}
			pol, err := loadPolicy(cmd.Context(), p, args[0])
			if err != nil {
				return err
			}
			call.Session = pol.After(x.earlier...)
			return printDecision(p, pol.Decide(call), x.format)
		},
	}
	f := cmd.Flags()
	f.StringVar(&x.kind, "kind", "tool", "what is called: tool, resource, prompt or method")
	f.StringVar(&x.identity, "identity", "", "`name` of the caller")
	f.StringVar(&x.at, "at", "", "`time` of the call, such as 2026-01-31T22:00:00Z (default: now)")
	f.StringArrayVar(&x.earlier, "earlier", nil, "a `tool` that the session has called before, with success; repeatable")
	f.StringVar(&x.format, "format", "text", "text or json")
	cli.JSONShort(cmd, &x.format)
	return cmd
}

// call returns the call that the command line describes.
func (x *explanation) call(cmd *cobra.Command, args []string) (*policy.Call, error) {
	call := &policy.Call{Name: args[0], Time: time.Now(), Identity: map[string]any{}}
	if x.format != "text" && x.format != "json" {
		return nil, cli.Usagef(cmd, "--format %q: must be text or json", x.format)
	}
	kinds := []policy.Kind{policy.Tool, policy.Resource, policy.Prompt, policy.Method}
	at := slices.IndexFunc(kinds, func(k policy.Kind) bool { return k.String() == x.kind })
	if at < 0 {
		return nil, cli.Usagef(cmd, "--kind %q: must be tool, resource, prompt or method", x.kind)
	}
	call.Kind = kinds[at]
	if x.identity != "" {
		call.Identity["name"] = x.identity
	}
	if x.at != "" {
		var err error
		if call.Time, err = time.Parse(time.RFC3339, x.at); err != nil {
			return nil, cli.Usagef(cmd, "--at %q: must be a time such as 2026-01-31T22:00:00Z", x.at)
		}
	}
	if len(args) == 1 {
		return call, nil
	}
	d := json.NewDecoder(strings.NewReader(args[1]))
	d.UseNumber()
	var object map[string]any
	err := d.Decode(&object)
	if _, end := d.Token(); err != nil || end != io.EOF {
		return nil, cli.Usagef(cmd, "the arguments must be an object of JSON, such as '{\"amount\": 500}'")
	}
	call.Args = object
	return call, nil
}

func printDecision(p *cli.Program, d policy.Decision, format string) error {
	verdict := "deny"
	switch {
	case d.Hidden:
		verdict = "hide"
	case d.Allowed:
		verdict = "allow"
	}
	if format == "json" {
		return printDecisionJSON(p, verdict, d)
	}
	fmt.Fprintf(p.Stdout, "%s  %s\n", verdict, d.Rule)
	if d.Reason != "" {
		fmt.Fprintf(p.Stdout, "  %s\n", d.Reason)
	}
	if a := d.Approval; a != nil {
		fmt.Fprintf(p.Stdout, "  needs %s: %s\n", cli.Plural(a.Approvers, "approval"), a.Rule)
	}
	for _, c := range d.Charges {
		within := "within " + c.Window.String()
		switch {
		case c.Session && c.Window == 0:
			within = "in a session"
		case c.Session:
			within += " in a session"
		}
		fmt.Fprintf(p.Stdout, "  counts %s into %s: at most %s %s\n", c.Amount, c.Rule, c.Max, within)
	}
	if len(d.Taints) > 0 {
		fmt.Fprintf(p.Stdout, "  taints the session: %s\n", strings.Join(d.Taints, ", "))
	}
	if len(d.Keeps) > 0 {
		fmt.Fprintf(p.Stdout, "  taints the session with the secrets of its answer: %s\n", strings.Join(d.Keeps, ", "))
	}
	return nil
}

// printDecisionJSON prints a decision for programs.
func printDecisionJSON(p *cli.Program, verdict string, d policy.Decision) error {
	type limit struct {
		Rule   string  `json:"rule"`
		Amount string  `json:"amount"`
		Max    string  `json:"max"`
		Window float64 `json:"window"` // in seconds; 0 is the whole session
	}
	out := struct {
		Decision string  `json:"decision"`
		Rule     string  `json:"rule"`
		Reason   string  `json:"reason,omitempty"`
		Limits   []limit `json:"limits,omitempty"`
		// Approvers is how many people must agree first.
		Approvers int      `json:"approvers,omitempty"`
		Taints    []string `json:"taints,omitempty"` // what the call taints the session with
		Keeps     []string `json:"keeps,omitempty"`  // and the taints by value
	}{Decision: verdict, Rule: d.Rule, Reason: d.Reason, Taints: d.Taints, Keeps: d.Keeps}
	if d.Approval != nil {
		out.Approvers = d.Approval.Approvers
	}
	for _, c := range d.Charges {
		out.Limits = append(out.Limits, limit{c.Rule, c.Amount.String(), c.Max.String(), c.Window.Seconds()})
	}
	return p.PrintIndentedJSON(out)
}
