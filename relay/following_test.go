package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/infer"
)

func newTestFollower(t *testing.T, m *memory, s *Start) *Follower {
	t.Helper()
	f, err := NewFollower(t.Context(), FollowerConfig{Store: m, Log: m, Ask: time.Minute, Start: s})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFollowerSaysWhatFails checks which errors of the log and the store a follower returns, and
// which of them it never gets over.
func TestFollowerSaysWhatFails(t *testing.T) {
	c := testCodec(t)
	blocks := []Entry{tailBlock(t, c, kindFlows, "a", 1, 0, 2), removal(c, 2, 0, 1, 2), tailBlock(t, c, kindFlows, "a", 3, 2, 3)}
	start := &Start{NewModel: func() Model { return infer.New() }, Save: func(context.Context, []Model) error { return nil }}
	for _, tt := range []struct {
		fail  string
		start *Start
		want  string
		final bool
	}{
		{"bounds", nil, "read the end of the log: broken", false},
		{"entries -1", nil, "read the log: broken", false},
		{"store apply", nil, "apply flows 1-2 of a: broken", true},
		{"store scan", nil, "find deleted flows: broken", true},
		{"store delete", nil, "delete flows: broken", true},
		{"store save relay/deleted/0", nil, "save what was deleted: broken", true},
		{"store save relay/position", nil, "save the position in the log: broken", true},
		{"store load relay/start", start, "read the models to start with: broken", true},
		{"get heads/", start, "read the models of the workers: broken", false},
	} {
		m := newMemory(t, blocks...)
		f := newTestFollower(t, m, tt.start)
		m.fail = tt.fail
		err := f.CatchUp(t.Context())
		if err == nil || err.Error() != tt.want || IsFinal(err) != tt.final || !errors.Is(err, errMemory) {
			t.Errorf("%s: %v, final %t; want %s", tt.fail, err, IsFinal(err), tt.want)
		}
		m.fail = ""
		if err := f.CatchUp(t.Context()); err != nil || f.Marks()["a"] != 3 {
			t.Errorf("%s: later: %v, %v", tt.fail, err, f.Marks())
		}
		if s := f.Status(); s.Flows < 1 || s.Position != 3 || s.Bytes == 0 {
			t.Errorf("%s: later: %+v", tt.fail, s)
		}
	}
	for fail, want := range map[string]string{
		"store marks": "read the marks: broken", "store load relay/deleted": "read what was deleted: broken", "store load relay/position": "read the position in the log: broken",
	} {
		m := newMemory(t)
		m.fail = fail
		if _, err := NewFollower(t.Context(), FollowerConfig{Store: m, Log: m}); err == nil || err.Error() != want {
			t.Errorf("%s: %v", fail, err)
		}
	}
}

// TestFollowerTakes checks what a follower does with each kind of entry.
func TestFollowerTakes(t *testing.T) {
	c := testCodec(t)
	damaged, newer := tailBlock(t, c, kindFlows, "a", 9, 2, 4), tailBlock(t, c, kindFlows, "a", 9, 2, 4)
	damaged.Data, newer.Data = damaged.Data[:5], []byte{9}
	staged := tailBlock(t, c, kindStaged, "i.1", 9, 0, 2)
	badDeletion, newDeletion := removal(c, 9, 0, 1, 1), removal(c, 9, 0, 1, 1)
	badDeletion.Data, newDeletion.Data = badDeletion.Data[:4], []byte{kindVersion + 1}
	commit := func(last uint64) Entry {
		return Entry{Position: 9, Source: "i.0", After: last, Last: last, Data: c.sealKind(kindCommit, []byte{3})}
	}
	later, fresh := tailBlock(t, c, kindFlows, "a", 9, 3, 4), tailBlock(t, c, kindFlows, "z", 9, 3, 4)
	for _, tt := range []struct {
		name        string
		e           Entry
		late, again bool
		met         bool // entries expired that were not read
		want        error
		at          Position
		mark        uint64
		gap, newer  string
		partial     uint64
		flows       int64
	}{
		{"nothing", Entry{Position: 9}, false, false, false, nil, 9, 0, "", "", 0, 2},
		{"too long a name", tailBlock(t, c, kindFlows, strings.Repeat("a", maxSource+1), 9, 0, 1), false, false, false, nil, 9, 0, "", "", 0, 2},
		{"the next block", tailBlock(t, c, kindFlows, "a", 9, 2, 4), false, false, false, nil, 9, 4, "", "", 0, 4},
		{"a known block", tailBlock(t, c, kindFlows, "a", 9, 0, 2), false, false, false, nil, 9, 2, "", "", 0, 2},
		{"after a gap", later, false, false, false, errRescan, 0, 2, "a 2", "", 0, 2},
		{"after a known gap", later, false, true, false, nil, 9, 2, "a 2", "", 0, 2},
		{"after a gap of what expired", later, true, false, true, nil, 9, 4, "", "", 3, 3},
		{"after a gap, of a log that has its beginning", later, false, false, true, errRescan, 0, 2, "a 2", "", 0, 2},
		{"a new source after a gap", fresh, false, false, false, errRescan, 0, 0, "z 0", "", 0, 2},
		{"a new source of a log that has lost its beginning", fresh, true, false, false, nil, 9, 4, "", "", 3, 3},
		{"damaged", damaged, false, true, false, nil, 9, 2, "a 2", "", 0, 2},
		{"of a newer version", newer, false, true, false, nil, 9, 2, "a 2", "a", 0, 2},
		{"a part of an import", staged, false, false, false, nil, 9, 0, "", "", 0, 2},
		{"an unknown kind", Entry{Position: 9, Source: "a", Last: 1, Data: []byte{kindVersion, 77}}, false, false, false, nil, 9, 2, "", "a", 0, 2},
		{"a damaged deletion", badDeletion, false, false, false, nil, 9, 0, "", "", 0, 2},
		{"a deletion of a newer version", newDeletion, false, false, false, ErrVersion, 7, 0, "", "", 0, 2},
		{"an import", commit(3), false, false, false, nil, 9, 3, "", "", 0, 5},
		{"an import of which the end is lost", commit(4), false, false, false, nil, 9, 0, "i.0 0", "", 0, 2},
		{"an import of nothing", commit(0), false, false, false, nil, 9, 0, "", "", 0, 2},
	} {
		m := newMemory(t, tailBlock(t, c, kindStaged, "i.0", 3, 0, 3))
		f := newTestFollower(t, m, nil)
		first := tailBlock(t, c, kindFlows, "a", 7, 0, 2)
		if err := f.take(t.Context(), &m.list[0]); err != nil || f.staged["i.0"] != 3 {
			t.Fatal(err, f.staged)
		}
		if err := f.take(t.Context(), &first); err != nil || f.position != 7 || f.Marks()["a"] != 2 {
			t.Fatal(err)
		}
		if f.late = tt.late; tt.met {
			f.met = map[string]bool{}
		}
		if tt.again {
			f.rescans.due(tt.e.Source, f.have.marks[tt.e.Source], tt.e.Position)
		}
		err := f.take(t.Context(), &tt.e)
		s := f.Status()
		gaps, newer := "", ""
		for source, n := range s.Gaps {
			gaps += fmt.Sprint(source, " ", n)
		}
		for source := range s.Newer {
			newer += source
		}
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil || f.position != tt.at || f.Marks()[tt.e.Source] != tt.mark || gaps != tt.gap || newer != tt.newer || s.Partial[tt.e.Source] != tt.partial || s.Flows != tt.flows {
			t.Errorf("%s: %v, position %d, marks %v, %+v", tt.name, err, f.position, f.Marks(), s)
		}
		if asks := f.asker.any(); asks != (tt.again && tt.gap != "") {
			t.Errorf("%s: asks %t", tt.name, asks)
		}
		if _, open := f.staged["i.0"]; open != (tt.want != errRescan && tt.e.kind() != kindCommit) || (f.staged["i.1"] == 9) != (tt.e.kind() == kindStaged) {
			t.Errorf("%s: staged %v", tt.name, f.staged)
		}
	}
}

// TestFollowerGivesUp passes over numbers that nobody has, and over no others.
func TestFollowerGivesUp(t *testing.T) {
	c := testCodec(t)
	came := tailBlock(t, c, kindFlows, "a", 1, 0, 4)
	for _, tt := range []struct {
		name    string
		dropped uint64
		list    []Entry
		newer   bool
		given   bool
		mark    uint64
	}{
		{"dropped", 4, nil, false, true, 4}, {"not all dropped", 3, nil, false, false, 0}, {"sent again meanwhile", 4, []Entry{came}, false, false, 4}, {"another version may read it", 4, nil, true, false, 0},
	} {
		m := newMemory(t)
		f := newTestFollower(t, m, nil)
		m.list = tt.list
		if err := put(t.Context(), m, keySources+"a", SourceStatus{Dropped: tt.dropped}); err != nil {
			t.Fatal(err)
		}
		f.note(func(s *FollowerStatus) { s.Gaps["a"] = 0 })
		if tt.newer {
			f.note(func(s *FollowerStatus) { s.Newer["a"] = true })
		}
		f.asker.missing("a", 0, 4)
		given, err := f.giveUp(t.Context())
		s := f.Status()
		if err != nil || given != tt.given || f.Marks()["a"] != tt.mark || (s.Partial["a"] == 4) != tt.given || len(s.Gaps) != 1-int(min(tt.mark, 1)) || given && f.position != 0 || f.asker.any() != (tt.mark == 0) || time.Since(f.looked) > time.Minute {
			t.Errorf("%s: %t, %v, marks %v, %+v", tt.name, given, err, f.Marks(), s)
		}
		for fail, want := range map[string]string{"get sources/a": "broken", "bounds": "read the end of the log: broken", "store apply": "apply flows 1-4 of a: broken"} {
			if tt.name != "dropped" {
				break
			}
			m := newMemory(t)
			f := newTestFollower(t, m, nil)
			if err := put(t.Context(), m, keySources+"a", SourceStatus{Dropped: 4}); err != nil {
				t.Fatal(err)
			}
			f.asker.missing("a", 0, 4)
			m.fail = fail
			if given, err := f.giveUp(t.Context()); given || err == nil || err.Error() != want {
				t.Errorf("%s: %t, %v", fail, given, err)
			}
		}
	}
}

// TestFollowerRemembers reads the position, what is missing before it, and imports in progress
// again, also of older versions.
func TestFollowerRemembers(t *testing.T) {
	c := testCodec(t)
	m := newMemory(t, tailBlock(t, c, kindFlows, "a", 1, 0, 2), tailBlock(t, c, kindStaged, "i.1", 3, 0, 1), tailBlock(t, c, kindFlows, "b", 5, 2, 4))
	f := newTestFollower(t, m, nil)
	if err := f.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := newTestFollower(t, m, nil)
	if again.position != 5 || again.saved != 5 || again.staged["i.1"] != 3 || fmt.Sprint(again.asker.open()) != "map[b:{0 2}]" || again.Status().Gaps["b"] != 0 || len(again.Status().Gaps) != 1 {
		t.Errorf("position %d, staged %v, gaps %v, %+v", again.position, again.staged, again.asker.open(), again.Status())
	}
	saves := len(m.calls)
	if err := again.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, call := range m.calls[saves:] {
		if call == "store save "+positionName {
			t.Error("a position is saved again")
		}
	}
	if err := again.have.jump(t.Context(), "b", 1); err != nil {
		t.Fatal(err)
	}
	if moved := newTestFollower(t, m, nil); moved.asker.any() || len(moved.Status().Gaps) > 0 {
		t.Error("what came since is missing")
	}
	for _, tt := range []struct {
		data string
		want Position
	}{{"17", 17}, {"x", 0}, {`{"position":4}`, 4}} {
		_, basis, err := m.LoadModel(t.Context(), positionName)
		if err == nil {
			err = m.SaveModel(t.Context(), positionName, []byte(tt.data), basis)
		}
		if err != nil {
			t.Fatal(err)
		}
		if f := newTestFollower(t, m, nil); f.position != tt.want || f.saved != tt.want || f.staged == nil {
			t.Errorf("%s: position %d", tt.data, f.position)
		}
	}
	m.list = m.list[:1] // the log lost its end
	if f := newTestFollower(t, m, nil); f.position != 4 || f.CatchUp(t.Context()) != nil || f.position != 1 {
		t.Errorf("position %d of a log that ends at 1", f.position)
	}
}

// TestStartWaitsForDeletions takes the models of workers that have not obeyed a deletion yet, or
// never do. Then the follower learns from the flows.
func TestStartWaitsForDeletions(t *testing.T) {
	for _, tt := range []struct {
		name         string
		obeyed, ends time.Duration // when; 0: never
		took         time.Duration
		reads        int
		found        bool
	}{
		{"never", 0, 0, time.Minute, 21, false},
		{"meanwhile", 10 * time.Second, 0, 12 * time.Second, 5, true},
		{"at the last time", 59 * time.Second, 0, time.Minute, 21, true},
		{"too late", 61 * time.Second, 0, time.Minute, 21, false},
		{"the follower ends", 0, 10 * time.Second, 10 * time.Second, 4, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := testCodec(t)
			m := newMemory(t, tailBlock(t, c, kindFlows, "a", 1, 0, 2))
			l := load(t, m)
			l.dirty = true
			if err := l.commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			f := newTestFollower(t, m, &Start{NewModel: func() Model { return infer.New() }})
			blocks := m.list
			m.list = append(m.list, removal(c, 2, 0, 1, 2))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.obeyed > 0 {
				time.AfterFunc(tt.obeyed, func() {
					m.mu.Lock()
					defer m.mu.Unlock()
					m.list = blocks
				})
			}
			if tt.ends > 0 {
				time.AfterFunc(tt.ends, cancel)
			}
			m.calls = nil
			start := time.Now()
			s, err := f.takeSnapshot(ctx)
			reads := 0
			for _, call := range m.calls {
				if call == "get heads/" {
					reads++
				}
			}
			if took := time.Since(start); err != nil || (s != nil) != tt.found || took != tt.took || reads != tt.reads {
				t.Errorf("%s: %+v, %v after %s and %d reads", tt.name, s, err, took, reads)
			}
		})
	}
}

// TestFollowerSavesItsPosition saves the position after some of them, while it follows.
func TestFollowerSavesItsPosition(t *testing.T) {
	c := testCodec(t)
	for position, saved := range map[Position]bool{saveEvery - 1: false, saveEvery: true, saveEvery + 1: true} {
		m := newMemory(t, tailBlock(t, c, kindFlows, "a", position, 0, 2))
		f := newTestFollower(t, m, nil)
		if err := f.follow(t.Context(), 0); err != nil || f.position != position {
			t.Fatalf("position %d, %v, want %d", f.position, err, position)
		}
		if saves := slices.Contains(m.calls, "store save "+positionName); saves != saved || (f.saved == position) != saved {
			t.Errorf("at %d: saved %t, up to %d", position, saves, f.saved)
		}
	}
}

// TestAwaiterSaysWhatFails checks that sources which cannot be read are not taken for none.
func TestAwaiterSaysWhatFails(t *testing.T) {
	m := newMemory(t)
	m.fail = "get " + keySources
	if missing, silent, err := NewAwaiter(m, "me").Missing(t.Context(), nil, time.Now()); !errors.Is(err, errMemory) || len(missing)+len(silent) > 0 {
		t.Errorf("%q, %q, %v", missing, silent, err)
	}
}
