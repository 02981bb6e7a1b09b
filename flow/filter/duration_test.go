package filter

import (
	"testing"
	"time"
)

// TestParse checks the form, and that what Format writes is read as the same.
func TestParse(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "0d": 0, "90s": 90 * time.Second, "1m30s": 90 * time.Second, "500ms": 500 * time.Millisecond,
		"30d": 30 * day, "1.5d": 36 * time.Hour, "1d12h": 36 * time.Hour, "1d1ns": day + 1, "36500d": 36500 * day,
	} {
		t.Run(in, func(t *testing.T) {
			got, err := ParseDuration(in)
			if err != nil || got != want {
				t.Fatalf("got %v, %v, want %v", got, err, want)
			}
			if again, err := ParseDuration(FormatDuration(got)); err != nil || again != got {
				t.Errorf("%s: %v, %v", FormatDuration(got), again, err)
			}
		})
	}
	for _, in := range []string{
		"", "d", "h", "5", "30 d", "-1d", "+1d", "1d-1h", "1h1d", "1d2d", "1d5", "36501d", "876001h", "NaNd", "Infd", "0x1d", "1e3d", "1_0d", "-5s",
	} {
		t.Run("refused "+in, func(t *testing.T) {
			if got, err := ParseDuration(in); err == nil {
				t.Errorf("got %v", got)
			}
		})
	}
}
