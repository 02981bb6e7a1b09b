package gateway

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/book"
	"github.com/spectap/spectap/guard/enforce"
)

// AuditReport sums up what an audit says of a time.
type AuditReport struct {
	Since     time.Time             `json:"since,omitzero"`
	Until     time.Time             `json:"until"`
	Calls     []auditReportCalls    `json:"calls"`
	Denials   []auditReportDenials  `json:"denials"`
	Approvals []auditReportApproval `json:"approvals"`
	// Quarantined are calls that were refused because no person had accepted the definition.
	Quarantined []auditReportDenials `json:"quarantined"`
	Policies    []auditReportPolicy  `json:"policies"`
	// Definitions, Grants and Decisions are what servers and people changed.
	Definitions []book.Change `json:"definitions"`
	Grants      []book.Change `json:"grants"`
	Decisions   []book.Change `json:"decisions"` // of people, on held calls
}

type auditReportCalls struct {
	Identity string `json:"identity"`
	Server   string `json:"server,omitempty"` // if the audit is of several
	Name     string `json:"name"`             // of the tool, prompt or resource, or the method
	auditCount
}

type auditReportDenials struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Server string `json:"server,omitempty"`
	Name   string `json:"name,omitempty"`
	Count  int    `json:"count"`
}

// auditReportApproval is a call that was sent after people agreed.
type auditReportApproval struct {
	Time     time.Time `json:"time"`
	Identity string    `json:"identity"`
	Server   string    `json:"server,omitempty"`
	Name     string    `json:"name"`
	By       string    `json:"by"`
	// Waited is the time from the first answer that it waits to the call, in seconds; 0 if the
	// client waited all the time.
	Waited float64 `json:"waited_seconds"`
}

type auditReportPolicy struct {
	Time    time.Time `json:"time"`
	Server  string    `json:"server,omitempty"`
	Version string    `json:"version"`
}

func newAuditReportCmd(p *cli.Program) *cobra.Command {
	var since time.Duration
	cmd := &cobra.Command{
		Use:   "report AUDIT",
		Short: "Sum up an audit: calls, denials, approvals, changed policies",
		Long: `Prints a report in Markdown: the calls by identity and tool, the denials by rule, the calls that
people approved and how long they waited, what people said of held calls and how long that took, what
was quarantined, how definitions changed and who accepted that, changes of grants, and the policies
that were in force.`,
		Example: "  spectap audit report --since 7d audit.jsonl",
		Args:    cli.Exactly(1, "one audit"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := &auditReporter{
				calls: map[[3]string]*auditReportCalls{}, denials: map[[3]string]*auditReportDenials{},
				held: map[string]time.Time{}, inForce: map[string]string{},
			}
			r.Until = time.Now().UTC()
			r.Definitions, r.Grants, r.Decisions = []book.Change{}, []book.Change{}, []book.Change{}
			if cmd.Flags().Changed("since") {
				if since <= 0 {
					return cli.Usagef(cmd, "--since must be more than 0, such as 12h or 7d")
				}
				r.Since = r.Until.Add(-since)
			}
			if err := r.read(cmd.Context(), args[0]); err != nil {
				return err
			}
			if p.JSON {
				return p.PrintIndentedJSON(r.AuditReport)
			}
			_, err := fmt.Fprint(p.Stdout, r.markdown())
			return err
		},
	}
	flagset.TimeVar(cmd.Flags(), &since, "since", 0, "only records of this last `time`: 12h, 7d (default: all)")
	p.AddJSON(cmd, "print JSON")
	return cmd
}

// auditReporter collects a report.
type auditReporter struct {
	AuditReport
	calls   map[[3]string]*auditReportCalls
	denials map[[3]string]*auditReportDenials
	held    map[string]time.Time // when calls were held first, by the id of the approval
	inForce map[string]string    // the latest version of the policy of each server
}

