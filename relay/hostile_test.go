package relay_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// pod is a source that appends what it likes.
type pod struct {
	t    *testing.T
	log  relay.Log
	name string
	pos  relay.Position
}

func (p *pod) append(after, last uint64, data []byte) {
	p.t.Helper()
	var err error
	if p.pos, err = p.log.Append(p.t.Context(), &relay.Entry{Source: p.name, After: after, Last: last, Data: data}, p.pos); err != nil {
		p.t.Fatal(err)
	}
}

// block returns a block of answered flows with the numbers after one.
func block(t *testing.T, after uint64, ids ...int) []byte {
	t.Helper()
	var list []*flow.Flow
	for i, id := range ids {
		f := request(id)
		answer(&f)
		f.Last = flow.Seq(after + uint64(i) + 1)
		list = append(list, &f)
	}
	return must.Get(newCodec(t).Encode(after, nil, list))
}

// staged returns a block as one of an import.
func staged(data []byte) []byte { return append([]byte{2, 1}, data[1:]...) }

// learned returns the model of a worker, once it has a mark of a source.
func learned(t *testing.T, l relay.Log, st relay.Store, source string, last uint64) []byte {
	t.Helper()
	all := infer.New()
	workUntil(t, l, st, func() string {
		var heads []*relay.Head
		var err error
		if all, heads, err = relay.Committed(t.Context(), l); err != nil {
			return err.Error()
		}
		if !slices.ContainsFunc(heads, func(h *relay.Head) bool { return h.Marks[source].Last >= last }) {
			return "the worker does not get to the end of " + source
		}
		return ""
	})
	return must.Get(all.AppendBinary(nil))
}

// workUntil runs a worker until f returns "".
func workUntil(t *testing.T, l relay.Log, st relay.Store, f func() string) {
	t.Helper()
	workLogged(t, l, st, nil, f)
}

// workLogged is workUntil with a log.
func workLogged(t *testing.T, l relay.Log, st relay.Store, log *slog.Logger, f func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := relay.NewWorker(relay.WorkerConfig{
		Log: l, Store: st, Name: "w", NewModel: func() relay.Model { return infer.New() }, Commit: time.Millisecond, Beat: 5 * time.Millisecond, Logger: log,
	})
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	eventually(t, f)
	cancel()
	must.Do(t, <-ended)
}

