package relay

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// failingStore is a store of which one operation fails.
type failingStore struct {
	Store
	fail    string
	err     error
	marks   []store.Mark
	flows   []int
	imports []string
}

func (s *failingStore) of(what string) error {
	if s.fail == what {
		return s.err
	}
	return nil
}

func (s *failingStore) Marks(context.Context) (map[string]uint64, error) {
	return map[string]uint64{"a": 2}, s.of("marks")
}

func (s *failingStore) Apply(_ context.Context, m store.Mark, fs []*flow.Flow) (bool, error) {
	s.marks, s.flows = append(s.marks, m), append(s.flows, len(fs))
	return true, s.of("apply")
}

func (s *failingStore) ImportFrom(_ context.Context, m store.Mark) (store.Import, error) {
	s.imports = append(s.imports, fmt.Sprint("begin ", m.Source, " ", m.Last))
	return failingImport{s}, s.of("import")
}

type failingImport struct{ s *failingStore }

func (failingImport) Number() uint64 { return 1 }
func (i failingImport) Append(_ context.Context, fs ...flow.Flow) error {
	i.s.imports = append(i.s.imports, fmt.Sprint("add ", len(fs)))
	return i.s.of("append")
}
func (i failingImport) Commit(context.Context) error {
	i.s.imports = append(i.s.imports, "commit")
	return i.s.of("commit")
}
func (i failingImport) Abort() error { i.s.imports = append(i.s.imports, "abort"); return nil }

// TestArchiveMarks applies what a mark does not cover, and moves the mark once the store has it.
func TestArchiveMarks(t *testing.T) {
	flows := []*flow.Flow{{Last: 2}, {Last: 3}, {Last: 5}}
	session := []store.Session{{Number: 1}}
	for _, tt := range []struct {
		name     string
		fail     error
		e        Entry
		sessions []store.Session
		applied  string
		mark     uint64
		want     string // of the error
	}{
		{"the rest of a block", nil, Entry{Source: "a", After: 1, Last: 5}, nil, "[{a 2 5}] [2]", 5, ""},
		{"a known block", nil, Entry{Source: "a", After: 0, Last: 2}, nil, "[] []", 2, ""},
		{"a known block with a session", nil, Entry{Source: "a", After: 1, Last: 1}, session, "[{a 2 2}] [2]", 2, ""},
		{"another source", nil, Entry{Source: "b", After: 0, Last: 5}, nil, "[{b 0 5}] [3]", 5, ""},
		{"a store that fails", errors.New("full"), Entry{Source: "a", After: 2, Last: 5}, nil, "[{a 2 5}] [2]", 2, "apply flows 3-5 of a: full"},
		{"too large a flow", store.ErrTooLarge, Entry{Source: "a", After: 2, Last: 5}, nil, "[{a 2 5}] [2]", 2, ErrMalformed.Error() + ": flows 3-5 of a: " + store.ErrTooLarge.Error()},
	} {
		s := &failingStore{fail: "apply", err: tt.fail}
		a, err := newArchive(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		err = a.apply(t.Context(), &tt.e, tt.sessions, flows)
		var applied []string
		for _, m := range s.marks {
			applied = append(applied, fmt.Sprintf("{%s %d %d}", m.Source, m.After, m.Last))
		}
		if got := fmt.Sprint(applied, " ", s.flows); got != tt.applied || a.marks[tt.e.Source] != tt.mark || (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
			t.Errorf("%s: %s, mark %d, %v; want %s", tt.name, got, a.marks[tt.e.Source], err, tt.applied)
		}
		if isFinal := tt.name == "a store that fails"; IsFinal(err) != isFinal {
			t.Errorf("%s: final %t", tt.name, !isFinal)
		}
	}
	s := &failingStore{}
	a, err := newArchive(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[uint64]uint64{2: 2, 1: 2} {
		if err := a.jump(t.Context(), "a", to); err != nil || a.marks["a"] != want || len(s.marks) > 0 {
			t.Errorf("to %d: %d, %v", to, a.marks["a"], err)
		}
	}
	if err := a.jump(t.Context(), "a", 3); err != nil || a.marks["a"] != 3 || len(s.marks) != 1 || s.marks[0].After != 2 {
		t.Errorf("%+v, %v", s.marks, err)
	}
	if _, err := newArchive(t.Context(), &failingStore{fail: "marks", err: store.ErrClosed}); !errors.Is(err, store.ErrClosed) || err.Error() != "read the marks: "+store.ErrClosed.Error() {
		t.Errorf("%v", err)
	}
}

// TestAdopt stores the flows of an import, all or none.
func TestAdopt(t *testing.T) {
	broken := errors.New("full")
	commit := &Entry{Source: "i.1", After: 3, Last: 3}
	for _, tt := range []struct {
		fail  string
		err   error
		want  string // of the error
		final bool
		calls string
		n     int
	}{
		{"", nil, "", false, "[begin i.1 3 add 2 add 0 commit abort]", 2},
		{"import", broken, "full", true, "[begin i.1 3]", 0},
		{"append", broken, "full", true, "[begin i.1 3 add 2 abort]", 0},
		{"append", store.ErrTooLarge, ErrMalformed.Error() + ": import i.1: " + store.ErrTooLarge.Error(), false, "[begin i.1 3 add 2 abort]", 0},
		{"commit", broken, "apply the import i.1: full", true, "[begin i.1 3 add 2 add 0 commit abort]", 0},
		{"read", broken, "full", false, "[begin i.1 3 add 2 abort]", 0},
	} {
		s := &failingStore{fail: tt.fail, err: tt.err}
		a, err := newArchive(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		parts := func(yield func([]*flow.Flow, error) bool) {
			if yield([]*flow.Flow{{ID: flow.ID{1}}, {ID: flow.ID{2}}}, nil) && (tt.fail != "read" || yield(nil, broken)) {
				yield([]*flow.Flow{{ID: flow.ID{3}}}, nil)
			}
		}
		dead := &graveyard{ids: map[flow.ID]int{{3}: 1}}
		n, err := a.adopt(t.Context(), commit, parts, dead)
		if n != tt.n || (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want || IsFinal(err) != tt.final || fmt.Sprint(s.imports) != tt.calls || (a.marks["i.1"] == 3) != (err == nil) {
			t.Errorf("%s: %d flows, %v, final %t, %s, mark %d", tt.fail, n, err, IsFinal(err), s.imports, a.marks["i.1"])
		}
	}
}

// TestFinal says which errors of a follower come again however often it is tried.
func TestFinal(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, ErrVersion: true, ErrDenied: true, ErrExpired: true, &storeError{store.ErrClosed}: true, ErrConflict: false, ErrMalformed: false, context.Canceled: false,
	} {
		if err != nil {
			err = fmt.Errorf("read the log: %w", err)
		}
		if got := IsFinal(err); got != want {
			t.Errorf("%v: %t", err, got)
		}
	}
}
