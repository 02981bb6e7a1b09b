package relay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/days"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// world is some sources, two workers and a follower over one log, and a store that gets the same
// flows without a log between.
type world struct {
	t       *testing.T
	ctx     context.Context
	rand    *rand.Rand
	log     *logtest.MemoryLog
	local   *store.DB
	sources []*source
	workers []*actor
	reader  *actor
	n       int
	lossy   bool // the log loses what it acknowledged, and spools keep everything
}

// source is a spool and its forwarder.
type source struct {
	name  string
	spool *store.DB
	open  []flow.Flow // requests without a response
	actor *actor
}

// actor is something that runs until it is killed. It keeps its folder when it is started again.
type actor struct {
	start func(ctx context.Context) error
	kill  context.CancelFunc
	done  chan struct{}
}

func (w *world) run(a *actor) {
	ctx, cancel := context.WithCancel(w.ctx)
	a.kill, a.done = cancel, make(chan struct{})
	go func() {
		defer close(a.done)
		if err := a.start(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
			w.t.Error(err)
		}
	}()
}

// restart kills an actor at some point of its work, and starts it again.
func (w *world) restart(a *actor) {
	a.kill()
	<-a.done
	w.run(a)
}

func openDB(t *testing.T, path string) *store.DB {
	t.Helper()
	return must.Get(store.Open(path, store.Options{Create: true, PageSize: 4096}))
}

func newWorld(t *testing.T, seed uint64, faults logtest.Faults, lossy bool) *world {
	ctx, cancel := context.WithCancel(t.Context())
	w := &world{
		t: t, ctx: ctx, lossy: lossy, rand: rand.New(rand.NewPCG(seed, 2)), log: logtest.NewMemoryLog(seed, faults),
		local: openDB(t, filepath.Join(t.TempDir(), "local.db")),
	}
	t.Cleanup(func() {
		cancel()
		for _, a := range w.actors() {
			<-a.done
		}
		w.local.Close()
		for _, s := range w.sources {
			s.spool.Close()
		}
	})
	for i := range 3 {
		w.addSource(fmt.Sprintf("pod-%d.%08x", i, i))
	}
	for i := range 2 {
		w.addWorker(fmt.Sprintf("w%d", i))
	}
	w.addReader()
	return w
}

func (w *world) actors() []*actor {
	list := slices.Clone(w.workers)
	for _, s := range w.sources {
		list = append(list, s.actor)
	}
	return append(list, w.reader)
}

func (w *world) addSource(name string) {
	s := &source{name: name, spool: openDB(w.t, filepath.Join(w.t.TempDir(), "spool.db"))}
	s.actor = &actor{start: func(ctx context.Context) error {
		f := relay.NewForwarder(relay.ForwarderConfig{
			Spool: relay.NewSpool(s.spool, w.lossy), Log: w.log, Source: name, Linger: time.Millisecond, Poll: 3 * time.Millisecond,
		})
		return f.Run(ctx)
	}}
	w.sources = append(w.sources, s)
	w.run(s.actor)
}

func (w *world) addWorker(name string) {
	path := filepath.Join(w.t.TempDir(), "worker.db")
	n := 0
	a := &actor{start: func(ctx context.Context) error {
		db, err := store.Open(path, store.Options{Create: true, PageSize: 4096})
		if err != nil {
			return err
		}
		defer db.Close()
		n++
		k := relay.NewWorker(relay.WorkerConfig{
			Log: w.log, Store: db, Name: fmt.Sprintf("%s-%d", name, n), NewModel: func() relay.Model { return infer.New() },
			Commit: 3 * time.Millisecond, Beat: 15 * time.Millisecond, Quiet: 20 * time.Millisecond, KeepDays: 6,
		})
		return k.Run(ctx)
	}}
	w.workers = append(w.workers, a)
	w.run(a)
}