// TestHostileSource lets a source append all kinds of entries that a proxy never sends. The flows
// of others arrive and are learned as without it, and none of them is deleted.
func TestHostileSource(t *testing.T) {
	good := block(t, 0, 1, 2, 3)
	large := request(9)
	answer(&large)
	large.Last, large.Request.Header = 1, flow.Header{{Name: "X", Value: strings.Repeat("x", 70<<20)}}
	tooLarge := must.Get(newCodec(t).Encode(0, nil, []*flow.Flow{&large}))
	nameless := request(8)
	nameless.ID, nameless.Last = flow.ID{}, 1
	noID := must.Get(newCodec(t).Encode(0, nil, []*flow.Flow{&nameless}))
	for name, attack := range map[string]func(p *pod){
		"newer version":                 func(p *pod) { p.append(0, 3, append([]byte{9}, good[1:]...)) },
		"newer kind":                    func(p *pod) { p.append(0, 3, append([]byte{2, 77}, good[1:]...)) },
		"version without a kind":        func(p *pod) { p.append(0, 3, []byte{2}) },
		"nothing":                       func(p *pod) { p.append(0, 3, nil) },
		"noise":                         func(p *pod) { p.append(0, 3, []byte("\x01noise")) },
		"more flows than numbers":       func(p *pod) { p.append(0, 1, good) },
		"largest number":                func(p *pod) { p.append(^uint64(0)-3, ^uint64(0), good) },
		"flow too large for a store":    func(p *pod) { p.append(0, 1, tooLarge) },
		"flow without an identifier":    func(p *pod) { p.append(0, 1, noID) },
		"deletion by a source":          func(p *pod) { p.append(0, 1, append([]byte{2, 3}, good[1:]...)) },
		"commit of nothing":             func(p *pod) { p.append(3, 3, []byte{2, 2}) },
		"replayed":                      func(p *pod) { p.append(0, 3, good); p.append(0, 3, good); p.append(1, 3, good) },
		"reordered":                     func(p *pod) { p.append(3, 6, block(t, 3, 4, 5, 6)); p.append(0, 3, good) },
		"import without its first part": func(p *pod) { p.append(3, 6, staged(block(t, 3, 4, 5, 6))); p.append(6, 6, []byte{2, 2}) },
		"import with a damaged part": func(p *pod) {
			p.append(0, 3, staged(good))
			p.append(3, 6, append([]byte{2, 1}, "noise"...))
			p.append(6, 6, []byte{2, 2})
		},
		"import never committed": func(p *pod) { p.append(0, 3, staged(good)) },
		"import with a flow too large": func(p *pod) {
			p.append(0, 1, staged(tooLarge))
			p.append(1, 1, []byte{2, 2})
		},
		"name too long": func(p *pod) { p.name += strings.Repeat("x", 300); p.append(0, 3, good) },
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && strings.Contains(name, "too large") {
				t.Skip("70 MB for seconds under the race detector")
			}
			t.Parallel()
			l := logtest.NewMemoryLog(1, logtest.Faults{})
			other, evil := &pod{t: t, log: l, name: "pod-1.01"}, &pod{t: t, log: l, name: "pod-2.02"}
			other.append(0, 2, block(t, 0, 101, 102))
			attack(evil)
			other.append(2, 4, block(t, 2, 103, 104))
			var got []int
			for f, err := range catchUp(t, l).Scan(t.Context(), store.Query{}) {
				must.Do(t, err)
				if n := int(f.ID[2]); n > 100 {
					got = append(got, n)
				}
			}
			if want := []int{101, 102, 103, 104}; !slices.Equal(got, want) {
				t.Errorf("flows of the other source: %v, want %v", got, want)
			}
			learned(t, l, tempDB(t), "pod-1.01", 4)
		})
	}
}

