package store

import (
	"errors"
	"testing"
)

// TestRepair damages stores and compacts them. The repaired store must hold every readable flow and
// pass verification.
func TestRepair(t *testing.T) {
	for _, tt := range damages() {
		t.Run(tt.name, func(t *testing.T) {
			db := newVerifiable(t)
			noError(t, db.update(tt.do))
			db.Close()
			done, err := Compact(t.Context(), db.Path(), Options{}, nil)
			if tt.left < 0 {
				if !errors.Is(err, ErrDamaged) {
					t.Errorf("%+v, %v, want ErrDamaged", done, err)
				}
				return
			}
			if err != nil || !done.Repaired {
				t.Fatalf("%+v, %v", done, err)
			}
			leftOut := 7 - tt.left
			switch tt.name {
			case "record removed", "import removed":
				leftOut = 0
			case "record with the number before the first", "record with the largest number":
				leftOut = 1
			}
			if len(done.LeftOut) != leftOut {
				t.Errorf("left out %+v, want %d", done.LeftOut, leftOut)
			}
			for _, x := range done.LeftOut {
				if !errors.Is(x.Err, ErrCorrupt) {
					t.Errorf("left out %d: %v", x.Seq, x.Err)
				}
			}
			db = must(Open(db.Path(), Options{ReadOnly: true}))
			defer db.Close()
			n := 0
			for _, err := range db.Scan(t.Context(), Query{}) {
				noError(t, err)
				n++
			}
			report, err := db.Verify(t.Context())
			if err != nil || !report.OK() || n != tt.left || int(report.Flows) != n {
				t.Errorf("%d flows, want %d; %+v, %v", n, tt.left, report, err)
			}
		})
	}
}