func (w *world) addReader() {
	path := filepath.Join(w.t.TempDir(), "reader.db")
	w.reader = &actor{start: func(ctx context.Context) error {
		db, err := store.Open(path, store.Options{Create: true, PageSize: 4096})
		if err != nil {
			return err
		}
		defer db.Close()
		f, err := relay.NewFollower(ctx, relay.FollowerConfig{Store: db, Log: w.log, Ask: 10 * time.Millisecond})
		if err != nil {
			return err
		}
		return f.Run(ctx)
	}}
	w.run(w.reader)
}

// traffic records some flows at a source and in the local store. Some wait for their response.
func (w *world) traffic(s *source) {
	var batch []flow.Flow
	for range 1 + w.rand.IntN(12) {
		if len(s.open) > 0 && w.rand.IntN(3) == 0 {
			f := s.open[0]
			s.open = s.open[1:]
			answer(&f)
			batch = append(batch, f)
			continue
		}
		w.n++
		f := request(w.n)
		if w.rand.IntN(3) == 0 {
			s.open = append(s.open, f)
		} else {
			answer(&f)
		}
		batch = append(batch, f)
	}
	for _, st := range []*store.DB{s.spool, w.local} {
		if _, err := st.Append(w.ctx, batch...); err != nil {
			w.t.Error(err)
		}
	}
}

func request(n int) flow.Flow {
	return flow.Flow{
		ID: flow.ID{byte(n >> 16), byte(n >> 8), byte(n), 7}, Source: "proxy",
		Started: time.Unix(1_790_000_000+int64(n), 0).UTC().AddDate(0, 0, n%9),
		Request: flow.Request{
			Method: "GET", Scheme: "https", Authority: fmt.Sprintf("h%d.example", n%2), Path: fmt.Sprintf("/orders/%d", n%40),
			RawQuery: fmt.Sprintf("page=%d", n%7), Proto: "HTTP/1.1", Header: flow.Header{{Name: "Accept", Value: "application/json"}},
		},
	}
}

func answer(f *flow.Flow) {
	body := fmt.Appendf(nil, `{"id":%d,"state":"s%d"}`, f.ID[2], f.ID[2]%3)
	f.Done, f.Took = true, time.Millisecond
	f.Response = &flow.Response{
		Status: 200, Proto: "HTTP/1.1", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
		Body: flow.Body{Data: body, Size: int64(len(body))},
	}
}

// disturb does one thing that goes wrong in a network.
func (w *world) disturb() {
	actors := w.actors()
	switch n := w.rand.IntN(12); {
	case n < 3:
		w.restart(actors[w.rand.IntN(len(actors))])
	case n == 3 && w.lossy:
		w.log.Forget(1 + w.rand.IntN(3))
	case n == 4 && w.lossy:
		w.log.Drop()
	case n == 5 && !w.lossy:
		w.deleteSome()
	case n >= 10 && !w.lossy:
		w.importSome(w.rand.IntN(3) > 0)
	}
}

// importSome imports flows through the log, and into the local store if it is committed. Half of
// the imports that are not committed are cut off, as by a kill.
func (w *world) importSome(commit bool) {
	w.n++
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	im := relay.NewImporter(relay.ImporterConfig{Log: w.log, Source: fmt.Sprintf("import.%08x", w.n)})
	local := must.Get(w.local.Import(ctx, ""))
	defer local.Abort()
	for range 1 + w.rand.IntN(4) {
		var batch []flow.Flow
		for range w.rand.IntN(2 * relay.MaxFlows) {
			w.n++
			f := request(w.n)
			answer(&f)
			batch = append(batch, f)
		}
		must.Do(w.t, errors.Join(im.Append(ctx, batch...), local.Append(ctx, batch...)))
	}
	if !commit {
		return
	}
	must.Do(w.t, errors.Join(im.Commit(ctx), local.Commit(ctx)))
}

