package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Times of records are in UTC, wherever the caller is.
func TestTimesAreUTC(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	at := time.Date(2026, 1, 1, 2, 30, 0, 0, time.FixedZone("CEST", 2*60*60))
	if _, err := open(t, path, 0).Append(Record{Time: at, Event: EventDecision}); err != nil {
		t.Fatal(err)
	}
	if line, err := os.ReadFile(path); err != nil || !strings.Contains(string(line), `"time":"2026-01-01T00:30:00Z"`) {
		t.Errorf("%s, %v", line, err)
	}
}

// The file is rotated before the first record for which it has reached its size.
func TestRotatesAtItsSize(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "one.jsonl")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	write := func(l *Log, n int) {
		for range n {
			if _, err := l.Append(Record{Time: at, Event: EventDecision}); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(open(t, path, 0), 3)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int64]string{info.Size(): "[1 3]", info.Size() + 1: "[4]"} {
		path := filepath.Join(dir, fmt.Sprint(size))
		l := open(t, path, size)
		write(l, 4)
		files, err := rotated(path)
		if err != nil {
			t.Fatal(err)
		}
		var records []int
		for _, file := range append([]string{path}, files...) {
			records = append(records, len(linesOf(t, file)))
		}
		if fmt.Sprint(records) != want {
			t.Errorf("with %d bytes: %v records in the files, want %s", size, records, want)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
}

// The largest record is written and read back; one byte more is refused, and nothing of it is left.
func TestLargestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, path, 1<<30)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	line, _, err := encode(&Record{Seq: 1, Time: at, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	fits := maxLine - len(line) + 1
	if _, err := l.Append(Record{Time: at, Name: strings.Repeat("x", fits+1)}); err == nil || !strings.Contains(err.Error(), fmt.Sprint(maxLine)) {
		t.Errorf("one byte more: %v", err)
	}
	if seq, err := l.Append(Record{Time: at, Name: strings.Repeat("x", fits)}); err != nil || seq != 1 {
		t.Fatalf("the largest: %d, %v", seq, err)
	}
	l.Close()
	if r, err := Verify(t.Context(), path, nil); err != nil || r.Records != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	add(t, open(t, path, 1<<30), 1)
	if r, err := Verify(t.Context(), path, nil); err != nil || r.Records != 2 {
		t.Errorf("continued: %+v, %v", r, err)
	}
}

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

// Sinks make files that others cannot read, and that nobody changes by mistake.
func TestModesOfSinks(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	c := Checkpoint{Seq: 7, Hash: "h", Reason: ReasonStop}
	c.sign(newKey(t))
	for _, path := range []string{dir, file} {
		s, err := OpenSink(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(c.Seq, c.line()); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Join(dir, "000000000007.json"): 0o400} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if _, err := OpenSink(os.DevNull); err == nil {
		t.Error("a device was opened")
	}
	// A file that ends in a whole line gets no empty one, and one that was cut off is completed once.
	s, err := OpenSink(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(8, c.line()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	text, _ := os.ReadFile(file)
	if want := string(c.line()) + string(c.line()); string(text) != want {
		t.Errorf("%q", text)
	}
	if err := s.Put(9, c.line()); err == nil {
		t.Error("a closed file takes a checkpoint")
	}
}

// A key that cannot be used is not returned, and the error names its file.
func TestUnusableKeys(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if _, _, err := OpenKey(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	padded := func(n int) []byte { return append(slices.Clone(whole), bytes.Repeat([]byte("\n"), n-len(whole))...) }
	if err := os.WriteFile(path, padded(64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, made, err := OpenKey(t.Context(), path); err != nil || made {
		t.Errorf("the largest file: made %v, %v", made, err)
	}
	for name, change := range map[string]func() error{
		"others read it": func() error { return os.Chmod(path, 0o604) },
		"too large":      func() error { return os.WriteFile(path, padded(64<<10+1), 0o600) },
		"a folder":       func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"another public half": func() error {
			other, err := MarshalPublic(newKey(t).Public().(ed25519.PublicKey))
			return errors.Join(err, os.WriteFile(path+PublicSuffix, other, 0o644))
		},
		"half a public half":                func() error { return os.WriteFile(path+PublicSuffix, []byte("-----BEGIN"), 0o644) },
		"a public half that cannot be read": func() error { return os.Mkdir(path+PublicSuffix, 0o700) },
		"no folder above":                   func() error { path = filepath.Join(dir, "gone", "key"); return nil },
	} {
		path = filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if key, made, err := OpenKey(t.Context(), path); err == nil || key != nil || made || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, made %v, %v", name, key != nil, made, err)
		}
	}
	for name, text := range map[string]string{"nothing": "", "no PEM": "x", "another block": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"no key in it": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if key, err := ParsePublic([]byte(text)); err == nil || key != nil {
			t.Errorf("%s: %v, %v", name, key, err)
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

// Reading ends with its context, and names what cannot be read.
func TestReadEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	add(t, open(t, path, 0), 3)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := Read(ctx, path, func(string, int, []byte) error { n++; cancel(); return nil }, nil)
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("%v after %d records", err, n)
	}
	stop := errors.New("stop")
	if err := Read(t.Context(), path, func(string, int, []byte) error { return stop }, nil); !errors.Is(err, stop) {
		t.Error(err)
	}
	if err := Read(t.Context(), path+"x", func(string, int, []byte) error { return nil }, nil); err == nil || !strings.Contains(err.Error(), path+"x") {
		t.Error(err)
	}
}

// Sign with nothing in the log signs nothing, and with something signs that at once.
func TestSignsWhatWasFound(t *testing.T) {
	for _, n := range []int{0, 1} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		kept := filepath.Join(t.TempDir(), "kept")
		l := open(t, path, 0)
		add(t, l, n)
		sign(t, l, newKey(t), kept, 100)
		if all := keptIn(t, kept); len(all) != n || n == 1 && (all[0].Seq != 1 || all[0].Reason != ReasonStart) {
			t.Errorf("%d records: %+v", n, all)
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

// Lines that are no checkpoints are counted, whatever they lack.
func TestLinesWithoutCheckpoints(t *testing.T) {
	all, others := ParseCheckpoints("no brace\n\n{half\nJun 1 log: {\"seq\":1}\n{}\nJun 1 log: {\"seq\":2,\"signature\":\"x\"}\n")
	if len(all) != 1 || all[0].Seq != 2 || others != 4 {
		t.Errorf("%+v, %d others", all, others)
	}
}
