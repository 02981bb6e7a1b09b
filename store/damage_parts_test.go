package store

import (
	"strings"
	"testing"
	"time"
)

// TestRetainUnsent checks that a spool of which nothing was sent keeps everything, and says how much
// of it is too old.
func TestRetainUnsent(t *testing.T) {
	db := openWithClock(t)
	add(t, db, 10)
	if err := db.SetSent(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	db.pass(48 * time.Hour)
	for _, r := range []Retention{{MaxAge: time.Hour}, {MaxBytes: 1}, {Sent: true, MaxAge: time.Hour, MaxBytes: 1}} {
		if got, err := db.Retain(t.Context(), r); err != nil || got.Flows != 0 || got.Unsent != 10 || len(numbers(t, db)) != 10 {
			t.Errorf("%+v: %+v, %v", r, got, err)
		}
	}
	if err := db.SetSent(t.Context(), 11); err == nil || !strings.Contains(err.Error(), "record 11 was not stored; the newest is 10") {
		t.Errorf("beyond the last record: %v", err)
	}
	if err := db.SetSent(t.Context(), 10); err != nil {
		t.Error(err)
	}
}
