package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

const storeExample = `  spectap store stats                # how much is in it, by host
  spectap store verify               # read all of it: is it whole?
  spectap store compact              # give back the room of what was removed`

func newStoreCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "store",
		Short:   "Look after the file that keeps the capture",
		Long:    "Looks after the file that keeps the capture. docs/format.md says what is in it.",
		Example: storeExample,
	}
	cmd.AddCommand(newStoreStatsCmd(p), newStoreVerifyCmd(p), newStoreCompactCmd(p))
	return cmd
}

// storeStats is what store stats prints.
type storeStats struct {
	File    string         `json:"file"`
	Bytes   int64          `json:"bytes"`
	Used    int64          `json:"used_bytes"`
	Flows   int64          `json:"flows"`
	First   uint64         `json:"first"`
	Last    uint64         `json:"last"`
	Imports int64          `json:"imports"`
	Lost    int64          `json:"lost_flows"` // that could not be recorded, among those that are there
	Hosts   []hostStats    `json:"hosts"`
	Owner   map[string]any `json:"owner,omitempty"` // the status of the process that records into it
}

type hostStats struct {
	Host  string `json:"host"`
	Flows int64  `json:"flows"`
	Bytes int64  `json:"bytes"` // captured, before compression
}

func newStoreStatsCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "stats",
		Short:   "Say how much is in the store, by host",
		Example: "  spectap store stats\n  spectap store stats --json | jq '.hosts[0]'",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, err := p.open(store.Options{ReadOnly: true})
			if err != nil {
				return err
			}
			defer st.Close()
			s, err := p.storeStats(cmd.Context(), st)
			if err != nil {
				return err
			}
			if asJSON {
				return p.printJSON(s)
			}
			return s.print(p.stdout)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) storeStats(ctx context.Context, st store.Reader) (*storeStats, error) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	s := &storeStats{
		File: p.dbPath(), Bytes: stat.Bytes, Used: stat.Used, Flows: stat.Flows,
		First: uint64(stat.First), Last: uint64(stat.Last), Imports: stat.Imports, Lost: lostSince(stat.Losses, 0).Flows, Hosts: []hostStats{},
	}
	for _, host := range slices.Sorted(maps.Keys(stat.Hosts)) {
		s.Hosts = append(s.Hosts, hostStats{host, stat.Hosts[host], stat.HostBytes[host]})
	}
	slices.SortStableFunc(s.Hosts, func(a, b hostStats) int { return int(max(-1, min(1, b.Flows-a.Flows))) })
	if owner, ok := st.(interface {
		Status(context.Context) (json.RawMessage, error)
	}); ok {
		if b, err := owner.Status(ctx); err == nil { // not all owners tell one
			json.Unmarshal(b, &s.Owner)
		}
	}
	return s, nil
}

