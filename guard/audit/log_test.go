package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

func open(t testing.TB, path string, maxSize int64) *Log {
	t.Helper()
	l := must.Get(Open(path, maxSize))
	t.Cleanup(func() { l.Close() })
	return l
}

func add(t testing.TB, l *Log, n int) {
	t.Helper()
	for i := range n {
		must.Get(l.Append(Record{Event: EventDecision, Name: fmt.Sprintf("tool <%d>", i), Decision: "allow", Rule: "/tools/*"}))
	}
}

func TestChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, path, 0)
	add(t, l, 5)
	if _, err := Open(path, 0); err == nil || !strings.Contains(err.Error(), "another process writes it") {
		t.Errorf("opened twice: %v", err)
	}
	l.Close()
	if _, err := l.Append(Record{}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	must.Do(t, os.Chmod(path, 0o644))
	add(t, open(t, path, 0), 5)
	r, err := Verify(t.Context(), path, nil)
	if err != nil || r.Records != 10 || r.First != 1 || r.Files != 1 || r.Incomplete != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestChangesAreFound checks that every change is found that is not at the end of the log.
func TestChangesAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, path, 0)
	add(t, l, 6)
	l.Close()
	whole := must.Get(os.ReadFile(path))
	lines := bytes.SplitAfter(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n"))
	lines[5] = append(lines[5], '\n')
	verify := func(t rapid.TB, what string, content []byte) {
		must.Do(t, os.WriteFile(path, content, 0o600))
		var broken *BrokenError
		if _, err := Verify(context.Background(), path, nil); !errors.As(err, &broken) || broken.Line < 1 {
			t.Fatalf("%s: %v", what, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(whole)
		i := rapid.IntRange(0, len(b)-2).Draw(t, "at") // without the last newline
		b[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		verify(t, fmt.Sprintf("byte %d changed", i), b)
	})
	for n := 1; n < 5; n++ {
		verify(t, "a record removed", bytes.Join(append(append([][]byte{}, lines[:n]...), lines[n+1:]...), nil))
		verify(t, "a record twice", bytes.Join(append(append([][]byte{}, lines[:n]...), lines[n-1:]...), nil))
		swapped := append([][]byte{}, lines...)
		swapped[n], swapped[n+1] = swapped[n+1], swapped[n]
		verify(t, "records swapped", bytes.Join(swapped, nil))
		r, _, err := decode(bytes.TrimSuffix(lines[n], []byte("\n")))
		must.Do(t, err)
		r.Decision = "deny"
		forged, _, err := encode(&r) // with a hash of its own
		must.Do(t, err)
		changed := append([][]byte{}, lines...)
		changed[n] = forged
		verify(t, "a record forged", bytes.Join(changed, nil))
	}
}

// TestKilledAtAnyByte cuts a log off at every byte. The chain verifies, and continues after the
// next Open.
func TestKilledAtAnyByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, path, 0)
	add(t, l, 3)
	l.Close()
	whole := must.Get(os.ReadFile(path))
	for n := range len(whole) + 1 {
		if nearEnd := bytes.IndexByte(whole[max(0, n-2):min(n+2, len(whole))], '\n') >= 0; n%16 != 0 && !nearEnd {
			continue // opening waits for the disk
		}
		must.Do(t, os.WriteFile(path, whole[:n], 0o600))
		r, err := Verify(t.Context(), path, nil)
		left := bytes.Count(whole[:n], []byte("\n"))
		if left == 0 != (err != nil) || r.Records != uint64(left) || r.Incomplete != n-bytes.LastIndexByte(whole[:n], '\n')-1 {
			t.Fatalf("cut at %d: %+v, %v", n, r, err)
		}
		l := open(t, path, 0)
		if seq, err := l.Append(Record{Event: EventStart}); err != nil || seq != uint64(left)+1 {
			t.Fatalf("cut at %d: record %d, %v", n, seq, err)
		}
		l.Close()
		if r, err := Verify(t.Context(), path, nil); err != nil || r.Records != uint64(left)+1 || r.Incomplete != 0 {
			t.Fatalf("cut at %d, then continued: %+v, %v", n, r, err)
		}
	}
}