// deleteSome deletes some answered flows by the log and in the local store.
func (w *world) deleteSome() {
	var d relay.Deletion
	var numbers store.Ranges
	for f, err := range w.local.Scan(w.ctx, store.Query{NoBodies: true}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if f.Done && w.rand.IntN(10) == 0 {
			d.Add(&f)
			numbers = numbers.Add(f.Last)
		}
	}
	if d.Len() == 0 {
		return
	}
	must.Get(w.local.Delete(w.ctx, store.Query{Only: numbers}))
	must.Do(w.t, relay.Delete(w.ctx, w.log, d))
}

// flows returns the flows of a store as text, by ID.
func flows(t *testing.T, st store.Reader) map[flow.ID]string {
	t.Helper()
	out := map[flow.ID]string{}
	for f, err := range st.Scan(context.Background(), store.Query{}) {
		must.Do(t, err)
		if _, twice := out[f.ID]; twice {
			t.Errorf("flow %v is there twice", f.ID)
		}
		f.Seq, f.Last, f.Import = 0, 0, 0
		b := must.Get(f.AppendBinary(nil))
		out[f.ID] = string(b)
	}
	return out
}

// model returns the encoded model of flows of a store. Equal models give equal documents.
func model(t *testing.T, st store.Reader) []byte { return modelSince(t, st, time.Time{}) }

func modelSince(t *testing.T, st store.Reader, since time.Time) []byte {
	t.Helper()
	m := infer.New()
	for f, err := range st.Scan(context.Background(), store.Query{Since: since}) {
		must.Do(t, err)
		if f.Done {
			m.Add(&f)
		}
	}
	return must.Get(m.AppendBinary(nil))
}

// eventually calls f until it returns "", and fails with what it returned last. It leaves most of
// the processor to those that it waits for.
func eventually(t *testing.T, f func() string) {
	t.Helper()
	deadline := time.After(3 * time.Minute)
	for {
		start := time.Now()
		why := f()
		if why == "" {
			return
		}
		select {
		case <-deadline:
			t.Fatal(why)
		case <-time.After(min(max(5*time.Millisecond, 10*time.Since(start)), time.Second)):
		}
	}
}

// agree waits until all that was recorded arrived, then compares the models of the workers and the
// flows of a new follower, and of the one that ran all the time, with the local store.
func (w *world) agree() {
	w.log.Heal()
	want := model(w.t, w.local)
	eventually(w.t, func() string {
		all, _, err := relay.Committed(w.ctx, w.log)
		if err != nil {
			return err.Error() // a worker replaces facts, for example
		}
		got := must.Get(all.AppendBinary(nil))
		if !bytes.Equal(got, want) {
			return fmt.Sprintf("the merged model of the workers (%d bytes) is not the local one (%d bytes)\n%s", len(got), len(want), w.describe())
		}
		return ""
	})
}

// learnedSince compares the same of the flows since each day with the local store.
func (w *world) learnedSince() {
	w.t.Helper()
	first, compared := days.Of(request(0).Started), 0
	for d := first; d < first+12; d++ {
		facts, err := relay.LearnedSince(w.ctx, w.log, func() relay.Model { return infer.New() }, d)
		if errors.Is(err, days.ErrTooOld) && compared == 0 {
			continue
		}
		if err != nil {
			w.t.Errorf("read the models since day %d: %v", d-first, err)
			continue
		}
		compared++
		if !bytes.Equal(merged(w.t, facts.Models), modelSince(w.t, w.local, d.Start())) {
			w.t.Errorf("the models since day %d are not those of the flows", d-first)
		}
	}
	if compared < 6 {
		w.t.Errorf("models since %d days are kept", compared)
	}
}

// merged returns the encoded facts of several models.
func merged(t *testing.T, models []relay.Model) []byte {
	t.Helper()
	all := infer.New()
	for _, m := range models {
		all.Merge(m.(*infer.Model))
	}
	return must.Get(all.AppendBinary(nil))
}

