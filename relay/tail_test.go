package relay

import (
	"context"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay/days"
)

var tailDay = time.Unix(1_790_000_000, 0).UTC()

// tailFlow returns a numbered flow of the day.
func tailFlow(n int) *flow.Flow {
	return &flow.Flow{ID: flow.ID{byte(n), 1}, Last: flow.Seq(n), Started: tailDay, Done: true,
		Request: flow.Request{Method: "GET", Authority: "a.example", Path: "/a"}, Response: &flow.Response{Status: 200}}
}

// tailBlock returns an entry with flows of one day.
func tailBlock(t *testing.T, c *Codec, kind byte, source string, pos Position, after, last int) Entry {
	t.Helper()
	var b []byte
	var err error
	for n := after + 1; n <= last; n++ {
		if b, err = raw(b, tailFlow(n), uint64(n-1)); err != nil {
			t.Fatal(err)
		}
	}
	e := Entry{Position: pos, Source: source, After: uint64(after), Last: uint64(last)}
	if kind == kindFlows {
		e.Data, err = c.seal(nil, last-after, b)
	} else {
		e.Data = c.sealKind(kind, append(binary.AppendUvarint([]byte{0}, uint64(last-after)), b...))
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestTail learns from entries after what the workers know, or says that the facts cannot be those
// of all flows.
func TestTail(t *testing.T) {
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	block := func(after, last int) Entry { return tailBlock(t, c, kindFlows, "a", 9, after, last) }
	damaged := block(2, 4)
	damaged.Data = damaged.Data[:4]
	removal := func(after, last uint64, day int, data []byte) Entry {
		since := tailDay.AddDate(0, 0, day)
		d := deletion{since: since, before: since.Add(time.Second), ids: []flow.ID{{99}}}
		if data == nil {
			data = c.sealKind(kindDeletion, d.encode())
		}
		return Entry{Position: 9, Source: Deletions, After: after, Last: last, Data: data}
	}
	for _, tt := range []struct {
		name    string
		e       Entry
		late    bool
		want    error
		mark    uint64 // of source a, which is at 2
		learned uint64 // flows, of which 2 were learned before
		deleted uint64 // the number of the newest deletion, which is 5
	}{
		{"the next block", block(2, 4), false, nil, 4, 4, 5},
		{"a block that overlaps", block(1, 3), false, nil, 3, 3, 5},
		{"a block that is known", block(1, 2), false, nil, 2, 2, 5},
		{"a block after a gap", block(3, 4), false, ErrNoModels, 2, 2, 5},
		{"a block after a gap, of a log that lost its beginning", block(3, 4), true, ErrNoModels, 2, 2, 5},
		{"a block that is damaged", damaged, false, ErrNoModels, 2, 2, 5},
		{"an old deletion", removal(3, 5, 0, nil), false, nil, 2, 2, 5},
		{"a deletion of the day", removal(5, 6, 0, nil), false, ErrDeleted, 2, 2, 5},
		{"a deletion of another day", removal(5, 6, 3, nil), false, nil, 2, 2, 6},
		{"a deletion after others", removal(6, 7, 3, nil), false, ErrDeleted, 2, 2, 5},
		{"a deletion that is damaged", removal(5, 6, 0, []byte{kindVersion, kindDeletion, 1}), false, nil, 2, 2, 5},
		{"a deletion of a newer version", removal(5, 6, 0, []byte{kindVersion + 1}), false, ErrVersion, 2, 2, 5},
	} {
		x := &tail{codec: c, late: tt.late, head: newHead(Partition("a"), days.Config{NewModel: func() Model { return infer.New() }}), dead: map[flow.ID]bool{}}
		x.head.deleted = 5
		first := tailBlock(t, c, kindFlows, "a", 8, 0, 2)
		if err := x.take(t.Context(), &first); err != nil {
			t.Fatal(err)
		}
		err := x.take(t.Context(), &tt.e)
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil || x.head.Marks["a"].Last != tt.mark || x.head.facts.Of(tailDay).Flows != tt.learned || x.head.deleted != tt.deleted {
			t.Errorf("%s: %v, mark %d, %d flows, deletion %d", tt.name, err, x.head.Marks["a"].Last, x.head.facts.Of(tailDay).Flows, x.head.deleted)
		}
	}
	// A new source, of a log that has its beginning or not, and flows that were deleted.
	for late, want := range map[bool]error{true: nil, false: ErrNoModels} {
		x := &tail{codec: c, late: late, head: newHead(1, days.Config{NewModel: func() Model { return infer.New() }}), dead: map[flow.ID]bool{{5, 1}: true}}
		e := block(3, 6)
		if err := x.take(t.Context(), &e); !errors.Is(err, want) || want == nil && (err != nil || x.head.Marks["a"].Last != 6 || x.head.facts.Of(tailDay).Flows != 2) {
			t.Errorf("late %t: %v, %+v", late, err, x.head.Marks)
		}
	}
}

// TestTailOfImports learns from an import when it is committed, once.
func TestTailOfImports(t *testing.T) {
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	parts := []Entry{tailBlock(t, c, kindStaged, "i.1", 3, 0, 2), tailBlock(t, c, kindStaged, "i.1", 4, 2, 3)}
	commit := func(last uint64) Entry {
		return Entry{Position: 9, Source: "i.1", After: last, Last: last, Data: c.sealKind(kindCommit, []byte{3})}
	}
	for _, tt := range []struct {
		name    string
		log     entries
		staged  bool
		commit  Entry
		learned uint64
		want    error
	}{
		{"whole", entries{list: parts}, true, commit(3), 3, nil},
		{"nobody saw it begin", entries{list: parts}, false, commit(3), 0, nil},
		{"a part is lost", entries{list: parts[:1]}, true, commit(3), 0, nil},
		{"of nothing", entries{list: parts}, true, commit(0), 0, nil},
		{"cannot be read", entries{err: ErrDenied}, true, commit(3), 0, ErrDenied},
	} {
		x := &tail{log: tt.log, codec: c, head: newHead(1, days.Config{NewModel: func() Model { return infer.New() }}), dead: map[flow.ID]bool{}}
		if tt.staged {
			if err := x.take(t.Context(), &parts[0]); err != nil || x.head.staged["i.1"] != 3 {
				t.Fatal(err, x.head.staged)
			}
		}
		for range 2 {
			err := x.take(t.Context(), &tt.commit)
			if _, left := x.head.staged["i.1"]; left {
				t.Errorf("%s: it is still in progress", tt.name)
			}
			if tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			if tt.want != nil {
				break
			}
		}
		var n uint64
		if p := x.head.facts.Of(tailDay); p != nil {
			n = p.Flows
		}
		if n != tt.learned || x.head.Marks["i.1"].Last != tt.learned {
			t.Errorf("%s: %d flows, mark %d, want %d", tt.name, n, x.head.Marks["i.1"].Last, tt.learned)
		}
	}
}

// TestLearnedTriesAgain reads the models again if a worker has just replaced what they name, a few
// times.
func TestLearnedTriesAgain(t *testing.T) {
	m := newMemory(t)
	l := load(t, m)
	l.dirty = true
	if err := l.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	newModel := func() Model { return infer.New() }
	for missing, want := range map[int64]error{0: nil, 1: nil, 4: nil, 5: ErrNoModels} {
		var tries atomic.Int64 // of one partition
		got, err := learned(t.Context(), m, newModel, func(_ context.Context, x *tail) (Model, error) {
			if x.head.Partition == partOfA && tries.Add(1) <= missing {
				return nil, errMissing
			}
			return newModel(), nil
		})
		if !errors.Is(err, want) || (err == nil) != (want == nil) || (got == nil) != (want != nil) || tries.Load() != min(5, missing+1) {
			t.Errorf("%d times missing: %v after %d tries", missing, err, tries.Load())
		}
	}
}

// TestTailEnds learns up to a position and no further.
func TestTailEnds(t *testing.T) {
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	list := []Entry{tailBlock(t, c, kindFlows, "a", 3, 0, 2), tailBlock(t, c, kindFlows, "a", 5, 2, 3), tailBlock(t, c, kindFlows, "a", 7, 3, 4)}
	broken := errors.New("no answer")
	for _, tt := range []struct {
		name string
		log  entries
		from Position
		last Position
		want error
		mark uint64
	}{
		{"all", entries{list: list}, 0, 7, nil, 4}, {"a part", entries{list: list}, 0, 5, nil, 3}, {"between entries", entries{list: list}, 0, 6, nil, 3}, {"nothing is new", entries{err: broken}, 7, 7, nil, 0},
		{"a log that lost its end", entries{list: list}, 8, 7, ErrNoModels, 0}, {"an error", entries{list: list[:1], err: broken}, 0, 7, broken, 2},
	} {
		x := &tail{log: tt.log, codec: c, head: newHead(1, days.Config{NewModel: func() Model { return infer.New() }}), dead: map[flow.ID]bool{}}
		x.head.Position = tt.from
		if err := x.learn(t.Context(), tt.last); !errors.Is(err, tt.want) || tt.want == nil && err != nil || x.head.Marks["a"].Last != tt.mark {
			t.Errorf("%s: %v, mark %d, want %d", tt.name, err, x.head.Marks["a"].Last, tt.mark)
		}
	}
}

// deletions is a log with some deletions.
type deletions struct {
	entries
	newest Position
	failed error
}

func (l deletions) Newest(context.Context, string) (Entry, error) {
	return Entry{Position: l.newest}, l.failed
}

// TestDeletedBefore reads which flows were deleted up to a position.
func TestDeletedBefore(t *testing.T) {
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	entry := func(pos Position, id byte) Entry {
		d := deletion{since: tailDay, before: tailDay.Add(1), ids: []flow.ID{{id}}}
		return Entry{Position: pos, Source: Deletions, Last: uint64(pos), Data: c.sealKind(kindDeletion, d.encode())}
	}
	damaged, newer := entry(4, 4), entry(4, 4)
	damaged.Data, newer.Data = []byte{kindVersion, kindDeletion, 1}, []byte{kindVersion + 1}
	broken := errors.New("no answer")
	for _, tt := range []struct {
		name   string
		log    deletions
		until  Position
		want   string
		failed error
	}{
		{"none", deletions{}, 9, "", nil},
		{"all", deletions{entries: entries{list: []Entry{entry(2, 2), {Position: 3}, damaged, entry(5, 5)}, err: broken}, newest: 5}, 9, "\x02\x05", nil},
		{"some", deletions{entries: entries{list: []Entry{entry(2, 2), entry(5, 5)}, err: broken}, newest: 5}, 4, "\x02", nil},
		{"up to one", deletions{entries: entries{list: []Entry{entry(2, 2), entry(5, 5)}, err: broken}, newest: 5}, 2, "\x02", nil},
		{"of a newer version", deletions{entries: entries{list: []Entry{entry(2, 2), newer}}, newest: 5}, 9, "", ErrVersion},
		{"an error", deletions{entries: entries{list: []Entry{entry(2, 2)}, err: broken}, newest: 5}, 9, "", broken},
		{"no newest", deletions{failed: broken}, 9, "", broken},
	} {
		got, err := deletedBefore(t.Context(), tt.log, c, tt.until)
		if !errors.Is(err, tt.failed) || tt.failed == nil && err != nil || len(got) != len(tt.want) {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
		for _, id := range []byte(tt.want) {
			if !got[flow.ID{id}] {
				t.Errorf("%s: flow %d is not deleted: %v", tt.name, id, got)
			}
		}
	}
}