// TestFloodOfBadEntries checks that a source that sends many entries which cannot be read fills no
// log of who reads them.
func TestFloodOfBadEntries(t *testing.T) {
	const flood = 2000
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	evil := &pod{t: t, log: l, name: "pod-1.01"}
	for range flood / 2 {
		evil.append(0, 3, []byte{2, 77})
		evil.append(3, 3, []byte{2, 2}) // the end of an import that has no begin
	}
	(&pod{t: t, log: l, name: "pod-2.02"}).append(0, 1, block(t, 0, 1))
	for name, read := range map[string]func(*slog.Logger){
		"follower": func(log *slog.Logger) {
			f, err := relay.NewFollower(t.Context(), relay.FollowerConfig{Store: tempDB(t), Log: l, Logger: log})
			if err == nil {
				err = f.CatchUp(t.Context())
			}
			must.Do(t, err)
		},
		"worker": func(log *slog.Logger) {
			workLogged(t, l, tempDB(t), log, func() string {
				_, heads, err := relay.Committed(t.Context(), l)
				if err != nil || !slices.ContainsFunc(heads, func(h *relay.Head) bool { return h.Marks["pod-2.02"].Last == 1 }) {
					return "the worker does not get to the end"
				}
				return ""
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			read(slog.New(slog.NewTextHandler(&out, nil)))
			if n := strings.Count(out.String(), "\n"); n == 0 || n > flood/4 {
				t.Errorf("%d lines for %d entries: %.300s", n, flood, &out)
			}
		})
	}
}

// TestImportInvisible checks that an import is seen as a whole or not at all: not before its
// commit, and not if the log has lost a part of it.
func TestImportInvisible(t *testing.T) {
	for _, lost := range []bool{false, true} {
		l := logtest.NewMemoryLog(3, logtest.Faults{})
		(&pod{t: t, log: l, name: "pod-1.01"}).append(0, 1, block(t, 0, 1))
		im := relay.NewImporter(relay.ImporterConfig{Log: l, Source: "import.01"})
		for n := range 3 * relay.MaxFlows {
			f := request(n + 10)
			answer(&f)
			must.Do(t, im.Append(t.Context(), f))
		}
		if st, _ := catchUp(t, l).Stat(t.Context()); st.Flows != 1 {
			t.Errorf("%d flows before the commit", st.Flows)
		}
		want := int64(3*relay.MaxFlows + 1)
		if lost {
			l.Drop() // not the first
			want = 1
		}
		switch err := im.Commit(t.Context()); {
		case lost && errors.Is(err, relay.ErrIncomplete): // it was the newest
		case err != nil:
			t.Fatal(err)
		}
		if st, _ := catchUp(t, l).Stat(t.Context()); st.Flows != want {
			t.Errorf("lost %v: %d flows after the commit, want %d", lost, st.Flows, want)
		}
	}
}

// TestDeletionRelearns checks that no model and no store keeps a deleted flow, although it is sent
// again later, and that a worker that comes later obeys too.
func TestDeletionRelearns(t *testing.T) {
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	p := &pod{t: t, log: l, name: "pod-1.01"}
	p.append(0, 3, block(t, 0, 1, 2, 3))
	first := tempDB(t)
	with := learned(t, l, first, p.name, 3)
	var d relay.Deletion
	f := request(2)
	d.Add(&f)
	must.Do(t, relay.Delete(t.Context(), l, d))
	p.append(3, 4, block(t, 3, 2)) // a later state of the deleted flow
	p.append(4, 5, block(t, 4, 4))
	want := infer.New()
	for _, n := range []int{1, 3, 4} {
		f := request(n)
		answer(&f)
		want.Add(&f)
	}
	model := must.Get(want.AppendBinary(nil))
	if got := learned(t, l, first, p.name, 5); !slices.Equal(got, model) || slices.Equal(got, with) {
		t.Error("the model is not that of the other flows")
	}
	p.append(5, 6, block(t, 5, 2))
	if got := learned(t, l, tempDB(t), p.name, 6); !slices.Equal(got, model) { // it never saw the deletion come
		t.Error("the model of another worker is not that of the other flows")
	}
	for name, st := range map[string]store.Reader{"the worker": first, "a reader": catchUp(t, l)} {
		for f, err := range st.Scan(t.Context(), store.Query{}) {
			if err != nil || f.ID == request(2).ID {
				t.Errorf("%s has the deleted flow, %v", name, err)
			}
		}
	}
}

// TestHostileStatus lets a source write what it likes in place of its status. The status of others
// is read as without it, and nobody waits for it in the name of another.
func TestHostileStatus(t *testing.T) {
	for _, text := range []string{"", "noise", "[]", `{"source":"pod-1.01","recorded":1000,"sent":1000,"ended":true}`} {
		l := logtest.NewMemoryLog(1, logtest.Faults{})
		for key, data := range map[string]string{
			"sources/pod-1.01": `{"source":"pod-1.01","recorded":2,"sent":2,"released":2,"ended":true}`, "sources/pod-2.02": text,
		} {
			must.Get(l.Put(t.Context(), key, relay.Anything, []byte(data)))
		}
		list, err := relay.Statuses(t.Context(), l)
		if err != nil || len(list) != 2 || list[0].Source != "pod-1.01" || list[0].Recorded != 2 || list[1].Source != "pod-2.02" {
			t.Errorf("%q: %+v, %v", text, list, err)
		}
		missing, _, err := relay.NewAwaiter(l, "reader").Missing(t.Context(), map[string]uint64{"pod-1.01": 2}, time.Now())
		if slices.Contains(missing, "pod-1.01") || err != nil {
			t.Errorf("%q: %v are missing, %v", text, missing, err)
		}
	}
}
