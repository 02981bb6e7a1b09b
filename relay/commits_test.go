package relay

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestCommits checks what a commit writes, and when.
func TestCommits(t *testing.T) {
	c := testCodec(t)
	first := tailBlock(t, c, kindFlows, "a", 1, 0, 2)
	writes := func(m *memory) (list []string) {
		for _, call := range m.calls {
			if strings.HasPrefix(call, "put ") || strings.HasPrefix(call, "remove ") {
				list = append(list, call)
			}
		}
		m.calls = nil
		return list
	}
	m := newMemory(t, first)
	l := load(t, m)
	commit := func(name string, want ...string) {
		t.Helper()
		if err := l.commit(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := writes(m); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	head := "put " + headKey(partOfA)
	commit("nothing is new")
	if err := l.take(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	l.head.Marks["old"] = SourceMark{Last: 3, Seen: time.Now().Add(-l.w.cfg.Forget - time.Minute)}
	l.head.Marks["recent"] = SourceMark{Last: 3, Seen: time.Now().Add(-l.w.cfg.Forget + time.Minute)}
	commit("a block", head, "put marks/a")
	told, err := getMark(t.Context(), m, "a")
	if err != nil || told.Last != 2 || time.Since(told.At) > time.Minute || l.dirty || len(l.marks) > 0 || l.w.Status().Commits != 1 || l.rest < time.Second {
		t.Errorf("told %+v, %v, dirty %t, %v", told, err, l.dirty, l.w.Status())
	}
	if _, old := l.head.Marks["old"]; old || l.head.Marks["recent"].Last != 3 {
		t.Errorf("marks %v", l.head.Marks)
	}
	l.head.Marks["old"] = SourceMark{Last: 3}
	if commit("again"); l.head.Marks["old"].Last != 3 {
		t.Error("a source is forgotten without a commit")
	}
	l.dirty, l.partial, l.rest = true, true, time.Hour
	l.asker.missing("b", 3, 5)
	commit("a part of an import", "put asks/b")
	if !l.dirty || l.rest != l.w.cfg.Commit {
		t.Errorf("dirty %t, again in %s", l.dirty, l.rest)
	}
	l.partial, l.leaving = false, true
	if err := put(t.Context(), m, keySources+"b", SourceStatus{Dropped: 5}); err != nil {
		t.Fatal(err)
	}
	writes(m)
	commit("at the end", head) // what is lost is not given up any more
	l.leaving, l.dirty = false, true
	if err := l.commit(t.Context()); !errors.Is(err, errRescan) || l.head.Marks["b"].Last != 5 {
		t.Errorf("with lost numbers: %v, %v", err, l.head.Marks)
	}
	m.fail, m.err = head, ErrConflict
	if err := l.commit(t.Context()); !errors.Is(err, ErrConflict) || l.w.Status().Lost != 1 || !l.dirty {
		t.Errorf("a lost race: %v, %+v", err, l.w.Status())
	}
	m.err = errMemory
	if err := l.commit(t.Context()); err == nil || l.w.Status().Lost != 1 {
		t.Errorf("no answer: %v, %+v", err, l.w.Status())
	}
}

// TestGivesUp passes over numbers that nobody has, and over no others.
func TestGivesUp(t *testing.T) {
	c := testCodec(t)
	came := tailBlock(t, c, kindFlows, "a", 1, 0, 4)
	for _, tt := range []struct {
		name    string
		dropped uint64
		list    []Entry
		want    error
		mark    uint64
	}{
		{"dropped", 4, nil, errRescan, 4},
		{"dropped, and more", 9, nil, errRescan, 4},
		{"not all dropped", 3, nil, nil, 0},
		{"sent again meanwhile", 4, []Entry{came}, nil, 4},
	} {
		m := newMemory(t)
		l := load(t, m)
		m.list = tt.list
		if err := put(t.Context(), m, keySources+"a", SourceStatus{Dropped: tt.dropped}); err != nil {
			t.Fatal(err)
		}
		l.head.staged = stagings{"i.1": 1}
		l.asker.missing("a", 0, 4)
		err := l.giveUp(t.Context())
		isRescan := tt.want != nil
		if !errors.Is(err, tt.want) || !isRescan && err != nil || l.head.Marks["a"].Last != tt.mark || l.asker.any() != (tt.mark == 0) || isRescan != (l.head.Position == 0 && len(l.head.staged) == 0 && l.dirty) {
			t.Errorf("%s: %v, mark %d, asks %t, %+v", tt.name, err, l.head.Marks["a"].Last, l.asker.any(), l.head)
		}
	}
}

// TestLooksBack reads the log again if blocks were read and not learned.
func TestLooksBack(t *testing.T) {
	c := testCodec(t)
	other := "b"
	for n := 0; Partition(other) == partOfA; n++ {
		other = fmt.Sprint("b", n)
	}
	for _, tt := range []struct {
		name     string
		source   string
		sent     uint64
		position Position // of the head
		newest   int
		again    bool
	}{
		{"a block was overlooked", "a", 4, 9, 4, true},
		{"it was not read yet", "a", 4, 4, 4, false},
		{"it was just read", "a", 4, 5, 4, true},
		{"all is learned", "a", 2, 9, 4, false},
		{"the log has no more", "a", 4, 9, 2, false},
		{"another partition", other, 4, 9, 4, false},
	} {
		m := newMemory(t, tailBlock(t, c, kindFlows, tt.source, 5, 0, tt.newest))
		l := load(t, m)
		l.head.Position, l.head.staged, l.head.Marks[tt.source] = tt.position, stagings{"i.1": 1}, SourceMark{Last: 2}
		if err := put(t.Context(), m, keySources+tt.source, SourceStatus{Sent: tt.sent}); err != nil {
			t.Fatal(err)
		}
		m.m[keySources+"noise"] = Value{Key: keySources + "noise", Revision: 1, Data: []byte("{")}
		for n, want := range []bool{tt.again, false} { // once for a mark
			err := l.lookBack(t.Context())
			if errors.Is(err, errRescan) != want || !want && err != nil || want != (l.head.Position == 0) && n == 0 || want == (len(l.head.staged) > 0) && n == 0 || time.Since(l.looked) > time.Minute {
				t.Errorf("%s: look %d: %v, position %d", tt.name, n, err, l.head.Position)
			}
		}
	}
}

// TestSweeps removes what the log has of a source that is gone for long.
func TestSweeps(t *testing.T) {
	now := time.Now()
	const month = 30 * 24 * time.Hour
	for _, tt := range []struct {
		name   string
		at     time.Duration // ago
		seen   time.Duration // ago, 0: never
		swept  time.Duration // ago
		fail   string
		err    error
		gone   bool
		sweeps bool
	}{
		{"gone", month + time.Minute, 0, sweepEvery, "", nil, true, true},
		{"gone, and learned long ago", month + time.Minute, month + time.Minute, sweepEvery, "", nil, true, true},
		{"reported", month - time.Minute, 0, sweepEvery, "", nil, false, true},
		{"learned", month + time.Minute, month - time.Minute, sweepEvery, "", nil, false, true},
		{"looked just now", month + time.Minute, 0, sweepEvery - 1, "", nil, false, false},
		{"by an older hub", month + time.Minute, 0, sweepEvery, "remove", ErrDenied, false, true},
	} {
		m := newMemory(t)
		l := load(t, m)
		for _, key := range []string{keyMarks, keyAsks, keySources} {
			if err := put(t.Context(), m, key+"a", SourceStatus{At: now.Add(-tt.at)}); err != nil {
				t.Fatal(err)
			}
		}
		if tt.seen > 0 {
			l.head.Marks["a"] = SourceMark{Last: 1, Seen: now.Add(-tt.seen)}
		}
		l.swept, m.fail, m.err = now.Add(-tt.swept), tt.fail, tt.err
		if err := l.sweep(t.Context(), now); err != nil || (len(m.m) == 0) != tt.gone || !tt.gone && len(m.m) != 3 || l.swept.Equal(now) != tt.sweeps {
			t.Errorf("%s: %v, left %v, swept %t", tt.name, err, m.m, l.swept.Equal(now))
		}
	}
}

// TestUnreadableDeletions passes over a deletion that is damaged, and stops at one of a newer version:
// what it deletes would stay.
func TestUnreadableDeletions(t *testing.T) {
	c := testCodec(t)
	for _, tt := range []struct {
		name string
		data []byte
		want error
		last uint64
	}{
		{"damaged", []byte{kindVersion, kindDeletion, 1, 2, 3}, nil, 7},
		{"of a newer version", []byte{kindVersion + 1, kindDeletion, 1, 2, 3}, ErrVersion, 5},
		{"of a newer kind", []byte{kindVersion, kindDeletion + 1, 1, 2, 3}, ErrVersion, 5},
	} {
		m := newMemory(t, removal(c, 2, 0, 5, 1), Entry{Position: 4, Source: Deletions, After: 5, Last: 6, Data: tt.data}, removal(c, 6, 6, 7, 3))
		g, err := newGraveyard(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		err = g.catchUp(t.Context(), m, c, 0, 6)
		if last, _ := g.newest(); !errors.Is(err, tt.want) || tt.want == nil && err != nil || last != tt.last {
			t.Errorf("%s: %v, obeyed up to %d, want %d", tt.name, err, last, tt.last)
		}
	}
}

// TestGraveyard checks what is kept of deletions, and read again.
func TestGraveyard(t *testing.T) {
	c := testCodec(t)
	m := newMemory(t, removal(c, 2, 0, 5, 1), removal(c, 4, 5, 6, 2), removal(c, 6, 6, 7, 3))
	g, err := newGraveyard(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, last uint64, pos Position, dead ...int) {
		t.Helper()
		again, err := newGraveyard(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range []*graveyard{g, again} {
			var got []int
			for n := range 9 {
				if g.has(flow.ID{byte(n), 1}) {
					got = append(got, n)
				}
			}
			if l, p := g.newest(); l != last || p != pos || !slices.Equal(got, dead) {
				t.Errorf("%s: %d at %d, dead are %d; want %d at %d, %d", name, l, p, got, last, pos, dead)
			}
		}
	}
	check("none", 0, 0)
	for _, tt := range []struct {
		name   string
		least  uint64
		end    Position
		length int
		last   uint64
		pos    Position
		dead   []int
	}{
		{"nothing is new", 0, 0, 0, 0, 0, nil},
		{"the first", 0, 2, 1, 5, 2, []int{1}},
		{"known", 5, 2, 1, 5, 2, []int{1}},
		{"an old answer", 6, 4, 2, 6, 4, []int{1, 2}},
		{"the last", 0, 6, 3, 7, 6, []int{1, 2, 3}},
	} {
		all := m.list
		m.list = m.list[:tt.length]
		if err := g.catchUp(t.Context(), m, c, tt.least, tt.end); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		m.list = all
		check(tt.name, tt.last, tt.pos, tt.dead...)
	}
	// One that follows others which were not seen has these read first.
	m = newMemory(t, m.list...)
	if g, err = newGraveyard(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	last := m.list[2]
	d, err := c.decodeDeletion(&last)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.follow(t.Context(), m, c, &last, d); err != nil {
		t.Fatal(err)
	}
	check("after others", 7, 6, 1, 2, 3)
	broken := newMemory(t, m.list...)
	b, err := newGraveyard(t.Context(), broken)
	if err != nil {
		t.Fatal(err)
	}
	broken.fail = "entries"
	if err := b.follow(t.Context(), broken, c, &last, d); !errors.Is(err, errMemory) || b.has(tailFlow(3).ID) {
		t.Errorf("others cannot be read: %v", err)
	}
	if got := g.living([]*flow.Flow{tailFlow(1), tailFlow(4), tailFlow(3)}); len(got) != 1 || got[0].ID != tailFlow(4).ID {
		t.Errorf("living are %v", got)
	}
	m.list = []Entry{removal(c, 3, 7, 8, 4), {Position: 5, Source: "a"}} // the log lost its end
	if err := g.catchUp(t.Context(), m, c, 0, 5); err != nil {
		t.Fatal(err)
	}
	check("after a loss", 8, 3, 1, 2, 3, 4)
	for what, want := range map[string]string{"store load relay/deleted/": "read what was deleted: broken", "store load relay/deleted": "read what was deleted: broken"} {
		if m.fail = what; true {
			if _, err := newGraveyard(t.Context(), m); err == nil || err.Error() != want {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	m.fail = "newest"
	if err := g.catchUp(t.Context(), m, c, 0, 6); err == nil || err.Error() != "read the newest deletion: broken" {
		t.Errorf("%v", err)
	}
	m.fail = ""
	for _, name := range []string{graveName(0), deletedName} {
		_, basis, err := m.LoadModel(t.Context(), name)
		if err == nil {
			err = m.SaveModel(t.Context(), name, []byte{9}, basis)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newGraveyard(t.Context(), m); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