func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, path, 2000)
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() { add(t, l, 25) })
	}
	writers.Wait()
	l.Close()
	files, err := rotated(path)
	if err != nil || len(files) < 5 {
		t.Fatalf("rotated files %v, %v", files, err)
	}
	if r, err := Verify(t.Context(), path, nil); err != nil || r.Records != 100 || r.Files != len(files)+1 {
		t.Errorf("%+v, %v", r, err)
	}
	// Killed between the rename and the first record of the new file.
	must.Do(t, os.Rename(path, fmt.Sprintf("%s.%012d", path, 100)))
	add(t, open(t, path, 2000), 1)
	if r, err := Verify(t.Context(), path, nil); err != nil || r.Records != 101 {
		t.Errorf("after a kill: %+v, %v", r, err)
	}
	must.Do(t, os.Remove(files[0]))
	if r, err := Verify(t.Context(), path, nil); err != nil || r.First < 2 {
		t.Errorf("without the oldest file: %+v, %v", r, err)
	}
	must.Do(t, os.Remove(files[2]))
	if _, err := Verify(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), "records are missing") {
		t.Errorf("without a file in the middle: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "junk")
	for _, content := range []string{"junk\n", "{}\n", strings.Repeat("x", 3*maxLine)} {
		must.Do(t, os.WriteFile(path, []byte(content), 0o600))
		if _, err := Open(path, 0); err == nil {
			t.Errorf("%.10q was opened", content)
		}
		if left, _ := os.ReadFile(path); string(left) != content {
			t.Errorf("%.10q was changed", content)
		}
	}
	if _, err := Open(dir, 0); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := Verify(t.Context(), filepath.Join(dir, "none"), nil); err == nil {
		t.Error("no file verifies")
	}
}

// TestWriteFails checks that all records after a failed write are refused.
func TestWriteFails(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "audit.jsonl"), 0)
	l.file.Close()
	for range 2 {
		if _, err := l.Append(Record{}); err == nil || !strings.Contains(err.Error(), "write the audit") {
			t.Errorf("error %v", err)
		}
	}
}

func TestLargeRecord(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "audit.jsonl"), 0)
	if _, err := l.Append(Record{Name: strings.Repeat("x", maxLine)}); err == nil {
		t.Error("a record larger than a line was written")
	}
	add(t, l, 1) // the log continues
}

func FuzzVerify(f *testing.F) {
	path := filepath.Join(f.TempDir(), "audit.jsonl")
	l := open(f, path, 0)
	add(f, l, 3)
	l.Close()
	whole := must.Get(os.ReadFile(path))
	f.Add(whole)
	f.Add([]byte("{}\n"))
	f.Add([]byte("0"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		must.Do(t, os.WriteFile(path, content, 0o600))
		r, verr := Verify(t.Context(), path, nil)
		l, err := Open(path, 0)
		if verr == nil && err != nil {
			t.Fatalf("it verifies (%+v), but cannot be opened: %v", r, err)
		}
		if err != nil {
			return
		}
		defer l.Close()
		must.Get(l.Append(Record{Event: EventStart}))
		if again, err := Verify(t.Context(), path, nil); verr == nil && (err != nil || again.Records != r.Records+1) {
			t.Fatalf("%+v, then %+v: %v", r, again, err)
		}
	})
}

// TestRecordsHideNothing checks that names of others cannot act on the terminal of a person who
// reads the file, or hide there.
func TestRecordsHideNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := must.Get(Open(path, 0))
	want := Record{Event: EventDecision, Name: "a\u202eb\u2066", Rule: "/\u009b2J\u200b\U000e0041", Reason: "\x1b[2J\u2028é"}
	must.Get(l.Append(want))
	must.Do(t, l.Close())
	text := must.Get(os.ReadFile(path))
	for _, r := range strings.TrimSuffix(string(text), "\n") {
		if r != 'é' && (r < ' ' || r > '~') {
			t.Errorf("%U in %q", r, text)
		}
	}
	got, err := Decode(bytes.TrimSuffix(text, []byte("\n")))
	if err != nil || got.Name != want.Name || got.Rule != want.Rule || got.Reason != want.Reason {
		t.Errorf("read %+v, %v", got, err)
	}
	if r, err := Verify(t.Context(), path, nil); err != nil || r.Records != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestOpenKeepsForeignFiles checks that a text without a newline is not cut off as half a record.
func TestOpenKeepsForeignFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	must.Do(t, os.WriteFile(path, []byte("a text"), 0o600))
	if _, err := Open(path, 0); err == nil {
		t.Error("it was opened")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "a text" {
		t.Errorf("the file has %q, %v", text, err)
	}
}
