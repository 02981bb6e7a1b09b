package audit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
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

// What is no log is refused for what it is.
func TestOpenSaysWhy(t *testing.T) {
	dir := t.TempDir()
	device, line, short, gone := filepath.Join(dir, "device"), filepath.Join(dir, "line"), filepath.Join(dir, "short"), filepath.Join(dir, "gone", "x")
	blank := filepath.Join(dir, "blank")
	err := errors.Join(os.Symlink(os.DevNull, device), os.WriteFile(line, nil, 0o600), os.Truncate(line, 2*maxLine+1),
		os.WriteFile(short, nil, 0o600), os.Truncate(short, 2*maxLine), os.WriteFile(blank, []byte("\n"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		blank: "the last record: it is no record of an audit", device: "it is no regular file", line: "it is no audit: a line has no end", gone: "no such file", dir: "is a directory",
	} {
		_, err := Open(path, 0)
		says(t, path, err, "open the audit "+path+": ")
		says(t, path, err, want)
	}
	// Two lines may be as long as lines may be: what has no end in them is half a line.
	add(t, open(t, short, 0), 1)
	if r, err := Verify(t.Context(), short, nil); err != nil || r.Records != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// closingSink counts what it gets, and fails as it is told.
type closingSink struct {
	put, close error
	lines      int
	closed     bool
}

func (s *closingSink) Put(uint64, []byte) error { s.lines++; return s.put }
func (s *closingSink) Close() error             { s.closed = true; return s.close }

// Close reports each thing that failed, and does the others nevertheless.
func TestCloseReports(t *testing.T) {
	for name, tt := range map[string]struct {
		sink  closingSink
		spoil func(l *Log)
		want  string
		lines int
	}{
		"nothing fails":          {lines: 1},
		"a sink is full":         {sink: closingSink{put: errors.New("no room")}, want: "keep a checkpoint of the audit: no room", lines: 1},
		"a sink is not closed":   {sink: closingSink{close: errors.New("not closed")}, want: "not closed", lines: 1},
		"no last checkpoint":     {spoil: func(l *Log) { l.file.Close() }, want: "write the audit: "},
		"the file is not synced": {spoil: func(l *Log) { unsyncable(t, l) }, want: "sync ", lines: 1},
		"it has failed before":   {spoil: func(l *Log) { l.err = errors.New("failed before") }},
	} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		l := open(t, path, 0)
		if err := l.Sign(Signing{Key: newKey(t), Sinks: []Sink{&tt.sink}, Interval: never}); err != nil {
			t.Fatal(err)
		}
		add(t, l, 1)
		if tt.spoil != nil {
			tt.spoil(l)
		}
		if err := l.Close(); tt.want != "" {
			says(t, name, err, tt.want)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tt.sink.lines != tt.lines || !tt.sink.closed {
			t.Errorf("%s: the sink got %d checkpoints, and is closed: %v", name, tt.sink.lines, tt.sink.closed)
		}
		if err := l.Close(); err != nil {
			t.Errorf("%s: closed again: %v", name, err)
		}
		if next, err := Open(path, 0); err != nil {
			t.Errorf("%s: the log stays locked: %v", name, err)
		} else {
			next.Close()
		}
	}
}

// Sign reports that what was found could not be signed or kept.
func TestSignFails(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "audit.jsonl"), 0)
	add(t, l, 1)
	says(t, "a sink is full", l.Sign(Signing{Key: newKey(t), Sinks: []Sink{failingSink{}}, Interval: never}), "keep a checkpoint of the audit: no room")
	l.file.Close()
	kept := &closingSink{}
	says(t, "the file is closed", l.Sign(Signing{Key: newKey(t), Sinks: []Sink{kept}, Interval: never}), "write the audit: ")
	if kept.lines != 0 {
		t.Error("the sink got a checkpoint that the log does not have")
	}
}

// A log that cannot sign at an interval takes no more records, and does not try again.
func TestIntervalFails(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "audit.jsonl"), 0)
	sink := &closingSink{}
	if err := l.Sign(Signing{Key: newKey(t), Sinks: []Sink{sink}, Interval: never}); err != nil {
		t.Fatal(err)
	}
	l.signNow() // there is nothing to sign
	add(t, l, 1)
	l.file.Close()
	l.signNow()
	_, err := l.Append(Record{})
	says(t, "after it", err, "write the audit: ")
	if l.signNow(); sink.lines != 0 {
		t.Errorf("the sink got %d checkpoints", sink.lines)
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

// A file of checkpoints that a full disk has cut short is continued on a new line, once.
func TestSinksFail(t *testing.T) {
	dir := t.TempDir()
	c := Checkpoint{Seq: 7, Hash: "h", Reason: ReasonStop}
	c.sign(newKey(t))
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSink(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(1, c.line()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was removed: %v", err)
	}
	halfInFolder(t, s, folder, c)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	_, err = OpenSink(filepath.Join(folder, "file"))
	says(t, "no folder", err, "open the file of checkpoints: ")
	_, err = OpenSink(os.DevNull)
	says(t, "a device", err, os.DevNull+" is no regular file")

	file := filepath.Join(dir, "file")
	for _, torn := range []string{"", "{\"seq\":1}\n", "{\"seq\":1", "\n", "{"} {
		if err := os.WriteFile(file, []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenSink(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Put(1, c.line()), s.Put(2, c.line()), s.Close()); err != nil {
			t.Fatal(err)
		}
		want := torn + string(c.line()) + string(c.line())
		if torn != "" && !strings.HasSuffix(torn, "\n") {
			want = torn + "\n" + string(c.line()) + string(c.line())
		}
		if got, _ := os.ReadFile(file); string(got) != want {
			t.Errorf("after %q: %q", torn, got)
		}
	}
}

// IsLog and NotLog say what a file is, and report one that cannot be read.
func TestKindsOfFiles(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	add(t, open(t, log, 0), 1)
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		text string
		want string
	}{
		"a log":             {string(whole), ""},
		"without a newline": {strings.TrimSuffix(string(whole), "\n"), ""},
		"half a record":     {string(whole[:40]), ""},
		"a brace":           {"{", ""},
		"empty":             {"", ""},
		"an empty line":     {"\n{}", ""},
		"text":              {"hello\n", "is no audit: its first line is no record"},
		"other JSON":        {`{"signature":null}`, "is no audit: its first line is no record"},
		"a checkpoint":      {`{"seq":1,"signature":"x"}`, "has checkpoints of an audit, and is none itself"},
		"a journal":         {`{"principal":"ann"}`, "is a journal of an earlier version of serve"},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := NotLog(path); tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), path+" "+tt.want)) {
			t.Errorf("%s: NotLog %v", name, err)
		}
	}
	missing := filepath.Join(dir, "none")
	if err := NotLog(missing); err != nil {
		t.Errorf("missing: %v", err)
	}
	for _, path := range []string{dir, filepath.Join(log, "below")} {
		says(t, path, NotLog(path), "read the audit: ")
	}
}

