package flows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

const storeExample = `  spectap store stats                # flows and bytes, by host
  spectap store verify               # read everything and check it
  spectap store compact              # return the space of removed flows to the file system`

// NewStoreCmd returns the command store.
func NewStoreCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Inspect, verify and compact the store",
		Long: `Inspects, verifies and compacts the file that holds the capture. docs/format.md describes its
format.`,
		Example: storeExample,
	}
	cmd.AddCommand(newStoreStatsCmd(p), newStoreVerifyCmd(p), newStoreCompactCmd(p))
	return cmd
}

// storeStats is the output of `store stats`.
type storeStats struct {
	File    string         `json:"file"`
	Bytes   int64          `json:"bytes"`
	Used    int64          `json:"used_bytes"`
	Flows   int64          `json:"flows"`
	First   uint64         `json:"first"`
	Last    uint64         `json:"last"`
	Imports int64          `json:"imports"`
	Lost    int64          `json:"lost_flows"` // flows not recorded since the first one
	Hosts   []hostStats    `json:"hosts"`
	Hub     *hub.Stats     `json:"hub,omitempty"`
	Owner   map[string]any `json:"owner,omitempty"` // status of the process that records to the store
}

type hostStats struct {
	Host  string `json:"host"`
	Flows int64  `json:"flows"`
	Bytes int64  `json:"bytes"` // captured, before compression
}

func newStoreStatsCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:     "stats",
		Short:   "Print how much is in the store, by host",
		Example: "  spectap store stats\n  spectap store stats --json | jq '.hosts[0]'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, err := p.Open(store.Options{ReadOnly: true})
			if err != nil {
				return err
			}
			defer st.Close()
			s, err := readStats(cmd.Context(), p, st)
			if err != nil {
				return err
			}
			if p.JSON {
				return PrintJSON(p, s)
			}
			return s.print(p.NewRows())
		},
	}, "print one JSON object")
}

func readStats(ctx context.Context, p *cli.Program, st store.Reader) (*storeStats, error) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	s := &storeStats{
		File: p.DBPath(), Bytes: stat.Bytes, Used: stat.Used, Flows: stat.Flows,
		First: uint64(stat.First), Last: uint64(stat.Last), Imports: stat.Imports,
		Lost: LossesAfter(stat.Losses, 0).Flows, Hosts: []hostStats{},
	}
	for _, host := range slices.Sorted(maps.Keys(stat.Hosts)) {
		s.Hosts = append(s.Hosts, hostStats{host, stat.Hosts[host], stat.HostBytes[host]})
	}
	slices.SortStableFunc(s.Hosts, func(a, b hostStats) int { return int(max(-1, min(1, b.Flows-a.Flows))) })
	if p.Hub != nil {
		if s.Hub, err = hub.ReadStats(ctx, p.Hub, stat); err != nil {
			return nil, err
		}
	}
	if owner, ok := st.(interface {
		Status(context.Context) (json.RawMessage, error)
	}); ok {
		if b, err := owner.Status(ctx); err == nil { // some owners have no status
			json.Unmarshal(b, &s.Owner)
		}
	}
	return s, nil
}

func (s *storeStats) print(list *cli.Rows) error {
	var b strings.Builder
	fmt.Fprintf(&b, "file     %s\nsize     %s, %s of it used\nflows    %d",
		visible.Line(s.File), cli.ShortSize(s.Bytes), cli.ShortSize(s.Used), s.Flows)
	if s.Flows > 0 {
		fmt.Fprintf(&b, ", records %d to %d", s.First, s.Last)
	}
	fmt.Fprintf(&b, "\nimports  %d\n", s.Imports)
	if s.Lost > 0 {
		fmt.Fprintf(&b, "lost     %s could not be recorded\n", cli.Plural(int(s.Lost), "flow"))
	}
	if s.Owner["address"] != nil {
		fmt.Fprintf(&b, "in use   by a proxy on %v; lost: %v flows, %v bodies; to learn: %v records\n",
			s.Owner["address"], s.Owner["lost"], s.Owner["bodies_lost"], s.Owner["to_learn"])
		if hosts, _ := s.Owner["passed_through"].([]any); len(hosts) > 0 {
			fmt.Fprintf(&b, "pinned   %s: passed through for clients that refuse the proxy's certificate\n",
				visible.Line(strings.Trim(fmt.Sprint(hosts), "[]")))
		}
	}
	list.Lines(b.String())
	if len(s.Hosts) > 0 {
		list.Lines("\n   flows  captured  host\n")
	}
	for _, h := range s.Hosts {
		list.Print(fmt.Sprintf("%8d  %8s  ", h.Flows, cli.ShortSize(h.Bytes)), h.Host)
	}
	if s.Hub == nil {
		return nil
	}
	b.Reset()
	s.Hub.Print(&b)
	return list.Lines(b.String())
}