// learned compares what workers and the end of the log say with the local store.
func (w *world) learned() {
	w.t.Helper()
	var facts *relay.Facts
	eventually(w.t, func() string { // a worker may not have committed a deletion that concerns none of its flows
		var err error
		if facts, err = relay.Learned(w.ctx, w.log, func() relay.Model { return infer.New() }); err != nil {
			return fmt.Sprintf("read the models: %v", err)
		}
		return ""
	})
	if !bytes.Equal(merged(w.t, facts.Models), model(w.t, w.local)) {
		w.t.Error("the models with the end of the log are not the local model")
	}
	w.learnedSince()
}

func (w *world) describe() string {
	st, _ := relay.Statuses(w.ctx, w.log)
	heads, _ := relay.Heads(w.ctx, w.log)
	out := fmt.Sprintf("sources: %+v\n", st)
	for _, h := range heads {
		out += fmt.Sprintf("head %d: position %d, marks %v\n", h.Partition, h.Position, h.Marks)
	}
	for _, s := range w.sources {
		st, _ := s.spool.Stat(w.ctx)
		v, _ := w.log.Get(w.ctx, "marks/"+s.name)
		out += fmt.Sprintf("spool %s: %d-%d; mark %v\n", s.name, st.First, st.Last, v)
	}
	return out
}

// sameFlows compares the flows of a follower that catches up with those of the local store.
func (w *world) sameFlows(path string) {
	w.t.Helper()
	db := openDB(w.t, path)
	defer db.Close()
	f, err := relay.NewFollower(w.ctx, relay.FollowerConfig{Store: db, Log: w.log, Start: start(db), Ask: 10 * time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	want := flows(w.t, w.local)
	eventually(w.t, func() string {
		must.Do(w.t, f.CatchUp(w.ctx))
		got := flows(w.t, db)
		for id, b := range want {
			if got[id] != b {
				return fmt.Sprintf("flow %v of %d differs or is missing; the follower has %d, gaps %v\n%s", id, len(want), len(got), f.Status().Gaps, w.describe())
			}
		}
		if len(got) != len(want) {
			return fmt.Sprintf("the follower has %d flows, the local store %d", len(got), len(want))
		}
		return ""
	})
	if !bytes.Equal(model(w.t, db), model(w.t, w.local)) || !bytes.Equal(known(w.t, db), model(w.t, w.local)) {
		w.t.Error("the follower's model differs")
	}
}

// TestReplicasAgree kills forwarders, workers and a follower at random, over a log that loses
// requests and answers, delivers writes late, reads stale and cuts connections. Every flow arrives
// once, and the models are those of one local store, byte for byte.
func TestReplicasAgree(t *testing.T) { replicasAgree(t, false) }

// TestReplicasAgreeAfterLoss is the same with a log that also loses entries that it had
// acknowledged, at its end and elsewhere, while the spools still have the flows.
func TestReplicasAgreeAfterLoss(t *testing.T) { replicasAgree(t, true) }

func replicasAgree(t *testing.T, lossy bool) {
	seeds, first := 8, 0
	if testing.Short() {
		seeds = 1
	}
	if n, err := strconv.Atoi(os.Getenv("SPECTAP_AGREE_SEEDS")); err == nil { // make test-hub sets it
		seeds, first = n, 1000
	}
	for seed := first; seed < first+seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, uint64(seed), logtest.Faults{LoseRequest: .05, LoseAnswer: .1, Late: .5, Stale: .2, Cut: .02}, lossy)
			for range 40 {
				w.traffic(w.sources[w.rand.IntN(len(w.sources))])
				w.disturb()
				time.Sleep(time.Duration(w.rand.IntN(5)) * time.Millisecond) // lets the others work; nothing depends on it
			}
			w.agree()
			if !lossy {
				w.learned()
				for _, k := range w.workers { // what comes now only the log has
					k.kill()
					<-k.done
				}
				w.importSome(true)
				w.learned()
			}
			w.sameFlows(filepath.Join(t.TempDir(), "new.db"))
		})
	}
}
