package days_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay/days"
)

var (
	now   = time.Unix(1_800_000_000, 0)
	today = days.Of(now)
)

// on returns a flow of a day.
func on(d days.Day) *flow.Flow {
	return &flow.Flow{ID: flow.NewID(), Started: d.Start().Add(time.Hour), Request: flow.Request{Method: "GET", Authority: "a.example", Path: fmt.Sprint("/", int64(d)%5)}}
}

// learned returns facts of one flow of each of some days.
func learned(t *testing.T, cfg days.Config, list ...days.Day) *days.Facts {
	t.Helper()
	cfg.NewModel = newModel
	f := days.New(cfg)
	for i, d := range list {
		must.Do(t, f.Add(on(d), uint64(i+1), uint64(i+1), now))
	}
	return f
}

// seal seals until there is nothing to seal, and returns how often that was.
func seal(t *testing.T, f *days.Facts, v *values, at time.Time) (n int) {
	t.Helper()
	v.left = math.MaxInt
	for s := f.Seal(at); s != nil; s = f.Seal(at) {
		must.Do(t, f.Write(t.Context(), v, s))
		for _, name := range f.Garbage() {
			delete(v.m, name)
			f.Removed(name)
		}
		n++
	}
	return n
}

// TestDaysThatAreKept checks how many days are kept separate, and the errors for older ones.
func TestDaysThatAreKept(t *testing.T) {
	for _, tt := range []struct {
		keep, days int
		folded     int
	}{{0, days.Keep, 0}, {0, days.Keep + 2, 2}, {-1, days.Keep + 1, 1}, {3, 3, 0}, {3, 5, 2}, {1, 2, 1}} {
		var list []days.Day
		for i := range tt.days {
			list = append(list, today-days.Day(i))
		}
		f, v := learned(t, days.Config{Keep: tt.keep}, list...), &values{m: map[string][]byte{}}
		seal(t, f, v, now.Add(2*time.Hour))
		oldest, older := list[len(list)-1], tt.folded > 0
		if _, err := f.Since(t.Context(), v, oldest+days.Day(tt.folded-1)); older && !errors.Is(err, days.ErrTooOld) {
			t.Errorf("%d of %d days: since the last folded one %v", tt.keep, tt.days, err)
		}
		_, err := f.Since(t.Context(), v, oldest)
		if want := "facts of so old a day are not kept apart: since " + oldest.Start().Format(time.DateOnly); errors.Is(err, days.ErrTooOld) != older || older && err.Error() != want {
			t.Errorf("%d of %d days: since the oldest %v", tt.keep, tt.days, err)
		}
		if _, err := f.Since(t.Context(), v, oldest+days.Day(tt.folded)); err != nil {
			t.Errorf("%d of %d days: since the first %v", tt.keep, tt.days, err)
		}
		rest := f.Of(oldest.Start())
		if older && (rest.Flows != uint64(tt.folded) || rest.First != uint64(tt.days-tt.folded+1) || rest.Last != uint64(tt.days)) {
			t.Errorf("%d of %d days: the older ones are %+v", tt.keep, tt.days, rest)
		}
		if got := f.Between(oldest.Start(), now); len(got) != tt.days-tt.folded+min(tt.folded, 1) {
			t.Errorf("%d of %d days: %d parts", tt.keep, tt.days, len(got))
		}
		if got := f.Between((oldest + days.Day(tt.folded)).Start(), now); len(got) != tt.days-tt.folded {
			t.Errorf("%d of %d days: %d parts since the first that is apart", tt.keep, tt.days, len(got))
		}
	}
}

// TestReplaceSealed checks that facts that were sealed are gone with the flows that they are of.
func TestReplaceSealed(t *testing.T) {
	f, v := learned(t, days.Config{}, today, today-1), &values{m: map[string][]byte{}}
	seal(t, f, v, now.Add(2*time.Hour))
	if len(v.m) != 3 {
		t.Fatalf("%d values, want two days and all", len(v.m))
	}
	f.Replace(f.Of(today.Start()), &days.Part{})
	if len(f.Garbage()) != 1 {
		t.Errorf("%q are not needed", f.Garbage())
	}
	want := newModel()
	want.Add(on(today - 1))
	for _, when := range []string{"before", "after"} {
		m, err := f.All(t.Context(), v)
		if err != nil || !bytes.Equal(encoded(t, m), encoded(t, want)) {
			t.Errorf("%s they are sealed again, the facts are not those of the flows: %v", when, err)
		}
		if n := seal(t, f, v, now); n != map[string]int{"before": 1, "after": 0}[when] {
			t.Errorf("%s: sealed %d times", when, n)
		}
	}
	if len(v.m) != 2 {
		t.Errorf("%d values, want one day and all", len(v.m))
	}
}

// lost has no values: they cannot be read, or are gone.
type lost struct{ err error }

func (l lost) Load(context.Context, string) ([]byte, error) { return nil, l.err }
func (l lost) Save(context.Context, string, []byte) error   { return l.err }

// TestLostValues checks that facts that cannot be read are an error, and those that are lost for
// good are missing.
func TestLostValues(t *testing.T) {
	f, v := learned(t, days.Config{}, today), &values{m: map[string][]byte{}}
	seal(t, f, v, now.Add(2*time.Hour))
	must.Do(t, f.Add(on(today+1), 2, 2, now))
	want := newModel()
	want.Add(on(today + 1))
	if m, err := f.All(t.Context(), lost{}); err != nil || !bytes.Equal(encoded(t, m), encoded(t, want)) {
		t.Errorf("lost for good: %v", err)
	}
	broken := errors.New("no answer")
	if m, err := f.All(t.Context(), lost{broken}); m != nil || !errors.Is(err, broken) {
		t.Errorf("%v, %v", m, err)
	}
	if m, err := f.Since(t.Context(), lost{broken}, today); m != nil || !errors.Is(err, broken) {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := f.Since(t.Context(), lost{broken}, today+1); err != nil {
		t.Errorf("of a day without values: %v", err)
	}
	s := f.Seal(now.Add(2 * time.Hour))
	if err := f.Write(t.Context(), lost{broken}, s); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	v.left = 10
	if err := f.Write(t.Context(), v, s); err != nil {
		t.Errorf("after the error: %v", err)
	}
	want.Add(on(today))
	if m, err := f.All(t.Context(), v); err != nil || !bytes.Equal(encoded(t, m), encoded(t, want)) {
		t.Errorf("after the error: %v", err)
	}
}
