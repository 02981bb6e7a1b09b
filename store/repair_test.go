package store

import (
	"errors"
	"testing"
)

// TestRepair compacts stores that are spoilt: what can be read is there afterwards, and all is well
// again.
func TestRepair(t *testing.T) {
	for _, tt := range spoils() {
		t.Run(tt.name, func(t *testing.T) {
			db := verifiable(t)
			if err := db.update(tt.do); err != nil {
				t.Fatal(err)
			}
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
			if gone := tt.name == "a record is gone" || tt.name == "an import is gone"; len(done.LeftOut) != 7-tt.left && !gone {
				t.Errorf("left out %+v, want %d", done.LeftOut, 7-tt.left)
			}
			for _, x := range done.LeftOut {
				if !errors.Is(x.Err, ErrCorrupt) {
					t.Errorf("left out %d: %v", x.Seq, x.Err)
				}
			}
			db, err = Open(db.Path(), Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			n := 0
			for _, err := range db.Scan(t.Context(), Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			report, err := db.Verify(t.Context())
			if err != nil || !report.OK() || n != tt.left || int(report.Flows) != n {
				t.Errorf("%d flows, want %d; %+v, %v", n, tt.left, report, err)
			}
		})
	}
}
