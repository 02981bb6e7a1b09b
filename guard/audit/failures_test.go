package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// says fails the test unless an error has a text.
func says(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}

// unsyncable replaces the file of a log by one that takes records and cannot be synced.
func unsyncable(t *testing.T, l *Log) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	l.mu.Lock()
	l.file.Close()
	l.file = w
	l.mu.Unlock()
}

// A record is not written, and no later one, when the file cannot be rotated. The error says so.
func TestRotationFails(t *testing.T) {
	for name, tt := range map[string]struct {
		signed bool
		spoil  func(l *Log) error
		want   string
	}{
		"the name is taken": {false, func(l *Log) error { return os.MkdirAll(filepath.Join(fmt.Sprintf("%s.%012d", l.path, 1), "x"), 0o700) }, "rename"},
		"cannot be synced":  {false, func(l *Log) error { unsyncable(t, l); return nil }, "sync"},
		"cannot be signed":  {true, func(l *Log) error { return l.file.Close() }, "write the audit"},
	} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		l := open(t, path, 1)
		if tt.signed {
			sign(t, l, newKey(t), "", 100)
		}
		add(t, l, 1)
		if err := tt.spoil(l); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			seq, err := l.Append(Record{Event: EventDecision})
			says(t, name, err, "rotate the audit: ")
			says(t, name, err, tt.want)
			if seq != 0 {
				t.Errorf("%s: the record has the number %d", name, seq)
			}
		}
		if at, seq, err := l.State(); at != path || seq != 1 || err == nil {
			t.Errorf("%s: state %s, %d, %v", name, at, seq, err)
		}
	}
}

// A log that was rotated by a process which was killed needs its last rotated file.
func TestRotatedFileIsUnreadable(t *testing.T) {
	for name, tt := range map[string]struct {
		make func(path string) error
		want string
	}{
		"a folder":      {func(path string) error { return os.Mkdir(path, 0o700) }, "is a directory"},
		"a broken link": {func(path string) error { return os.Symlink(path+"none", path) }, "no such file"},
		"another file":  {func(path string) error { return os.WriteFile(path, []byte("{}\n"), 0o600) }, "the last record: it is no record of an audit"},
	} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := tt.make(fmt.Sprintf("%s.%012d", path, 7)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, 0)
		says(t, name, err, "open the audit "+path+": ")
		says(t, name, err, tt.want)
		if _, err := Open(path, 0); err == nil || strings.Contains(err.Error(), "another process") {
			t.Errorf("%s: the log stays locked: %v", name, err)
		}
	}
}

// Checkpoints that no sink could take are not kept without bound: the newest say the most.
func TestUndelivered(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "audit.jsonl"), 0)
	if err := l.Sign(Signing{Key: newKey(t), Interval: never}); err != nil {
		t.Fatal(err)
	}
	for range maxUndelivered + 1 {
		add(t, l, 1)
		l.mu.Lock()
		if err := l.checkpoint(ReasonInterval); err != nil {
			t.Fatal(err)
		}
		l.mu.Unlock()
	}
	if w := l.signer.waiting; len(w) != maxUndelivered || w[0].Seq != 3 || w[len(w)-1].Seq != 2*maxUndelivered+1 {
		t.Errorf("%d wait, from %d to %d", len(w), w[0].Seq, w[len(w)-1].Seq)
	}
}
