package days_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay/days"
)

// values are sealed facts in memory. left is after how many writes a process is killed.
type values struct {
	m    map[string][]byte
	left int
}

func (v *values) Load(_ context.Context, name string) ([]byte, error) {
	data, ok := v.m[name]
	if !ok {
		return nil, fmt.Errorf("no value %s", name)
	}
	return data, nil
}

var errKilled = errors.New("killed")

func (v *values) Save(_ context.Context, name string, data []byte) error {
	if v.left--; v.left < 0 {
		return errKilled
	}
	if _, twice := v.m[name]; twice {
		return fmt.Errorf("%s is written twice", name)
	}
	v.m[name] = data
	return nil
}

func newModel() days.Model { return infer.New() }

// sample returns a flow that started on some day.
func sample(r *rand.Rand) *flow.Flow {
	body := fmt.Appendf(nil, `{"id":%d,"state":"s%d"}`, r.IntN(100), r.IntN(3))
	return &flow.Flow{
		ID: flow.NewID(), Started: time.Unix(1_790_000_000+int64(r.IntN(86_400)), 0).AddDate(0, 0, r.IntN(12)-r.IntN(2)*20_000), Done: true,
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: fmt.Sprintf("/x%d/%d", r.IntN(5), r.IntN(40)), Proto: "HTTP/1.1"},
		Response: &flow.Response{
			Status: 200, Proto: "HTTP/1.1", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: body, Size: int64(len(body))},
		},
	}
}

func encoded(t *testing.T, m days.Model) []byte {
	t.Helper()
	return must.Get(m.AppendBinary(nil))
}

// TestFacts adds flows, seals, deletes, and kills whoever does so before it has saved. Facts as
// saved last are always those of their flows, and of the flows since each day that is kept apart.
// At the end there are no values that nobody needs.
func TestFacts(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			w := &world{t: t, v: &values{m: map[string][]byte{}}, cfg: days.Config{NewModel: newModel, Keep: 5, Quiet: 3 * time.Second}}
			w.f = days.New(w.cfg)
			w.save(nil)
			for range 40 {
				w.step(r)
			}
			w.compare()
			w.now, w.v.left = w.now.Add(time.Hour), 1000
			for s := w.f.Seal(w.now); s != nil; s = w.f.Seal(w.now) {
				w.save(nil)
				must.Do(t, w.f.Write(t.Context(), w.v, s))
				w.save(w.f.Garbage())
			}
			w.compare()
			if n := len(w.v.m); n > 5+2 {
				t.Errorf("%d values are left, for 5 days, older ones and all", n)
			}
		})
	}
}

type world struct {
	t            *testing.T
	cfg          days.Config
	v            *values
	f            *days.Facts
	now          time.Time
	flows, saved []*flow.Flow
	data         []byte
}

// save saves the facts, and removes values that were not needed before.
func (w *world) save(gone []string) {
	w.t.Helper()
	var err error
	if w.data, err = w.f.AppendBinary(nil); err != nil {
		w.t.Fatal(err)
	}
	w.saved = slices.Clone(w.flows)
	for _, name := range gone {
		delete(w.v.m, name)
		w.f.Removed(name)
	}
}

// kill forgets what was not saved.
func (w *world) kill() {
	w.t.Helper()
	var err error
	if w.f, err = days.Decode(w.cfg, w.data, w.now); err != nil {
		w.t.Fatal(err)
	}
	w.flows = slices.Clone(w.saved)
	w.save(w.f.Garbage())
}

func (w *world) step(r *rand.Rand) {
	w.t.Helper()
	w.now = w.now.Add(time.Duration(r.IntN(3)) * time.Second)
	switch n := r.IntN(10); {
	case n < 5:
		for range r.IntN(20) {
			f := sample(r)
			w.flows = append(w.flows, f)
			must.Do(w.t, w.f.Add(f, uint64(len(w.flows)), uint64(len(w.flows)), w.now))
		}
	case n < 8:
		gone := w.f.Garbage()
		s := w.f.Seal(w.now)
		w.save(nil)
		if s == nil {
			w.save(gone)
			return
		}
		w.v.left = 1 + r.IntN(10)
		switch err := w.f.Write(w.t.Context(), w.v, s); {
		case errors.Is(err, errKilled) || err == nil && r.IntN(4) == 0:
			w.kill()
		case err != nil:
			w.t.Fatal(err)
		default:
			gone = w.f.Garbage()
			w.save(gone)
		}
	case n == 8:
		w.remove(r)
	default:
		w.compare()
		w.kill()
	}
}

// remove removes some flows of a day, and learns the rest of the parts that had them again.
func (w *world) remove(r *rand.Rand) {
	w.t.Helper()
	since := days.Of(sample(r).Started)
	for _, p := range w.f.Between(since.Start(), (since + 1).Start()) {
		by := &days.Part{}
		living := []*flow.Flow{}
		for i, f := range w.flows {
			if w.f.Of(f.Started) != p {
				living = append(living, f)
				continue
			}
			if days.Of(f.Started) == since && r.IntN(2) == 0 {
				continue
			}
			living = append(living, f)
			must.Do(w.t, w.f.AddTo(by, f, uint64(i), uint64(i), w.now))
		}
		w.f.Replace(p, by)
		w.flows = living
	}
}

// compare compares the facts with the flows.
func (w *world) compare() {
	w.t.Helper()
	want := func(since days.Day) []byte {
		m := newModel()
		for _, f := range w.flows {
			if days.Of(f.Started) >= since {
				m.Add(f)
			}
		}
		return encoded(w.t, m)
	}
	m := must.Get(w.f.All(w.t.Context(), w.v))
	if !bytes.Equal(encoded(w.t, m), want(-1<<40)) {
		w.t.Fatal("the facts are not those of the flows")
	}
	first := days.Of(time.Unix(1_790_000_000, 0))
	for d := first; d < first+14; d += 3 {
		m, err := w.f.Since(w.t.Context(), w.v, d)
		if errors.Is(err, days.ErrTooOld) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		if !bytes.Equal(encoded(w.t, m), want(d)) {
			w.t.Fatalf("the facts since day %d are not those of the flows", d-first)
		}
	}
}
