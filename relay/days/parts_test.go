package days_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
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
		if err := f.Add(on(d), uint64(i+1), uint64(i+1), now); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// seal seals until there is nothing to seal, and returns how often that was.
func seal(t *testing.T, f *days.Facts, v *values, at time.Time) (n int) {
	t.Helper()
	v.left = math.MaxInt
	for s := f.Seal(at); s != nil; s = f.Seal(at) {
		if err := f.Write(t.Context(), v, s); err != nil {
			t.Fatal(err)
		}
		for _, name := range f.Garbage() {
			delete(v.m, name)
			f.Removed(name)
		}
		n++
	}
	return n
}

// TestWhenFactsAreSealed checks that facts are sealed once their day is quiet, or when there are too
// many fresh days.
func TestWhenFactsAreSealed(t *testing.T) {
	four := []days.Day{today, today - 1, today - 2, today - 3}
	for _, tt := range []struct {
		name  string
		quiet time.Duration
		days  []days.Day
		after time.Duration
		want  bool
	}{
		{"no facts", 0, nil, 24 * time.Hour, false},
		{"before an hour", 0, four, time.Hour - 1, false},
		{"after an hour", 0, four, time.Hour, true},
		{"before another time", time.Minute, four, time.Minute - 1, false},
		{"after another time", time.Minute, four, time.Minute, true},
		{"too many days", 0, append(four, today-4), 0, true},
	} {
		f := learned(t, days.Config{Quiet: tt.quiet}, tt.days...)
		if s := f.Seal(now.Add(tt.after)); (s != nil) != tt.want {
			t.Errorf("%s: sealed %t", tt.name, s != nil)
		}
	}
}

// TestDaysThatAreKept checks how many days are kept apart, and what is said of older ones.
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
		first, older := f.First()
		oldest := list[len(list)-1]
		if older != (tt.folded > 0) || older && first != oldest+days.Day(tt.folded) {
			t.Errorf("%d of %d days: the first is %d days after the oldest, older ones %t", tt.keep, tt.days, first-oldest, older)
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

// TestPart checks where the log has the flows of a part, and which parts have flows of a time.
func TestPart(t *testing.T) {
	f := learned(t, days.Config{})
	if f.Of(now) != nil || f.Size() != 0 || f.Seal(now) != nil {
		t.Error("facts of no flows have parts")
	}
	for _, x := range [][2]uint64{{5, 9}, {3, 4}, {7, 12}} {
		if err := f.Add(on(today), x[0], x[1], now); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Add(on(today-1), 20, 21, now); err != nil {
		t.Fatal(err)
	}
	p, before := f.Of(today.Start()), f.Of((today - 1).Start())
	if p == nil || p.First != 3 || p.Last != 12 || p.Flows != 3 || before.First != 20 || before.Last != 21 || before.Flows != 1 {
		t.Errorf("%+v, %+v", p, before)
	}
	for _, tt := range []struct {
		since, before time.Time
		want          []*days.Part
	}{
		{today.Start(), (today + 1).Start(), []*days.Part{p}}, {today.Start(), today.Start(), nil}, {today.Start(), today.Start().Add(1), []*days.Part{p}},
		{(today - 1).Start(), today.Start(), []*days.Part{before}}, {today.Start().Add(-1), today.Start().Add(1), []*days.Part{before, p}},
		{(today + 1).Start(), (today + 9).Start(), nil}, {time.Unix(0, 0), (today - 1).Start(), nil},
	} {
		if got := f.Between(tt.since, tt.before); !slices.Equal(got, tt.want) {
			t.Errorf("between %s and %s: %d parts, want %d", tt.since, tt.before, len(got), len(tt.want))
		}
	}
	data, err := f.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := days.Decode(days.Config{NewModel: newModel}, data, now)
	if err != nil {
		t.Fatal(err)
	}
	if q := again.Of(today.Start()); q == nil || q.First != 3 || q.Last != 12 || q.Flows != 3 {
		t.Errorf("read again: %+v", q)
	}
	size := len(encoded(t, modelOf(t, again)))
	if n := again.Size(); n < size || n > 3*size {
		t.Errorf("two parts have %d bytes, and %d together", n, size)
	}
	for n := range data {
		if _, err := days.Decode(days.Config{NewModel: newModel}, data[:n], now); err == nil {
			t.Fatalf("%d of %d bytes were read", n, len(data))
		}
	}
	f.Replace(before, &days.Part{})
	if f.Of((today-1).Start()) != nil || f.Of(today.Start()) != p {
		t.Error("a part without flows stays, or another one went")
	}
}

func modelOf(t *testing.T, f *days.Facts) days.Model {
	t.Helper()
	m, err := f.Whole(t.Context(), &values{})
	if err != nil {
		t.Fatal(err)
	}
	return m
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
		m, err := f.Whole(t.Context(), v)
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
	if err := f.Add(on(today+1), 2, 2, now); err != nil {
		t.Fatal(err)
	}
	want := newModel()
	want.Add(on(today + 1))
	if m, err := f.Whole(t.Context(), lost{}); err != nil || !bytes.Equal(encoded(t, m), encoded(t, want)) {
		t.Errorf("lost for good: %v", err)
	}
	broken := errors.New("no answer")
	if m, err := f.Whole(t.Context(), lost{broken}); m != nil || !errors.Is(err, broken) {
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
	if m, err := f.Whole(t.Context(), v); err != nil || !bytes.Equal(encoded(t, m), encoded(t, want)) {
		t.Errorf("after the error: %v", err)
	}
}

// TestOtherVersions checks that facts of a model that cannot be read are an error.
func TestOtherVersions(t *testing.T) {
	cfg := days.Config{NewModel: newModel}
	if _, err := days.FromModel(cfg, []byte{255, 255}, today); err == nil {
		t.Error("another model was read")
	}
	for _, c := range []days.Config{cfg, {}} {
		f, err := days.FromModel(c, nil, today)
		if err != nil {
			t.Fatal(err)
		}
		if _, older := f.First(); older {
			t.Error("no model has facts")
		}
	}
	f, err := days.FromModel(days.Config{}, []byte("12345"), today)
	if err != nil || f.Size() != 5 {
		t.Errorf("%v", err)
	}
	if first, older := f.First(); first != today+1 || !older {
		t.Errorf("%d, %t", first-today, older)
	}
	if p := f.Of(today.Start()); p.Flows != days.Unknown || p.First != 1 || p.Last != math.MaxUint64 || f.Of((today+1).Start()) != nil {
		t.Errorf("%+v", p)
	}
}
