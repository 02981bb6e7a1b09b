package audit

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Found tells a log whose process stopped from one whose process was killed.
func TestFound(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		last    Record
		stopped bool
	}{
		"stopped":           {Record{Event: EventStop}, true},
		"killed":            {Record{Event: EventDecision}, false},
		"signed and stops":  {Record{Event: EventCheckpoint, Checkpoint: &Checkpoint{Reason: ReasonStop}}, true},
		"signed and killed": {Record{Event: EventCheckpoint, Checkpoint: &Checkpoint{Reason: ReasonInterval}}, false},
	} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		l := open(t, path, 0)
		if found, stopped := l.Found(); !found.IsZero() || stopped {
			t.Errorf("a new log: %v, %v", found, stopped)
		}
		tt.last.Time = at
		if _, err := l.Append(tt.last); err != nil {
			t.Fatal(err)
		}
		l.Close()
		if found, stopped := open(t, path, 0).Found(); !found.Equal(at) || stopped != tt.stopped {
			t.Errorf("%s: %v, %v", name, found, stopped)
		}
	}
}

// A checkpoint counts only in a record that says that it is one and follows what it vouches for.
func TestMisplacedCheckpoints(t *testing.T) {
	key := newKey(t)
	for name, change := range map[string]func(r *Record){
		"another event":      func(r *Record) { r.Event = EventDecision },
		"an earlier record":  func(r *Record) { r.Checkpoint.Seq-- },
		"another hash":       func(r *Record) { r.Checkpoint.Hash = strings.Repeat("0", 64) },
		"none of the record": func(*Record) {},
	} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		l := open(t, path, 0)
		add(t, l, 2)
		r := Record{Event: EventCheckpoint, Checkpoint: &Checkpoint{Seq: l.seq, Hash: l.hash, Time: time.Now().UTC(), Reason: ReasonInterval}}
		change(&r)
		r.Checkpoint.sign(key)
		if _, err := l.Append(r); err != nil {
			t.Fatal(err)
		}
		l.Close()
		var broken *BrokenError
		report, err := Verify(t.Context(), path, &Trust{Keys: []ed25519.PublicKey{publicOf(key)}})
		if fine := name == "none of the record"; fine && (err != nil || report.Vouched != 2) || !fine && (!errors.As(err, &broken) || broken.Line != 3) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

// Others read neither the log nor the file that it is rotated to.
func TestModeOfLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, path, 1)
	add(t, l, 3)
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}