func newStoreCompactCmd(p *cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Rewrite the store without free pages",
		Example: `  spectap store compact
  spectap store compact --db shop.db`,
		Long: `Copies the store to a new file without free pages and the remains of removed flows in them,
verifies the copy, and replaces the old file by it. Flows that cannot be read are dropped and
listed, and wrong indexes are rebuilt; the exit status is 3 then. No other process may use the
store meanwhile, and the disk needs room for both files.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return storeCompact(cmd.Context(), p) },
	}
}

func storeCompact(ctx context.Context, p *cli.Program) error {
	path := p.DBPath()
	if c, err := control.Dial(ctx, path); err == nil {
		c.Close()
		return cli.WithHint(fmt.Errorf("compact store %s: %w: a proxy records to it", path, store.ErrLocked),
			"spectap store compact --db "+cli.QuoteArg(path)+"   # after the proxy has ended")
	}
	log, err := p.Logger()
	if err != nil {
		return err
	}
	shown := p.StartProgress("")
	o := store.Options{Logger: log}
	var at, all int64
	shown.Part = func() (int64, int64) { return at, all }
	show := func(doing string, n, total int64) {
		if ctx.Err() != nil {
			return
		}
		if shown.Verb != doing {
			shown.Verb, shown.Began = doing, time.Now()
		}
		at, all = n, total
		switch {
		case total > 0:
			shown.Set(fmt.Sprintf("%s of at most %s", cli.ShortSize(n), cli.ShortSize(total)))
		case n > 0:
			shown.Set(fmt.Sprintf("%d records and bodies", n))
		}
	}
	done, err := cli.OrEnd(ctx, func() (store.Compacted, error) { return store.Compact(ctx, path, o, show) })
	shown.End()
	switch {
	case errors.Is(err, context.Canceled): // the copy may not have been removed
		store.DropCopies(path)
		return err
	case errors.Is(err, store.ErrFull):
		return cli.WithHint(err, "df -h "+cli.QuoteArg(path)+
			"   # shows free space; a second file of this size must fit beside it")
	case err != nil:
		return cli.StoreHint(path, err)
	}
	for _, x := range done.LeftOut {
		fmt.Fprintf(p.Stdout, "left out flow %d: %v\n", x.Seq, x.Err)
	}
	fmt.Fprintf(p.Stderr, "%s: from %s to %s", path, cli.ShortSize(done.Before), cli.ShortSize(done.After))
	if !done.Repaired {
		fmt.Fprintln(p.Stderr)
		return nil
	}
	fmt.Fprintf(p.Stderr, "; repaired, %s left out\n", cli.Plural(len(done.LeftOut), "flow"))
	return cli.ExitStatus(cli.ExitFound)
}

func newStoreVerifyCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:   "verify",
		Short: "Read everything in the store and report errors",
		Example: `  spectap store verify
  spectap store verify --db shop.db --json`,
		Long: `Checks each record against its checksum, each body against its hash, each index against the
records and, unless a proxy is recording, the pages of the file. The output has record numbers
but no captured data. The exit status is 3 if there are errors; spectap store compact then keeps
everything that can be read.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return storeVerify(cmd.Context(), p) },
	}, "print one JSON object")
}

func storeVerify(ctx context.Context, p *cli.Program) error {
	st, err := p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	r, err := verifyShown(ctx, p, st)
	if err != nil {
		return err
	}
	if p.JSON {
		err = PrintJSON(p, struct {
			OK       bool     `json:"ok"`
			Flows    int64    `json:"flows"`
			Bodies   int64    `json:"bodies"`
			Pages    bool     `json:"pages_checked"`
			Problems []string `json:"problems"`
			More     int      `json:"more_problems"`
		}{r.OK(), r.Flows, r.Bodies, r.Pages, append([]string{}, r.Problems...), r.More})
	} else {
		for _, x := range r.Problems {
			fmt.Fprintln(p.Stdout, x)
		}
		if r.More > 0 {
			_, err = fmt.Fprintf(p.Stdout, "and %d more\n", r.More)
		}
	}
	if err != nil {
		return err
	}
	pages := ""
	if !r.Pages {
		pages = "; the pages were not checked because the store is in use"
	}
	if r.OK() {
		fmt.Fprintf(p.Stderr, "%s is whole: %s, %s%s\n",
			p.DBPath(), cli.Plural(int(r.Flows), "flow"), cli.Plural(int(r.Bodies), "body"), pages)
		return nil
	}
	problems := cli.Plural(len(r.Problems)+r.More, "problem")
	fmt.Fprintf(p.Stderr, "%s: %s among %s, %s%s\n",
		p.DBPath(), problems, cli.Plural(int(r.Flows), "flow"), cli.Plural(int(r.Bodies), "body"), pages)
	fmt.Fprintf(p.Stderr, "try: spectap store compact --db %s   # keeps everything that can be read\n",
		cli.QuoteArg(p.DBPath()))
	return cli.ExitStatus(cli.ExitFound)
}

// verifyShown verifies the store and shows progress if this process has the file.
func verifyShown(ctx context.Context, p *cli.Program, st control.Store) (*store.Report, error) {
	db, ok := st.(*store.DB)
	if !ok {
		return st.Verify(ctx)
	}
	shown := p.StartProgress("checking")
	defer shown.End()
	return db.VerifyProgress(ctx, func(done int64) { shown.Set(fmt.Sprintf("%d records and bodies", done)) })
}
