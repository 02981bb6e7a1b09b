package tool

import "testing"

// FuzzReadCursor reads any cursor of an agent. One that is accepted is one that this server writes.
func FuzzReadCursor(f *testing.F) {
	f.Add(NewCursor(17, "a", "b"), "a", "b")
	f.Add(NewCursor(0), "", "")
	f.Add("AAAA", "a", "")
	f.Fuzz(func(t *testing.T, cursor, a, b string) {
		record, err := ReadCursor(cursor, a, b)
		if err != nil {
			return
		}
		if again, err := ReadCursor(NewCursor(record, a, b), a, b); err != nil || again != record {
			t.Errorf("%q is %d, written again it is %d, %v", cursor, record, again, err)
		}
	})
}