// A key is not used until its public half, with which others check what it signs, is beside it.
func TestPublicHalfFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.Symlink(filepath.Join(path+"s", "gone"), path+PublicSuffix); err != nil {
		t.Fatal(err)
	}
	if key, made, err := OpenKey(t.Context(), path); !errors.Is(err, fs.ErrNotExist) || key != nil || made {
		t.Errorf("%v, made %v, %v", key != nil, made, err)
	}
	if err := os.Remove(path + PublicSuffix); err != nil {
		t.Fatal(err)
	}
	if key, made, err := OpenKey(t.Context(), path); err != nil || key == nil || made {
		t.Errorf("again: %v, made %v, %v", key != nil, made, err)
	}
	if _, err := os.Stat(path + PublicSuffix); err != nil {
		t.Error(err)
	}
	below := filepath.Join(path, "below")
	_, _, err := OpenKey(t.Context(), below)
	says(t, "below a file", err, "open the key "+below)
}

// A key of another kind, or what is no key, is not used to sign.
func TestKeysOfOtherKinds(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(other)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(other.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"another kind": private, "no key": []byte("x")} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: text}), 0o600); err != nil {
			t.Fatal(err)
		}
		key, _, err := OpenKey(t.Context(), path)
		says(t, name, err, "open the key "+path+": it has no Ed25519 key")
		if key != nil {
			t.Errorf("%s: it is used", name)
		}
	}
	for name, text := range map[string][]byte{"another kind": public, "no key": []byte("x")} {
		key, err := ParsePublic(pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: text}))
		says(t, name, err, "it has no Ed25519 key")
		if key != nil {
			t.Errorf("%s: it is trusted", name)
		}
	}
}

// A record that cannot be written as JSON is refused, and the log goes on.
func TestRecordWithoutText(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "audit.jsonl"), 0)
	_, err := l.Append(Record{Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)})
	says(t, "a year of five digits", err, "write the audit: ")
	add(t, l, 1)
}

// Unless it is told otherwise, a log signs after a thousand records, and ten seconds after the first
// one.
func TestDefaultIntervals(t *testing.T) {
	for name, n := range map[string]int{"a thousand records": 1000, "fewer": 999} {
		synctest.Test(t, func(t *testing.T) {
			l := open(t, filepath.Join(t.TempDir(), "audit.jsonl"), 0)
			sink := make(channelSink, 10)
			if err := l.Sign(Signing{Key: newKey(t), Sinks: []Sink{sink}}); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			add(t, l, n)
			c, want := <-sink, 10*time.Second
			if n == 1000 {
				want = 0
			}
			if waited := time.Since(began); waited != want || c.Seq != uint64(n) || c.Reason != ReasonInterval {
				t.Errorf("%s: %+v after %v", name, c, waited)
			}
		})
	}
}
