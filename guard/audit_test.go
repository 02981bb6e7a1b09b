package guard

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// failing accepts some writes and then fails.
type failing struct {
	bytes.Buffer
	left int
}

func (f *failing) Write(p []byte) (int, error) {
	if f.left == 0 {
		return 0, errors.New("disk full")
	}
	f.left--
	return f.Buffer.Write(p)
}

func TestJournal(t *testing.T) {
	w := &failing{left: 1}
	j := NewJournal(w)
	if err := j.Write(Record{Event: "decision", Tool: "a\nb", Time: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	if got := w.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"tool":"a\nb"`) {
		t.Errorf("wrote %q", got)
	}
	if j.Write(Record{}) == nil {
		t.Error("a failed write returned no error")
	}
	w.left = 5
	if j.Write(Record{}) == nil {
		t.Error("wrote after half a line")
	}
}