func (r *auditReporter) read(ctx context.Context, path string) error {
	err := readRecords(ctx, path, r.add)
	r.Calls, r.Denials, r.Quarantined = []auditReportCalls{}, []auditReportDenials{}, []auditReportDenials{}
	for _, c := range r.calls {
		r.Calls = append(r.Calls, *c)
	}
	slices.SortFunc(r.Calls, func(a, b auditReportCalls) int {
		return cmp.Or(cmp.Compare(a.Identity, b.Identity), cmp.Compare(a.Server, b.Server), cmp.Compare(a.Name, b.Name))
	})
	for _, key := range slices.SortedFunc(maps.Keys(r.denials), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
		if d := *r.denials[key]; d.Rule == enforce.RulePins {
			r.Quarantined = append(r.Quarantined, d)
		} else {
			r.Denials = append(r.Denials, d)
		}
	}
	// In JSON, no elements are [], not null.
	r.Approvals, r.Policies = append([]auditReportApproval{}, r.Approvals...), append([]auditReportPolicy{}, r.Policies...)
	for _, list := range []*[]book.Change{&r.Definitions, &r.Grants, &r.Decisions} {
		*list = append([]book.Change{}, *list...)
	}
	return err
}

func (r *auditReporter) add(a *audit.Record) {
	const waits = "the call waits for a person's approval: "
	if id, ok := strings.CutPrefix(a.Reason, waits); ok && a.Decision == "hold" && r.held[id].IsZero() {
		r.held[id] = a.Time
	}
	if a.Time.Before(r.Since) {
		return
	}
	switch a.Event {
	case audit.EventStart, audit.EventPolicy:
		if version, known := r.inForce[a.Server]; !known || version != a.Policy {
			r.inForce[a.Server] = a.Policy
			r.Policies = append(r.Policies, auditReportPolicy{a.Time, a.Server, a.Policy})
		}
	case audit.EventDecision:
		r.decision(a)
	case audit.EventDefinition:
		r.Definitions = addChange(r.Definitions, a.Change)
	case audit.EventGrant:
		r.Grants = addChange(r.Grants, a.Change)
	case audit.EventApproval:
		r.Decisions = addChange(r.Decisions, a.Change)
	}
}

// recentChanges is how far back a change may stand a second time.
const recentChanges = 1000

// addChange adds a change, unless it is there: after a kill the audit may have one twice.
func addChange(all []book.Change, c *book.Change) []book.Change {
	if c == nil || slices.Contains(all[max(0, len(all)-recentChanges):], *c) {
		return all
	}
	return append(all, *c)
}

func (r *auditReporter) decision(a *audit.Record) {
	name := cmp.Or(a.Name, a.Method, "(malformed)")
	key := [3]string{a.Identity, a.Server, name}
	c := r.calls[key]
	if c == nil {
		c = &auditReportCalls{Identity: a.Identity, Server: a.Server, Name: name}
		r.calls[key] = c
	}
	if c.add(a.Decision) {
		key := [3]string{a.Server, a.Rule, name}
		if r.denials[key] == nil {
			r.denials[key] = &auditReportDenials{Rule: a.Rule, Server: a.Server, Name: name}
		}
		r.denials[key].Reason = a.Reason // the last one: that of a limit says when to try again
		r.denials[key].Count++
	}
	if rest, ok := strings.CutPrefix(a.Confirmed, "approval "); ok && a.Decision == "allow" {
		id, _, _ := strings.Cut(rest, " ")
		_, by, _ := strings.Cut(rest, " by ")
		approved := auditReportApproval{Time: a.Time, Identity: a.Identity, Server: a.Server, Name: name, By: by}
		if held := r.held[id]; !held.IsZero() {
			approved.Waited = a.Time.Sub(held).Seconds()
		}
		r.Approvals = append(r.Approvals, approved)
	}
}

