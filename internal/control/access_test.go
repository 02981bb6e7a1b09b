package control

import (
	"errors"
	"testing"

	"github.com/spectap/spectap/store"
)

// TestAccessCheck checks each operation against each kind of access. Unlisted and unknown
// operations need the right to write.
func TestAccessCheck(t *testing.T) {
	none, source, read, write := Access{}, Access{Source: "pod-1"}, Access{Read: true}, Access{Write: true}
	ofSource := func(name string) *store.Mark { return &store.Mark{Source: name} }
	for _, tt := range []struct {
		name                      string
		req                       request
		none, source, read, write bool
	}{
		{"marks", request{Op: opMarks}, true, true, true, true},
		{"a block of the source", request{Op: opApply, Mark: ofSource("pod-1")}, false, true, false, true},
		{"a block of a part of the source", request{Op: opApply, Mark: ofSource("pod-1.a")}, false, true, false, true},
		{"a block of a longer name", request{Op: opApply, Mark: ofSource("pod-10")}, false, false, false, true},
		{"a block of no source", request{Op: opApply, Mark: ofSource("")}, false, false, false, true},
		{"a block without a mark", request{Op: opApply}, false, false, false, true}, // refused later
		{"get", request{Op: opGet}, false, false, true, true},
		{"scan", request{Op: opScan}, false, false, true, true},
		{"watch", request{Op: opWatch}, false, false, true, true},
		{"stat", request{Op: opStat}, false, false, true, true},
		{"snapshot", request{Op: opSnapshot}, false, false, true, true},
		{"load", request{Op: opLoad}, false, false, true, true},
		{"secret", request{Op: opSecret}, false, false, true, true},
		{"verify", request{Op: opVerify}, false, false, true, true},
		{"sessions", request{Op: opSessions}, false, false, true, true},
		{"status", request{Op: opStatus}, false, false, true, true},
		{"append", request{Op: opAppend}, false, false, false, true},
		{"loss", request{Op: opLoss}, false, false, false, true},
		{"delete", request{Op: opDelete}, false, false, false, true},
		{"save", request{Op: opSave}, false, false, false, true},
		{"begin", request{Op: opBegin}, false, false, false, true},
		{"forget", request{Op: opForget}, false, false, false, true},
		{"import", request{Op: opImport}, false, false, false, true},
		{"unknown", request{Op: "x"}, false, false, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, want := range []bool{tt.none, tt.source, tt.read, tt.write} {
				a := []Access{none, source, read, write}[i]
				if err := a.check(&tt.req); (err == nil) != want || err != nil && !errors.Is(err, ErrDenied) {
					t.Errorf("%+v: %v, want allowed %v", a, err, want)
				}
			}
		})
	}
}

// TestAccessHides checks that a source sees the positions of its own parts only.
func TestAccessHides(t *testing.T) {
	for _, tt := range []struct {
		access Access
		want   int
	}{
		{Access{}, 0}, {Access{Source: "pod-1"}, 2}, {Access{Read: true}, 4}, {Access{Write: true}, 4}, {Access{Source: "pod-1", Read: true}, 4},
	} {
		marks := map[string]uint64{"pod-1": 1, "pod-1.a": 2, "pod-10": 3, "": 4}
		tt.access.hide(marks)
		if len(marks) != tt.want || tt.want == 2 && marks["pod-1"]+marks["pod-1.a"] != 3 {
			t.Errorf("%+v sees %v", tt.access, marks)
		}
	}
}
