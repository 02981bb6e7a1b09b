package relay_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

// unreliable loses calls and answers, and may be cut off.
type unreliable struct {
	store.Receiver
	mu  sync.Mutex
	r   *rand.Rand // guarded by mu
	cut bool       // guarded by mu
}

var errLost = errors.New("the connection was cut")

// fails reports whether the next step of a call is lost.
func (u *unreliable) fails() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cut || u.r.IntN(10) == 0
}

func (u *unreliable) set(cut bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.cut = cut
}

func (u *unreliable) Apply(ctx context.Context, m store.Mark, fs []*flow.Flow) (bool, error) {
	if u.fails() {
		return false, errLost
	}
	applied, err := u.Receiver.Apply(ctx, m, fs)
	if u.fails() {
		return false, errLost // it took place
	}
	return applied, err
}

func (u *unreliable) Marks(ctx context.Context) (map[string]uint64, error) {
	if u.fails() {
		return nil, errLost
	}
	return u.Receiver.Marks(ctx)
}

func open(t *testing.T) *store.DB {
	t.Helper()
	db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
	t.Cleanup(func() { db.Close() })
	return db
}

// states returns the flows of a store by their ID, without numbers.
func states(t *testing.T, db *store.DB) map[flow.ID]flow.Flow {
	t.Helper()
	all := map[flow.ID]flow.Flow{}
	for f, err := range db.Scan(t.Context(), store.Query{}) {
		must.Do(t, err)
		if _, twice := all[f.ID]; twice {
			t.Errorf("flow %v is stored twice", f.ID)
		}
		f.Seq, f.Last, f.Session = 0, 0, 0
		all[f.ID] = f
	}
	return all
}

func storeRequest(n int) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Source: "proxy", Started: time.Unix(int64(n), 0).UTC(),
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: fmt.Sprint("/", n)},
	}
}

// TestEveryFlowOnce checks that every flow of two spools reaches the store once, in its newest
// state and with its session, although calls and answers are lost, connections are cut and
// forwarders are restarted; and that the spools release what has arrived.
func TestEveryFlowOnce(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		hub := open(t)
		link := &unreliable{Receiver: hub, r: rand.New(rand.NewPCG(seed, 8))}
		want := map[flow.ID]flow.Flow{}
		for source := range 2 {
			spool := open(t)
			must.Do(t, spool.SetSent(t.Context(), 0))
			send(t, r, spool, link, fmt.Sprint("pod-", source), want)
		}
		if got := states(t, hub); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: the store has %d flows, want %d", seed, len(got), len(want))
		}
		list, err := hub.Sessions(t.Context())
		if err != nil || len(list) != 2 || list[0].Command[0] != "npm" || list[1].Source != "pod-1" || list[1].Ended.IsZero() {
			t.Errorf("seed %d: sessions %+v, %v", seed, list, err)
		}
	}
}

// send records random flows in a spool and forwards them, and adds their last states to want.
func send(t *testing.T, r *rand.Rand, spool *store.DB, link *unreliable, source string, want map[flow.ID]flow.Flow) {
	t.Helper()
	session, err := spool.BeginSession(t.Context(), store.Session{Command: []string{"npm"}, Started: time.Unix(1, 0)})
	must.Do(t, err)
	var waiting []flow.Flow
	for round := range 4 {
		link.set(round == 1) // a proxy goes on without the hub
		stop := forwarding(t, spool, link, source)
		for range 30 {
			f := storeRequest(r.IntN(1000))
			f.Session = session
			if len(waiting) > 0 && r.IntN(2) == 0 {
				f, waiting = waiting[0], waiting[1:]
				f.Done, f.Response = true, &flow.Response{Status: 200}
			} else {
				waiting = append(waiting, f)
			}
			must.Get(spool.Append(t.Context(), f))
			f.Session = 0
			want[f.ID] = f
		}
		if round == 3 {
			must.Do(t, spool.EndSession(t.Context(), session, time.Now(), 0))
		}
		stop(round > 1)
	}
	st, err := spool.Stat(t.Context())
	if err != nil || st.Sent != st.Last || st.Flows != 0 {
		t.Errorf("%s keeps %d flows; sent %d of %d, %v", source, st.Flows, st.Sent, st.Last, err)
	}
}

// forwarding runs a forwarder until stop, which with all waits until the spool has released
// everything.
func forwarding(t *testing.T, spool *store.DB, link *unreliable, source string) (stop func(all bool)) {
	t.Helper()
	l := relay.NewStoreLog(link)
	f := relay.NewForwarder(relay.ForwarderConfig{
		Spool: relay.NewSpool(spool, false), Log: l, Source: source, Linger: time.Millisecond, Poll: time.Millisecond,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	return func(all bool) {
		if all {
			must.Do(t, f.Wait(ctx, true))
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestConflicts checks that a forwarder that is behind, or ahead, learns so.
func TestConflicts(t *testing.T) {
	l := relay.NewStoreLog(open(t))
	codec := relay.NewCodec()
	entry := func(after, last uint64) *relay.Entry {
		f := storeRequest(1)
		f.Last = flow.Seq(last)
		data := must.Get(codec.Encode(after, nil, []*flow.Flow{&f}))
		return &relay.Entry{Source: "a", After: after, Last: last, Data: data}
	}
	for _, tt := range []struct {
		after, last uint64
		want        error
	}{{0, 2, nil}, {0, 2, relay.ErrConflict}, {0, 1, relay.ErrConflict}, {1, 3, relay.ErrConflict}, {3, 4, relay.ErrConflict}, {2, 3, nil}} {
		if _, err := l.Append(t.Context(), entry(tt.after, tt.last), relay.Position(tt.after)); !errors.Is(err, tt.want) {
			t.Errorf("block %d-%d: %v, want %v", tt.after+1, tt.last, err, tt.want)
		}
	}
	newest, err := l.Newest(t.Context(), "a")
	if err != nil || newest.Last != 3 || newest.Position != 3 {
		t.Errorf("newest %+v, %v", newest, err)
	}
	for _, err := range l.Entries(t.Context(), -1, 0) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("entries: %v", err)
		}
	}
}

// TestStoreLost replaces the store of the hub by an empty one, and by an older backup, after a
// spool dropped what the store had. What the spool has arrives all the same.
func TestStoreLost(t *testing.T) {
	for _, backup := range []bool{false, true} {
		spool, hub, other := open(t), open(t), open(t)
		must.Do(t, spool.SetSent(t.Context(), 0))
		deliver := func(n int, to ...*store.DB) {
			t.Helper()
			must.Get(spool.Append(t.Context(), storeRequest(n)))
			for _, db := range to {
				link := &unreliable{Receiver: db, r: rand.New(rand.NewPCG(1, 8))}
				forwarding(t, spool, link, "pod")(true)
			}
		}
		if deliver(1, hub); backup {
			f := storeRequest(1)
			must.Get(other.Apply(t.Context(), store.Mark{Source: "pod", Last: 1}, []*flow.Flow{&f}))
		}
		deliver(2, hub)
		deliver(3, other)
		deliver(4, other)
		got, err := other.Marks(t.Context())
		want := 2
		if backup {
			want = 3
		}
		if n := len(states(t, other)); err != nil || n != want || got["pod"] != 4 {
			t.Errorf("backup %v: the new store has %d flows, marks %v, %v; want %d", backup, n, got, err, want)
		}
	}
}