func (s *storeStats) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "file     %s\nsize     %s, %s of it used\nflows    %d", s.File, shortSize(s.Bytes), shortSize(s.Used), s.Flows)
	if s.Flows > 0 {
		fmt.Fprintf(&b, ", records %d to %d", s.First, s.Last)
	}
	fmt.Fprintf(&b, "\nimports  %d\n", s.Imports)
	if s.Lost > 0 {
		fmt.Fprintf(&b, "lost     %s could not be recorded\n", plural(int(s.Lost), "flow"))
	}
	if s.Owner != nil {
		fmt.Fprintf(&b, "in use   by a proxy on %v; lost: %v flows, %v bodies; not learnt from yet: %v records\n",
			s.Owner["address"], s.Owner["lost"], s.Owner["bodies_lost"], s.Owner["to_learn"])
		if hosts, _ := s.Owner["passed_through"].([]any); len(hosts) > 0 {
			fmt.Fprintf(&b, "pinned   %s: passed through for clients that refuse our certificate\n", visible.Line(strings.Trim(fmt.Sprint(hosts), "[]")))
		}
	}
	if len(s.Hosts) > 0 {
		b.WriteString("\n   flows  captured  host\n")
	}
	for _, h := range s.Hosts {
		fmt.Fprintf(&b, "%8d  %8s  %s\n", h.Flows, shortSize(h.Bytes), visible.Line(h.Host))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newStoreVerifyCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read everything in the store, and say what is wrong",
		Long: `Reads everything: each record and body against its checksum and hash, each index against the records, and, unless a
proxy is recording, the pages of the file. Tells numbers, never what was captured. The exit status is 3 when something
is wrong; spectap store compact then keeps what can be read.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.storeVerify(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) storeVerify(ctx context.Context, asJSON bool) error {
	st, err := p.open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	r, err := p.verifyShown(ctx, st)
	if err != nil {
		return err
	}
	if asJSON {
		problems := r.Problems
		if problems == nil {
			problems = []string{}
		}
		err = p.printJSON(struct {
			OK       bool     `json:"ok"`
			Flows    int64    `json:"flows"`
			Bodies   int64    `json:"bodies"`
			Pages    bool     `json:"pages_checked"`
			Problems []string `json:"problems"`
			More     int      `json:"more_problems"`
		}{r.OK(), r.Flows, r.Bodies, r.Pages, problems, r.More})
	} else {
		for _, x := range r.Problems {
			fmt.Fprintln(p.stdout, x)
		}
		if r.More > 0 {
			fmt.Fprintf(p.stdout, "and %d more\n", r.More)
		}
	}
	if err != nil {
		return err
	}
	pages := ""
	if !r.Pages {
		pages = "; its pages were not checked, since it is in use"
	}
	if r.OK() {
		fmt.Fprintf(p.stderr, "%s is whole: %s, %s%s\n", p.dbPath(), plural(int(r.Flows), "flow"), bodies(r.Bodies), pages)
		return nil
	}
	fmt.Fprintf(p.stderr, "%s: %s among %s, %s%s\n", p.dbPath(), plural(len(r.Problems)+r.More, "problem"), plural(int(r.Flows), "flow"), bodies(r.Bodies), pages)
	fmt.Fprintf(p.stderr, "try: spectap store compact --db %s   # keeps what can be read\n", quoteArg(p.dbPath()))
	return exitStatus(exitFound)
}

func bodies(n int64) string {
	if n == 1 {
		return "1 body"
	}
	return fmt.Sprintf("%d bodies", n)
}

// verifyShown verifies and shows how far it is, where that can be known.
func (p *program) verifyShown(ctx context.Context, st control.Store) (*store.Report, error) {
	db, ok := st.(*store.DB)
	if !ok {
		return st.Verify(ctx)
	}
	shown := p.startProgress("checking")
	defer shown.end()
	return db.VerifyProgress(ctx, func(done int64) { shown.set(fmt.Sprintf("%d records and bodies", done)) })
}

func newStoreCompactCmd(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Write the store anew, without the room of what was removed",
		Long: `Writes the store into a new file without free pages, and without what they still hold of flows that were removed, checks
it and puts it in the place of the old one. Flows that cannot be read are left out and told, wrong indexes are made
anew; the exit status is 3 then. Nothing else may use the store meanwhile, and there must be room for both files.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.storeCompact(cmd.Context()) },
	}
}

func (p *program) storeCompact(ctx context.Context) error {
	path := p.dbPath()
	if c, err := control.Dial(ctx, path); err == nil {
		c.Close()
		return &hint{fmt.Errorf("compact store %s: %w: a proxy records into it", path, store.ErrLocked), "spectap store compact --db " + quoteArg(path) + "   # once the proxy has ended"}
	}
	log, err := p.logger()
	if err != nil {
		return err
	}
	shown := p.startProgress("")
	done, err := store.Compact(ctx, path, store.Options{Logger: log, Upgrading: p.tellUpgrade}, func(doing string, n, total int64) {
		shown.verb = doing
		switch {
		case total > 0:
			shown.set(fmt.Sprintf("%s of at most %s", shortSize(n), shortSize(total)))
		case n > 0:
			shown.set(fmt.Sprintf("%d records and bodies", n))
		}
	})
	shown.end()
	switch {
	case errors.Is(err, store.ErrFull):
		return &hint{err, "df -h " + quoteArg(path) + "   # there must be room for a second file beside it"}
	case err != nil:
		return storeHint(path, err)
	}
	for _, x := range done.LeftOut {
		fmt.Fprintf(p.stdout, "left out flow %d: %v\n", x.Seq, x.Err)
	}
	fmt.Fprintf(p.stderr, "%s: from %s to %s", path, shortSize(done.Before), shortSize(done.After))
	if !done.Repaired {
		fmt.Fprintln(p.stderr)
		return nil
	}
	fmt.Fprintf(p.stderr, "; repaired, %s left out\n", plural(len(done.LeftOut), "flow"))
	return exitStatus(exitFound)
}
