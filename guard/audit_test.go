package guard

import (
	"bytes"
	"encoding/json"
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

// TestJournalHidesNothing checks that names of others cannot act on the terminal of a person who
// reads the journal, or hide there.
func TestJournalHidesNothing(t *testing.T) {
	want := Record{Tool: "a\u202eb\u2066", Path: "/\u009b2J\u200b\U000e0041", Reason: "\x1b[2J", Error: "\u2028é"}
	var w bytes.Buffer
	if err := NewJournal(&w).Write(want); err != nil {
		t.Fatal(err)
	}
	for _, r := range strings.TrimSuffix(w.String(), "\n") {
		if r != 'é' && (r < ' ' || r > '~') {
			t.Errorf("%U in %q", r, w.String())
		}
	}
	var got Record
	if err := json.Unmarshal(w.Bytes(), &got); err != nil || got.Tool != want.Tool || got.Path != want.Path || got.Error != want.Error {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestJournalTime(t *testing.T) {
	var w bytes.Buffer
	j := NewJournal(&w)
	read := func() time.Time {
		t.Helper()
		var r Record
		if err := json.Unmarshal(w.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		w.Reset()
		return r.Time
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	if err := j.Write(Record{Time: at}); err != nil {
		t.Fatal(err)
	}
	if got := read(); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("wrote %v, want %v in UTC", got, at)
	}
	before := time.Now()
	if err := j.Write(Record{}); err != nil {
		t.Fatal(err)
	}
	if got := read(); got.Before(before) || got.After(time.Now()) {
		t.Errorf("wrote %v for a record without a time", got)
	}
	if j.Write(Record{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}) == nil || w.Len() > 0 {
		t.Errorf("a time that JSON cannot express: no error, wrote %q", w.String())
	}
	if err := j.Write(Record{}); err != nil {
		t.Errorf("after a record that was not written: %v", err)
	}
}

func TestNames(t *testing.T) {
	for _, x := range []struct{ name, got, want string }{
		{"nobody", NoConsent.String(), ""},
		{"model", ByModel.String(), "model"},
		{"person", ByPerson.String(), "person"},
		{"refused", Refused.String(), "refused"},
		{"unknown consent", Consent(9).String(), ""},
		{"deny", Deny.String(), "deny"},
		{"hold", Hold.String(), "hold"},
		{"allow", Allow.String(), "allow"},
		{"unknown verdict", Verdict(9).String(), "deny"},
		{"digest", Digest{0x1, 0xab}.String(), "01ab" + strings.Repeat("00", 30)},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.got != x.want {
				t.Errorf("got %q, want %q", x.got, x.want)
			}
		})
	}
}
