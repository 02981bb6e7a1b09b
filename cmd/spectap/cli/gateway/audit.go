package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/book"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
)

// NewAuditCmd returns the command audit.
func NewAuditCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Verify and read the audit of the gateway",
		Example: `  spectap audit tail audit.jsonl
  spectap audit verify audit.jsonl`,
	}
	return cli.Group(cmd, cli.EndsAtOnce(newAuditVerifyCmd(p)), newAuditKeyCmd(p), cli.EndsAtOnce(newAuditTailCmd(p)))
}

func newAuditTailCmd(p *cli.Program) *cobra.Command {
	var n int
	cmd := &cobra.Command{
		Use:   "tail AUDIT",
		Short: "Print the newest records of an audit",
		Example: `  spectap audit tail audit.jsonl
  spectap audit tail -n 100 --json audit.jsonl | jq .rule`,
		Args: cli.Exactly(1, "one audit"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n < 1 {
				return cli.Usagef(cmd, "--lines %d: must be 1 or more", n)
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
				if err := printRecord(p, text); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().IntVarP(&n, "lines", "n", 20, "how many records")
	p.AddJSON(cmd, "print the records as they are")
	return cmd
}

// auditFile describes the file of an audit in help texts.
const auditFile = "the file that --audit of spectap gateway, serve or mcp names"

// readAudit calls do with the records of an audit, oldest first. A file without a complete record
// must be empty or begin like an audit.
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
			return cli.WithHint(not, auditFile)
		}
	}
	return err
}

// printRecord prints a record on one line.
func printRecord(p *cli.Program, text []byte) error {
	if p.JSON {
		_, err := p.JSONOut().Write(append(text, '\n'))
		return err
	}
	r, err := audit.Decode(text)
	if err != nil {
		fmt.Fprintf(p.Stdout, "a broken record: %v\n", err)
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
		parts = append(parts, fmt.Sprintf("of %d, %.1f ms, %s", r.Call, r.Latency, cli.Plural(r.Size, "byte")))
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
	return p.NewRows().Text(strings.Join(parts, "  "))
}

// changeParts returns the parts of a line about a change.
func changeParts(c *book.Change) (parts []string) {
	if c == nil {
		return nil
	}
	parts = []string{c.What}
	for _, v := range []struct{ name, value string }{{"", c.Kind}, {"of", c.Server}, {"id", c.ID}, {"digest", short(c.Digest)}, {"by", c.By},
		{"via", c.Channel}} {
		if v.value != "" {
			parts = append(parts, strings.TrimSpace(v.name+" "+v.value))
		}
	}
	if c.Note != "" {
		parts = append(parts, "-- "+c.Note)
	}
	return parts
}

// short abbreviates a hash to the part that people compare.
func short(hash string) string { return hash[:min(len(hash), shortHash)] }

func policyText(version string) string {
	if version == "" {
		return "no policy"
	}
	return "policy " + version
}

// changeSource provides the changes of one kind.
type changeSource struct {
	event string
	since func(time.Time) ([]book.Change, error)
}

// auditFollower writes changes that other processes and servers made to the audit. Each change is
// written at least once. After a kill it may be written twice, with the same time.
type auditFollower struct {
	log     *audit.Log
	sources []changeSource
	from    time.Time
	seen    map[string]bool // changes since from that were written
	warned  bool
	warn    *slog.Logger
}

// followSlack bounds how much older than the last record of the audit a missing change can be: a
// killed process may not have polled.
const followSlack = 10 * time.Second

// stopSlack is followSlack after a regular stop, for which the process polled just before.
const stopSlack = 100 * time.Millisecond

// followChanges writes changes to an audit until ctx ends. The returned function writes the
// remaining ones.
func followChanges(ctx context.Context, l *audit.Log, sources []changeSource, log *slog.Logger) (stop func()) {
	if l == nil || len(sources) == 0 {
		return func() {}
	}
	f := &auditFollower{log: l, sources: sources, from: time.Now(), seen: map[string]bool{}, warn: log}
	switch last, stopped := l.Found(); {
	case stopped:
		f.from = last.Add(-stopSlack)
	case !last.IsZero():
		f.from = last.Add(-followSlack)
	}
	f.look()
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		cli.Every(ctx, cli.WatchInterval, f.look)
		f.look()
		close(done)
	}()
	return func() { cancel(); <-done }
}

// look writes the changes since the last call.
func (f *auditFollower) look() {
	seen, latest := map[string]bool{}, f.from.Add(followSlack)
	for _, s := range f.sources {
		all, err := s.since(f.from)
		if err != nil { // the file is damaged or gone; calls are denied then
			if !f.warned {
				f.warn.Warn("changes cannot be written to the audit", "event", s.event, "error", err)
			}
			f.warned = true
			return
		}
		for i := range all {
			c := &all[i]
			key := strings.Join([]string{s.event, c.At.Format(time.RFC3339Nano), c.What, c.Server, c.Kind, c.Name, c.ID, c.By}, "\x00")
			if !f.seen[key] {
				if _, err := f.log.Append(audit.Record{Event: s.event, Identity: c.Grant, Name: c.Name, Change: c}); err != nil {
					return // retry at the next poll
				}
				f.seen[key] = true
			}
			seen[key] = true
			if c.At.After(latest) {
				latest = c.At
			}
		}
	}
	f.seen, f.warned, f.from = seen, false, latest.Add(-followSlack)
}

// changesOf returns the changes of the files that a gateway shares with the commands of people;
// each may be nil.
func changesOf(pins *pin.Book, grants *grant.Book, approvals *approval.Book) (all []changeSource) {
	if pins != nil {
		all = append(all, changeSource{audit.EventDefinition, pins.History})
	}
	if grants != nil {
		all = append(all, changeSource{audit.EventGrant, grants.History})
	}
	if approvals != nil {
		all = append(all, changeSource{audit.EventApproval, func(since time.Time) ([]book.Change, error) { return decisionsSince(approvals, since) }})
	}
	return all
}

// decisionsSince returns the decisions of people on held calls and on approvals by rule.
func decisionsSince(b *approval.Book, since time.Time) (out []book.Change, err error) {
	add := func(about book.Change, decisions []approval.Decision, revoked bool) {
		for n, d := range decisions {
			if d.At.Before(since) {
				continue
			}
			about.What = "denied"
			switch {
			case d.Approve:
				about.What = "approved"
			case revoked && n == len(decisions)-1:
				about.What = "revoked"
			}
			about.At, about.By, about.Channel, about.Note = d.At, d.By, d.Channel, d.Note
			out = append(out, about)
		}
	}
	held, err := b.List(time.Time{})
	if err != nil {
		return nil, err
	}
	for i := range held {
		h := &held[i]
		add(book.Change{Kind: "call", Name: h.Tool, Server: h.Server, ID: h.ID, Digest: h.Digest, Grant: h.Grant, Asked: h.Created}, h.Decisions, false)
	}
	standing, err := b.Standing(time.Time{})
	if err != nil {
		return nil, err
	}
	for i := range standing {
		s := &standing[i]
		about := book.Change{Kind: "rule", Name: s.Tool, Server: s.Server, ID: s.ID, Digest: s.Digest, Grant: s.Grant, Asked: s.Created}
		add(about, s.Decisions, s.State == approval.Revoked)
	}
	slices.SortStableFunc(out, func(a, b book.Change) int { return a.At.Compare(b.At) })
	return out, nil
}