// markdown writes the report for people.
func (r *auditReporter) markdown() string {
	var b strings.Builder
	const at = "2006-01-02 15:04:05"
	since := "the beginning"
	if !r.Since.IsZero() {
		since = r.Since.Format(at)
	}
	fmt.Fprintf(&b, "# Audit from %s to %s (UTC)\n", since, r.Until.Format(at))
	table(&b, "Calls", "identity, server?, name, allowed, denied, held", r.Calls, func(c *auditReportCalls) []string {
		return []string{cell(c.Identity), cell(c.Server), cell(c.Name), fmt.Sprint(c.Allowed), fmt.Sprint(c.Denied), fmt.Sprint(c.Held)}
	})
	denial := func(d *auditReportDenials) []string {
		return []string{fmt.Sprint(d.Count), cell(d.Server), cell(d.Name), cell(d.Rule), cell(d.Reason)}
	}
	table(&b, "Denials", "times, server?, name, rule, reason", r.Denials, denial)
	table(&b, "Approved calls", "time, identity, server?, name, approved by, waited", r.Approvals, func(a *auditReportApproval) []string {
		waited := time.Duration(a.Waited) * time.Second
		return []string{a.Time.UTC().Format(at), cell(a.Identity), cell(a.Server), cell(a.Name), cell(a.By), waited.String()}
	})
	const decided = "time, asked by, name, decision, by, via, id, digest shown, after, note"
	table(&b, "Decisions of people", decided, r.Decisions, func(c *book.Change) []string {
		return []string{c.At.UTC().Format(at), cell(c.Grant), cell(c.Name), c.What, cell(c.By), cell(c.Channel), cell(c.ID),
			cell(short(c.Digest)), c.At.Sub(c.Asked).Round(time.Second).String(), cell(c.Note)}
	})
	const defined = "time, server, kind, name, change, accepted before, digest, by"
	table(&b, "Definition changes", defined, r.Definitions, func(c *book.Change) []string {
		return []string{c.At.UTC().Format(at), cell(c.Server), cell(c.Kind), cell(c.Name), c.What, cell(short(c.Before)), cell(short(c.Digest)), cell(c.By)}
	})
	table(&b, "Grants", "time, grant, change, by", r.Grants, func(c *book.Change) []string {
		return []string{c.At.UTC().Format(at), cell(c.Name), c.What, cell(c.By)}
	})
	table(&b, "Quarantined definitions", "times, server?, name, rule, reason", r.Quarantined, denial)
	table(&b, "Policies", "in force since, server?, version", r.Policies, func(p *auditReportPolicy) []string {
		return []string{p.Time.UTC().Format(at), cell(p.Server), cell(p.Version)}
	})
	return b.String()
}

// short returns the part of a hash that people compare.
func short(hash string) string { return hash[:min(len(hash), shortHash)] }

// table writes a table of Markdown. A column whose head ends in "?" is left out if it is empty, as
// that of the servers is in the audit of one.
func table[T any](b *strings.Builder, title, columns string, list []T, row func(*T) []string) {
	head, rows := strings.Split(columns, ", "), make([][]string, len(list))
	for i := range list {
		rows[i] = row(&list[i])
	}
	for at, name := range head {
		head[at] = strings.TrimSuffix(name, "?")
		if name == head[at] || slices.ContainsFunc(rows, func(row []string) bool { return row[at] != "" }) {
			continue
		}
		head = slices.Delete(head, at, at+1)
		for i, row := range rows {
			rows[i] = slices.Delete(row, at, at+1)
		}
		break
	}
	fmt.Fprintf(b, "\n## %s\n\n", title)
	if len(rows) == 0 {
		b.WriteString("None.\n")
		return
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
	}
}

// cell writes foreign text as a cell of Markdown: as code, in which nothing is markup.
func cell(s string) string {
	if s == "" {
		return ""
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case '`':
			return '\''
		case '|':
			return '¦'
		case '\n', '\r', '\t':
			return ' '
		}
		return r
	}, s)
	return "`" + s + "`"
}
