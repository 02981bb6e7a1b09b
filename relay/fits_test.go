package relay

import "testing"

// TestSnapshotFits holds when a follower may begin with what the workers have learned. One that is
// late has lost flows of the log: it takes what others learned of them, and workers forget sources
// that have vanished.
func TestSnapshotFits(t *testing.T) {
	type marks = map[string]uint64
	for _, x := range []struct {
		name        string
		have, saved marks
		fits, late  bool // late: whether it fits a late follower
	}{
		{"both empty", marks{}, marks{}, true, true},
		{"equal", marks{"a": 3, "b": 1}, marks{"a": 3, "b": 1}, true, true},
		{"the workers know more", marks{"a": 3}, marks{"a": 4}, false, true},
		{"the workers know another source", marks{"a": 3}, marks{"a": 3, "b": 1}, false, true},
		{"the workers know less", marks{"a": 3}, marks{"a": 2}, false, false},
		{"the workers have forgotten a source", marks{"a": 3, "b": 1}, marks{"a": 3}, false, true},
	} {
		for _, late := range []bool{false, true} {
			want := x.fits
			if late {
				want = x.late
			}
			f := &Follower{have: &archive{marks: x.have}, late: late}
			if got := f.fits(&snapshot{marks: x.saved}); got != want {
				t.Errorf("%s, late %t: %t", x.name, late, got)
			}
		}
	}
}
