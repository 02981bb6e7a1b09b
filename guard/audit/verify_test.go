package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The report counts what each key vouches for, whatever the number of the first record that is left.
func TestReports(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	key, other := newKey(t), newKey(t)
	l := open(t, path, 0)
	add(t, l, 2)
	sign(t, l, other, "", 100) // a checkpoint: record 3
	l.Close()
	l = open(t, path, 0)
	sign(t, l, key, "", 100) // record 4, of what was found
	add(t, l, 2)
	l.Close() // record 7
	lines := linesOf(t, path)
	for removed, want := range map[int]string{0: "[{1 3}]", 1: "[{2 3}]", 2: "[{3 3}]", 3: "[]"} {
		write(t, path, lines[removed:])
		r, err := Verify(t.Context(), path, &Trust{Keys: []ed25519.PublicKey{publicOf(key)}})
		if err != nil {
			t.Errorf("without %d records: %v", removed, err)
		}
		others := 1
		if removed > 2 {
			others = 0
		}
		if got := fmt.Sprint(r.Unvouched); got != want || r.First != uint64(removed+1) || r.Last != 7 || r.Records != uint64(7-removed) ||
			r.Vouched != 6 || r.At.IsZero() || r.Checkpoints != 2 || r.Others != others {
			t.Errorf("without %d records: %+v", removed, r)
		}
	}
}

// Each way in which a record does not fit has its own message, with the file and line.
func TestBrokenSays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	encoded := func(r Record) (line []byte, hash string) {
		line, hash, err := encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		return line, hash
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	one, hash := encoded(Record{Seq: 1, Time: at})
	two, _ := encoded(Record{Seq: 2, Time: at, Prev: hash})
	continued, _ := encoded(Record{Seq: 1, Time: at, Prev: hash})
	three, _ := encoded(Record{Seq: 3, Time: at, Prev: hash})
	twice, _ := encoded(Record{Seq: 1, Time: at, Prev: hash})
	other, _ := encoded(Record{Seq: 2, Time: at, Prev: strings.Repeat("0", hashLen)})
	none, _ := encoded(Record{Seq: 2, Time: at})
	for name, tt := range map[string]struct {
		lines [][]byte
		want  string
	}{
		"continues":  {[][]byte{continued}, ":1: it is the first record, but continues another"},
		"missing":    {[][]byte{one, three}, ":2: it has the number 3 after 1: records are missing, or not in order"},
		"twice":      {[][]byte{one, twice}, ":2: it has the number 1 after 1: "},
		"another":    {[][]byte{one, other}, ":2: it does not continue the record before it: that one was changed"},
		"no chain":   {[][]byte{one, none}, ":2: it does not continue the record before it: that one was changed"},
		"not a line": {[][]byte{one, []byte("{}\n")}, ":2: it is no record of an audit"},
		"endless":    {[][]byte{one, []byte(strings.Repeat("x", maxLine+1))}, ":2: "},
		"fine":       {[][]byte{one, two}, ""},
		"the rest":   {[][]byte{two}, ""},
	} {
		write(t, path, tt.lines)
		r, err := Verify(t.Context(), path, nil)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		says(t, name, err, path+tt.want)
		if r.Records != uint64(len(tt.lines)-1) {
			t.Errorf("%s: %d records before it", name, r.Records)
		}
	}
}

// Read reads a log to its end also for whoever does not want the counts.
func TestReadWithoutReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	add(t, open(t, path, 0), 3)
	n := 0
	if err := Read(t.Context(), path, func(file string, line int, _ []byte) error {
		if n++; file != path || line != n {
			t.Errorf("record %d is at %s:%d", n, file, line)
		}
		return nil
	}, nil); err != nil || n != 3 {
		t.Errorf("%d records, %v", n, err)
	}
}

// A log without any record is not intact: whoever opens one for writing writes a record first.
func TestEmptyLog(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "half a record": `{"seq":1,"pr`, "zeros of a power cut": "\x00\x00\x00"} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Verify(t.Context(), path, nil)
		var empty *EmptyError
		if !errors.As(err, &empty) || !IsDamage(err) || r.Records != 0 || !strings.HasPrefix(err.Error(), path+" has no record") {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), path, nil); err == nil || IsDamage(err) || !strings.Contains(err.Error(), "is no audit") {
		t.Errorf("a file that is no audit: %v", err)
	}
	if _, err := Verify(t.Context(), filepath.Join(t.TempDir(), "none"), nil); err == nil || IsDamage(err) {
		t.Errorf("a file that is missing: %v", err)
	}
}
