package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/change"
)

func newAuditCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Verify and read the audit of the gateway",
		Example: `  spectap audit tail audit.jsonl
  spectap audit report --since 7d audit.jsonl
  spectap audit verify audit.jsonl`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(endsAtOnce(newAuditVerifyCmd(p)), newAuditKeyCmd(p),
		endsAtOnce(newAuditTailCmd(p)), endsAtOnce(newAuditStatsCmd(p)), endsAtOnce(newAuditReportCmd(p)))
	return cmd
}

func newAuditTailCmd(p *program) *cobra.Command {
	var n int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tail AUDIT",
		Short: "Print the newest records of an audit",
		Example: `  spectap audit tail audit.jsonl
  spectap audit tail -n 100 --json audit.jsonl | jq .rule`,
		Args: exactly(1, "one audit"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n < 1 {
				return usagef(cmd, "--lines %d: must be 1 or more", n)
			}
			var last [][]byte
			err := readAudit(cmd.Context(), args[0], func(_ string, _ int, text []byte) error {
				if last = append(last, slices.Clone(text)); len(last) > n {
					last = last[1:]
				}
				return nil
			})
			if err != nil {
				return err
			}
			for _, text := range last {
				if err := p.printRecord(text, asJSON); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().IntVarP(&n, "lines", "n", 20, "how many records")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the records as they are")
	return cmd
}

// auditFile says which file an audit is.
const auditFile = "the file that --audit of spectap gateway, serve or mcp names"

// readAudit calls do with the records of an audit, oldest first. A file without any record must
// begin as an audit does, or be empty.
func readAudit(ctx context.Context, path string, do func(file string, line int, text []byte) error) error {
	found := false
	err := audit.Read(ctx, path, func(file string, line int, text []byte) error {
		if !found {
			_, err := audit.Decode(text)
			found = err == nil
		}
		return do(file, line, text)
	}, nil)
	if !found && ctx.Err() == nil {
		if not := audit.NotLog(path); not != nil {
			return &hint{not, auditFile}
		}
	}
	return err
}

// printRecord prints a record on one line.
func (p *program) printRecord(text []byte, asJSON bool) error {
	if asJSON {
		_, err := p.jsonOut().Write(append(text, '\n'))
		return err
	}
	r, err := audit.Decode(text)
	if err != nil {
		fmt.Fprintf(p.stdout, "a broken record: %v\n", err)
		return nil
	}
	parts := []string{fmt.Sprintf("%6d", r.Seq), r.Time.Format("2006-01-02 15:04:05.000"), fmt.Sprintf("%-8s", r.Event)}
	for _, s := range []string{r.Identity, r.Server, r.Decision, r.Outcome, r.Method, r.Via, r.Name, r.Request, r.Rule} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	switch r.Event {
	case audit.EventOutcome:
		if r.Status != 0 {
			parts = append(parts, fmt.Sprintf("status %d", r.Status))
		}
		parts = append(parts, fmt.Sprintf("of %d, %.1f ms, %s", r.Call, r.Latency, plural(r.Size, "byte")))
	case audit.EventDefinition, audit.EventGrant, audit.EventApproval:
		parts = append(parts, changeParts(r.Change)...)
	case audit.EventCheckpoint:
		parts = append(parts, "signed by "+r.Checkpoint.Key+", "+r.Checkpoint.Reason)
	case audit.EventStart, audit.EventPolicy:
		parts = append(parts, policyText(r.Policy))
	}
	if r.Confirmed != "" {
		parts = append(parts, "("+r.Confirmed+")")
	}
	if r.Shadow {
		parts = append(parts, "(shadow)")
	}
	if r.Reason != "" {
		parts = append(parts, "-- "+r.Reason)
	}
	return p.newRows().text(strings.Join(parts, "  "))
}

// changeParts describes a change on a line.
func changeParts(c *change.Change) (parts []string) {
	if c == nil {
		return nil
	}
	parts = []string{c.What}
	for _, v := range []struct{ name, value string }{{"", c.Kind}, {"of", c.Server}, {"id", c.ID}, {"digest", short(c.Digest)}, {"by", c.By}, {"via", c.Channel}} {
		if v.value != "" {
			parts = append(parts, strings.TrimSpace(v.name+" "+v.value))
		}
	}
	if c.Note != "" {
		parts = append(parts, "-- "+c.Note)
	}
	return parts
}

// auditStats counts decisions.
type auditStats struct {
	Records   int                    `json:"records"`
	Decisions map[string]int         `json:"decisions"` // by decision
	Outcomes  map[string]int         `json:"outcomes"`
	Tools     map[string]*auditCount `json:"names"` // of tools, prompts and resources
	Rules     map[string]int         `json:"denials_by_rule"`
}

type auditCount struct {
	Allowed int `json:"allowed"`
	Denied  int `json:"denied"`
	Held    int `json:"held"` // answered as waiting for a person
}

func newAuditStatsCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "stats AUDIT",
		Short:   "Count the decisions of an audit by tool and rule",
		Example: "  spectap audit stats audit.jsonl",
		Args:    exactly(1, "one audit"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := countAudit(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return p.printIndentedJSON(s)
			}
			return p.printStats(s)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func countAudit(ctx context.Context, path string) (*auditStats, error) {
	s := &auditStats{Decisions: map[string]int{}, Outcomes: map[string]int{}, Tools: map[string]*auditCount{}, Rules: map[string]int{}}
	err := readAudit(ctx, path, func(file string, line int, text []byte) error {
		r, err := audit.Decode(text)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", file, line, err)
		}
		s.Records++
		switch r.Event {
		case audit.EventOutcome:
			s.Outcomes[r.Outcome]++
		case audit.EventDecision:
			s.Decisions[r.Decision]++
			name := ofServer(&r, r.Name)
			c := s.Tools[name]
			if c == nil {
				c = &auditCount{}
				s.Tools[name] = c
			}
			switch r.Decision {
			case "allow":
				c.Allowed++
			case "hold":
				c.Held++
			default:
				c.Denied++
				s.Rules[ofServer(&r, r.Rule)]++
			}
		}
		return nil
	})
	return s, err
}

// ofServer returns a name or rule of a record, with the server if the audit is of several.
func ofServer(r *audit.Record, name string) string {
	if r.Server == "" {
		return name
	}
	return r.Server + ": " + name
}

func (p *program) printStats(s *auditStats) error {
	list := p.newRows()
	text := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf(", %d %s", n, what)
	}
	err := list.text(fmt.Sprintf("%s, %d allowed, %d denied", plural(s.Records, "record"), s.Decisions["allow"], s.Decisions["deny"]) +
		text(s.Decisions["hold"], "answered as waiting for a person"))
	for _, name := range slices.Sorted(maps.Keys(s.Tools)) {
		c := s.Tools[name]
		held := ""
		if s.Decisions["hold"] > 0 {
			held = fmt.Sprintf(" %6d held", c.Held)
		}
		counts := fmt.Sprintf("  %6d allowed %6d denied%s  ", c.Allowed, c.Denied, held)
		err = errors.Join(err, list.print(counts, cmp.Or(name, "(no name)")))
	}
	if len(s.Rules) > 0 {
		err = errors.Join(err, list.text("denials by rule:"))
	}
	for _, rule := range slices.Sorted(maps.Keys(s.Rules)) {
		err = errors.Join(err, list.text(fmt.Sprintf("  %6d  %s", s.Rules[rule], rule)))
	}
	return err
}

func policyText(version string) string {
	if version == "" {
		return "no policy"
	}
	return "policy " + version
}
