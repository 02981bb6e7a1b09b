package hub

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/days"
	"github.com/spectap/spectap/store"
)

const workerLong = `Learns from the flows that a hub has, until interrupted, and keeps the models in the hub. Its marks
let proxies drop the flows that it has stored in --dir. Several workers divide the sources among
them, and take over from each other within seconds.

Without a worker everything works, but spools keep their flows, and the first export of a reader
learns from all of them.`

// workerFlags are the flags of spectap worker.
type workerFlags struct {
	Flags
	dir       string
	keepDays  int
	retention flagset.RetentionFlags
}

// NewWorkerCmd returns the command worker.
func NewWorkerCmd(p *cli.Program) *cobra.Command {
	var o workerFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Learn from the flows of a hub, until interrupted",
		Long:  workerLong,
		Example: `  spectap worker --db nats://127.0.0.1:4222/shop --dir worker
  spectap worker --db nats://hub.example:4222/shop --dir worker --creds worker.nk --tls-ca ca.pem
  spectap flows ls --db worker/flows.db              # the flows that this worker has`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ok, err := o.take(p, cmd)
			switch {
			case err != nil:
				return err
			case !ok:
				return cli.Usagef(cmd, "spectap worker needs --db nats://HOST:PORT/TEAM")
			case o.dir == "":
				return cli.Usagef(cmd, "spectap worker needs --dir")
			case o.keepDays < 1:
				return cli.Usagef(cmd, "--keep-days %d: must be at least 1", o.keepDays)
			}
			return work(cmd.Context(), p, &o)
		},
	}
	cli.Annotate(cmd, annotationHub)
	o.addFlags(cmd, "wait for the hub for ever, if it does not answer (default: 30 seconds)")
	cmd.Flags().StringVar(&o.dir, "dir", "", "the `folder` for the flows of this worker's sources")
	cmd.Flags().IntVar(&o.keepDays, "keep-days", days.Keep,
		"keep what was learned of the newest `N` days apart, for export --since; older days are one")
	o.retention.AddFlags(cmd)
	return cmd
}

// work runs a worker.
func work(ctx context.Context, p *cli.Program, o *workerFlags) error {
	log, err := p.Logger()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the worker: %w", err)
	}
	p.Global.DB = filepath.Join(o.dir, "flows.db")
	db, err := store.Open(p.Global.DB, store.Options{Create: true, Logger: log})
	if err != nil {
		return cli.StoreHint(p.Global.DB, err)
	}
	defer db.Close()
	l, err := o.connect(ctx, p, log, electionTime)
	if err != nil {
		return err
	}
	defer l.Close()
	id := flow.NewID().String()
	w := relay.NewWorker(relay.WorkerConfig{
		Log: l, Store: db, Name: id[:16], NewModel: func() relay.Model { return infer.New() }, KeepDays: o.keepDays, Logger: log,
	})
	status := func() any { // the output of store stats for a worker
		st := w.Status()
		return map[string]any{
			"partitions": st.Partitions, "flows": st.Flows, "bytes": st.Bytes, "commits": st.Commits, "lost_commits": st.Lost, "gaps": st.Gaps,
		}
	}
	s, err := control.Start(control.Config{Store: db, Path: p.Global.DB, Status: status, Logger: log})
	if err != nil { // working goes on without it
		log.Warn("other commands cannot use the store while this one runs", "err", err)
	} else {
		defer s.Close()
	}
	fmt.Fprintf(p.Stdout, "working for %s\n", o.Address)
	side, cancel := context.WithCancel(ctx)
	defer cancel()
	go flagset.Retain(side, db, o.retention.Limits(), log, new(atomic.Int64))
	err = w.Run(ctx)
	st := w.Status()
	fmt.Fprintf(p.Stderr, "%s learned, %s committed\n", cli.Plural(int(st.Flows), "record"), cli.Plural(int(st.Commits), "model"))
	return Hint(&o.Flags, err)
}

// Stats is the output of store stats for a hub.
type Stats struct{ *relay.Overview }

// ReadStats reads the reports of the sources and workers of a hub.
func ReadStats(ctx context.Context, h *cli.HubView, st store.Stat) (*Stats, error) {
	o, err := relay.ReadOverview(ctx, h.Log, h.Status(), st.Sources)
	return &Stats{o}, err
}

// Print prints the size of the log and the sources.
func (s *Stats) Print(b *strings.Builder) {
	if s.Stored > 0 {
		fmt.Fprintf(b, "\nhub      %s of flows\n", cli.ShortSize(int64(s.Stored)))
	}
	if len(s.Sources) > 0 {
		b.WriteString("\nrecorded      sent  released      here  lost  seen      source\n")
	}
	for _, x := range s.Sources {
		note := ""
		if x.Gap {
			note = "  (the hub lost some; asked for)"
		}
		fmt.Fprintf(b, "%8d  %8d  %8d  %8d  %4d  %-8s  %s%s\n", x.Recorded, x.Sent, x.Released, x.Here, x.Lost,
			shortAge(time.Since(x.At)), x.Source, note)
	}
}

// shortAge formats the age of a time in its largest unit.
func shortAge(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", int(d.Minutes()))
	}
	return fmt.Sprintf("%dh ago", int(d.Hours()))
}
