package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/days"
	"github.com/spectap/spectap/relay/overview"
	"github.com/spectap/spectap/store"
)

const workerLong = `Learns from the flows that a hub has, until interrupted, and keeps the models in the hub. Its marks
let proxies drop the flows that it has stored in --dir. Several workers divide the sources among
them, and take over from each other within seconds.

Without a worker everything works, but spools keep their flows, and the first export of a reader
learns from all of them.`

// workerFlags are the flags of spectap worker.
type workerFlags struct {
	hubFlags
	dir       string
	keepDays  int
	retention retentionFlags
	metrics   metricsFlags
}

func newWorkerCmd(p *program) *cobra.Command {
	var o workerFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Learn from the flows of a hub, until interrupted",
		Long:  workerLong,
		Example: `  spectap worker --db nats://127.0.0.1:4222/shop --dir worker
  spectap worker --db nats://hub.example:4222/shop --dir worker --creds worker.nk --tls-ca ca.pem
  spectap flows ls --db worker/flows.db              # the flows that this worker has`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ok, err := o.take(p, cmd)
			switch {
			case err != nil:
				return err
			case !ok:
				return usagef(cmd, "spectap worker needs --db nats://HOST:PORT/TEAM")
			case o.dir == "":
				return usagef(cmd, "spectap worker needs --dir")
			case o.keepDays < 1:
				return usagef(cmd, "--keep-days %d: must be at least 1", o.keepDays)
			}
			return p.work(cmd.Context(), &o)
		},
	}
	annotate(cmd, annotationHub)
	o.addFlags(cmd, "wait for the hub for ever, if it does not answer (default: 30 seconds)")
	cmd.Flags().StringVar(&o.dir, "dir", "", "the `folder` for the flows of this worker's sources")
	cmd.Flags().IntVar(&o.keepDays, "keep-days", days.Keep,
		"keep what was learned of the newest `N` days apart, for export --since; older days are one")
	o.retention.addFlags(cmd)
	o.metrics.addFlags(cmd)
	return cmd
}

// work runs a worker.
func (p *program) work(ctx context.Context, o *workerFlags) error {
	log, err := p.logger()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the worker: %w", err)
	}
	p.global.db = filepath.Join(o.dir, "flows.db")
	db, err := store.Open(p.global.db, store.Options{Create: true, Logger: log})
	if err != nil {
		return storeHint(p.global.db, err)
	}
	defer db.Close()
	l, err := o.connect(ctx, p, log, electionTime)
	if err != nil {
		return err
	}
	defer l.Close()
	id := flow.NewID().String()
	w, err := relay.NewWorker(relay.WorkerConfig{
		Log: l, Store: db, Name: id[:16], NewModel: func() relay.Model { return infer.New() }, KeepDays: o.keepDays, Logger: log,
	})
	if err != nil {
		return err
	}
	s, err := control.Start(control.Config{Store: db, Path: p.global.db, Status: func() any { return workerStatus(w) }, Logger: log})
	if err != nil { // working goes on without it
		log.Warn("other commands cannot use the store while this one runs", "err", err)
	} else {
		defer s.Close()
	}
	end, err := o.metrics.serve(ctx, p, func(ctx context.Context, page *metrics.Page) { workerMetrics(ctx, page, w, l) }, log)
	if err != nil {
		return err
	}
	defer end()
	fmt.Fprintf(p.stdout, "working for %s\n", o.address)
	keep := tap{}
	side, cancel := context.WithCancel(ctx)
	defer cancel()
	go keep.retain(side, db, o.retention.limits(), log)
	err = w.Run(ctx)
	st := w.Status()
	fmt.Fprintf(p.stderr, "%s learned, %s committed\n", plural(int(st.Flows), "record"), plural(int(st.Commits), "model"))
	return hubHint(&o.hubFlags, err)
}

// workerStatus is what store stats shows of a worker.
func workerStatus(w *relay.Worker) any {
	st := w.Status()
	return map[string]any{
		"partitions": st.Partitions, "flows": st.Flows, "bytes": st.Bytes, "commits": st.Commits, "lost_commits": st.Lost, "gaps": st.Gaps,
	}
}

// hubStats is what store stats prints of a hub.
type hubStats struct{ *overview.Overview }

// stats reads what the sources and workers of a hub say.
func (h *hubView) stats(ctx context.Context, st store.Stat) (*hubStats, error) {
	o, err := overview.Read(ctx, h.log, h.status(), st.Sources)
	return &hubStats{o}, err
}

// print prints the size of the log and the sources.
func (s *hubStats) print(b *strings.Builder) {
	if s.Stored > 0 {
		fmt.Fprintf(b, "\nhub      %s of flows\n", shortSize(int64(s.Stored)))
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

// shortAge returns a time ago in its largest unit.
func shortAge(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", int(d.Minutes()))
	}
	return fmt.Sprintf("%dh ago", int(d.Hours()))
}
