package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// retainEvery is how often old flows are looked for.
const retainEvery = 30 * time.Second

// retentionFlags say how long a proxy's flows are kept.
type retentionFlags struct {
	size   sizeFlag
	age    time.Duration
	forget bool
}

func (r *retentionFlags) addFlags(cmd *cobra.Command) {
	usual := store.DefaultRetention()
	r.size = sizeFlag(usual.MaxBytes)
	f := cmd.Flags()
	f.Var(&r.size, "keep-size", "drop the oldest flows when the store uses more than this `size`; 0 keeps all")
	f.DurationVar(&r.age, "keep-age", usual.MaxAge, "drop flows that were stored longer than this `time` ago; 0 keeps all")
	f.BoolVar(&r.forget, "forget", false, "when flows are dropped, also forget what was learnt from them")
}

func (r *retentionFlags) retention() store.Retention {
	return store.Retention{MaxAge: r.age, MaxBytes: int64(r.size), Forget: r.forget}
}

// tapStatus is what a proxy tells of itself, on its status line and to other processes.
type tapStatus struct {
	Address string   `json:"address"`
	Paused  bool     `json:"paused"`
	Flows   int64    `json:"flows"`
	Active  int64    `json:"active"`
	Failed  int64    `json:"failed"`
	Queued  int64    `json:"queued"`
	Lost    int64    `json:"lost"`
	Bodies  int64    `json:"bodies_lost"`
	Tunnels int64    `json:"tunnels"`
	Refused int64    `json:"tunnels_of_pinning_clients"`
	Pinned  []string `json:"passed_through"` // hosts, at the moment
	Dropped int64    `json:"dropped"`        // by retention
	Rules   int      `json:"rules"`
	Applied int64    `json:"rules_applied"` // times
	Skipped int64    `json:"rules_skipped"`
	Lag     int64    `json:"to_learn"` // records that nothing was learnt from yet
}

func (t *tap) status() tapStatus {
	ps, qs, rs := t.proxy.Stats(), t.queue.Stats(), t.rules.live.Counts()
	return tapStatus{
		Address: t.listener.Addr().String(), Paused: t.proxy.Paused(), Flows: ps.Flows - qs.Lost, Active: ps.Active, Failed: ps.Failed,
		Queued: qs.Queued, Lost: ps.Lost + qs.Lost, Bodies: ps.BodiesLost + qs.BodiesLost,
		Tunnels: ps.Tunnels, Refused: ps.Pinned, Pinned: t.proxy.PassedThrough(), Dropped: t.dropped.Load(),
		Rules: rs.Rules, Applied: rs.Applied, Skipped: rs.Skipped, Lag: t.lag(),
	}
}

// lag is how many records wait to be learnt from.
func (t *tap) lag() int64 {
	if t.learner == nil {
		return 0
	}
	n, err := t.learner.Backlog(context.Background())
	if err != nil {
		return 0 // the store is being closed
	}
	return n
}

func (s tapStatus) String() string {
	var b strings.Builder
	if s.Paused {
		b.WriteString("PAUSED, ")
	}
	fmt.Fprintf(&b, "%d flows, %d under way", s.Flows, s.Active)
	for _, x := range []struct {
		n    int64
		what string
	}{
		{s.Failed, "failed"}, {s.Queued, "queued"}, {s.Lag, "to learn from"}, {s.Tunnels, "passed through"},
		{s.Refused, "of these for clients that refuse our certificate"}, {s.Dropped, "dropped by age or size"},
		{int64(s.Rules), "rules"}, {s.Applied, "times applied"}, {s.Skipped, "times skipped"},
		{s.Lost, "LOST"}, {s.Bodies, "bodies LOST"},
	} {
		if x.n > 0 {
			fmt.Fprintf(&b, ", %d %s", x.n, x.what)
		}
	}
	return b.String()
}

// retain keeps the store within its bounds until ctx is done.
func (t *tap) retain(ctx context.Context, db *store.DB, r store.Retention, log *slog.Logger) {
	if r.MaxAge == 0 && r.MaxBytes == 0 {
		return
	}
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		done, err := db.Retain(ctx, r)
		if err != nil && ctx.Err() == nil {
			log.Error("drop old flows", "err", err)
		}
		t.dropped.Add(int64(done.Flows))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// heed pauses and resumes at each signal of a person's until ctx is done.
func (t *tap) heed(ctx context.Context, w io.Writer) {
	signals := make(chan os.Signal, 1)
	notifyPause(signals)
	defer signal.Stop(signals)
	for {
		select {
		case <-signals:
			t.proxy.Pause(!t.proxy.Paused())
			if t.proxy.Paused() {
				fmt.Fprintln(w, "spectap: paused: requests are passed on unrecorded")
			} else {
				fmt.Fprintln(w, "spectap: recording again")
			}
		case <-ctx.Done():
			return
		}
	}
}

// show keeps a status line on a terminal until ctx is done.
func (t *tap) show(ctx context.Context, w io.Writer) {
	if !terminal(w) {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-tick.C:
			if line := t.status().String(); line != last {
				fmt.Fprintf(w, "\r\x1b[K%s", line)
				last = line
			}
		case <-ctx.Done():
			if last != "" {
				fmt.Fprint(w, "\r\x1b[K")
			}
			return
		}
	}
}

// terminal says whether a person is likely to be at the other end.
func terminal(file any) bool {
	f, ok := file.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

// flushWait is how long a reader waits for what was recorded before it asked.
const flushWait = 2 * time.Second

// current is a store as other processes have it: its readers see what was recorded before they asked, and a change of
// its rules counts at once.
type current struct {
	*store.DB
	tap *tap
}

func (c current) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushWait)
	defer cancel()
	c.tap.queue.Flush(ctx) // if it takes longer they see what is stored
}

func (c current) Get(ctx context.Context, s flow.Seq) (flow.Flow, error) {
	c.flush(ctx)
	return c.DB.Get(ctx, s)
}

func (c current) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		c.flush(ctx)
		c.DB.Scan(ctx, q)(yield)
	}
}

func (c current) Stat(ctx context.Context) (store.Stat, error) {
	c.flush(ctx)
	return c.DB.Stat(ctx)
}

func (c current) Snapshot(ctx context.Context, w io.Writer) error {
	c.flush(ctx)
	return c.DB.Snapshot(ctx, w)
}

func (c current) Delete(ctx context.Context, q store.Query) (int, error) {
	c.flush(ctx)
	return c.DB.Delete(ctx, q)
}

// LoadModel implements store.Models: what the proxy has learnt is there for others.
func (c current) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if l := c.tap.learner; l != nil && name == catalog.ModelName {
		l.Save(ctx)
	}
	return c.DB.LoadModel(ctx, name)
}

// SaveModel implements store.Models. Nobody but this process writes the file, so that every change of rules passes here.
func (c current) SaveModel(ctx context.Context, name string, data []byte, rests store.Basis) error {
	if name == rules.ModelName {
		return c.tap.rules.save(ctx, c.DB, data, rests)
	}
	return c.DB.SaveModel(ctx, name, data, rests)
}
