package relay

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
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
		a := must.Get(newArchive(t.Context(), s))
		parts := func(yield func([]*flow.Flow, error) bool) {
			if yield([]*flow.Flow{{ID: flow.ID{1}}, {ID: flow.ID{2}}}, nil) && (tt.fail != "read" || yield(nil, broken)) {
				yield([]*flow.Flow{{ID: flow.ID{3}}}, nil)
			}
		}
		deleted := &tombstones{ids: map[flow.ID]int{{3}: 1}}
		n, err := a.adopt(t.Context(), commit, parts, deleted)
		if n != tt.n || (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want || IsFinal(err) != tt.final || fmt.Sprint(s.imports) != tt.calls || (a.marks["i.1"] == 3) != (err == nil) {
			t.Errorf("%s: %d flows, %v, final %t, %s, mark %d", tt.fail, n, err, IsFinal(err), s.imports, a.marks["i.1"])
		}
	}
}
