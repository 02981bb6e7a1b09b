package store_test

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/store"
)

// TestVerifyPagesBeyondTheFile leads branch pages to pages that the file does not have. Verify reports
// them; bbolt's own check would end the process.
func TestVerifyPagesBeyondTheFile(t *testing.T) {
	path := copyFile(t, newFilled(t, 300))
	data := must(os.ReadFile(path))
	changed := 0
	ne := binary.NativeEndian
	for at := 2 * store.DefaultPageSize; at < len(data); at += store.DefaultPageSize {
		const branchPage = 1
		if ne.Uint64(data[at:]) == uint64(at/store.DefaultPageSize) && ne.Uint16(data[at+8:]) == branchPage {
			ne.PutUint64(data[at+16+8:], 60_000) // of its first child; mapped, but not in the file
			changed++
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil || changed == 0 {
		t.Fatal(changed, err)
	}
	db, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		t.Skipf("the damage is found before: %v", err)
	}
	defer db.Close()
	report, err := db.Verify(t.Context())
	if err != nil || report.OK() || !strings.Contains(report.Problems[0], "a reference to page 60000") {
		t.Errorf("report %+v", report)
	}
}
