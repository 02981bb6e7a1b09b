package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// never is an interval that no test waits for.
const never = time.Hour

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	key, made, err := OpenKey(t.Context(), filepath.Join(t.TempDir(), "key"))
	if err != nil || !made {
		t.Fatal(made, err)
	}
	return key
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// sign signs a log, with a file of checkpoints unless kept is "".
func sign(t *testing.T, l *Log, key ed25519.PrivateKey, kept string, every int) {
	t.Helper()
	s := Signing{Key: key, Every: every, Interval: never, Failed: func(err error) { t.Error(err) }}
	if kept != "" {
		sink := must.Get(OpenSink(kept))
		s.Sinks = []Sink{sink}
	}
	must.Do(t, l.Sign(s))
}

func keptIn(t *testing.T, path string) []Checkpoint {
	t.Helper()
	data := must.Get(os.ReadFile(path))
	all, others := ParseCheckpoints(string(data))
	if others != 0 {
		t.Fatalf("%d lines of %s are no checkpoints", others, path)
	}
	return all
}

// logOf writes a log of two processes with n records each, and returns its parts.
func logOf(t *testing.T, n int) (path, kept string, key ed25519.PrivateKey) {
	t.Helper()
	dir := t.TempDir()
	path, kept, key = filepath.Join(dir, "audit.jsonl"), filepath.Join(dir, "kept.jsonl"), newKey(t)
	for range 2 {
		l := open(t, path, 0)
		sign(t, l, key, kept, 0)
		add(t, l, n)
		must.Do(t, l.Close())
	}
	return path, kept, key
}

func linesOf(t *testing.T, path string) [][]byte {
	t.Helper()
	data := must.Get(os.ReadFile(path))
	return bytes.SplitAfter(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
}

func write(t *testing.T, path string, lines [][]byte) {
	t.Helper()
	text := append(bytes.TrimSuffix(bytes.Join(lines, nil), []byte("\n")), '\n')
	must.Do(t, os.WriteFile(path, text, 0o600))
}

// forge writes a chain anew from a line on, without the key: it changes the record, and leaves out
// the checkpoints after it unless keep says so.
func forge(t *testing.T, lines [][]byte, from int, keep bool) [][]byte {
	t.Helper()
	out := slices.Clone(lines[:from])
	last, hash, err := decode(bytes.TrimSuffix(lines[from-1], []byte("\n")))
	must.Do(t, err)
	for i, line := range lines[from:] {
		r, _, err := decode(bytes.TrimSuffix(line, []byte("\n")))
		must.Do(t, err)
		if r.Checkpoint != nil && !keep {
			continue
		}
		if i == 0 {
			r.Decision = "deny"
		}
		r.Seq, r.Prev = last.Seq+1, hash
		if r.Checkpoint != nil {
			r.Checkpoint.Seq, r.Checkpoint.Hash = last.Seq, hash
		}
		text, h, err := encode(&r)
		must.Do(t, err)
		out, last, hash = append(out, text), r, h
	}
	return out
}

func TestSignedLog(t *testing.T) {
	path, kept, key := logOf(t, 5)
	trust := &Trust{Keys: []ed25519.PublicKey{publicOf(key)}, Kept: keptIn(t, kept)}
	r, err := Verify(t.Context(), path, trust)
	// 5 records, stop; start, 5 records, stop.
	if err != nil || r.Records != 13 || r.Checkpoints != 3 || r.Vouched != 12 || r.Unvouched != nil || r.At.IsZero() || len(trust.Kept) != 3 {
		t.Errorf("%+v, %v, %d kept", r, err, len(trust.Kept))
	}
	if r, err := Verify(t.Context(), path, &Trust{Keys: []ed25519.PublicKey{publicOf(newKey(t))}}); err != nil || r.Checkpoints != 0 || r.Others != 3 || r.Vouched != 0 {
		t.Errorf("with another key: %+v, %v", r, err)
	}
	if _, err := Verify(t.Context(), path, &Trust{Keys: []ed25519.PublicKey{publicOf(newKey(t))}, Kept: trust.Kept}); err == nil {
		t.Error("checkpoints of another key vouch for the log")
	}
}

// TestCuts cuts the log after each record, and changes each record with all that follows, as an
// attacker could who can write the log and has no key.
func TestCuts(t *testing.T) {
	path, kept, key := logOf(t, 5)
	lines, trust := linesOf(t, path), &Trust{Keys: []ed25519.PublicKey{publicOf(key)}}
	for n := 1; n < len(lines); n++ {
		write(t, path, lines[:n])
		r, err := Verify(t.Context(), path, trust)
		if n > 6 && r.Vouched != 5 || n <= 5 && r.Vouched != 0 || err != nil {
			t.Errorf("cut after %d: %+v, %v", n, r, err)
		}
		withKept := &Trust{Keys: trust.Keys, Kept: keptIn(t, kept)}
		var cut *CutError
		if _, err := Verify(t.Context(), path, withKept); n < 12 && !errors.As(err, &cut) {
			t.Errorf("cut after %d, with checkpoints elsewhere: %v", n, err)
		}
		write(t, path, lines[n:])
		if _, err := Verify(t.Context(), path, withKept); !errors.As(err, &cut) {
			t.Errorf("cut before %d, with checkpoints elsewhere: %v", n+1, err)
		}
		for _, keep := range []bool{false, true} {
			write(t, path, forge(t, lines, n, keep))
			r, err := Verify(t.Context(), path, trust)
			if keep && n < 12 && err == nil || !keep && (err != nil || r.Vouched > uint64(n)) {
				t.Errorf("changed after %d, keep %v: %+v, %v", n, keep, r, err)
			}
			if _, err := Verify(t.Context(), path, withKept); n < 12 && err == nil {
				t.Errorf("changed after %d, keep %v: nothing is found", n, keep)
			}
		}
	}
}

// A process does not vouch for records that were changed while it was down.
func TestForgedWhileStopped(t *testing.T) {
	path, _, key := logOf(t, 5)
	trust := &Trust{Keys: []ed25519.PublicKey{publicOf(key)}}
	write(t, path, forge(t, linesOf(t, path), 8, false))
	l := open(t, path, 0)
	sign(t, l, key, "", 0)
	add(t, l, 3)
	l.Close()
	r, err := Verify(t.Context(), path, trust)
	if err != nil || len(r.Unvouched) != 1 || r.Unvouched[0] != (Span{8, 12}) {
		t.Errorf("%+v, %v", r, err)
	}
}

// Every so many records there is a checkpoint, and at each rotation.
func TestCheckpointsOfRotatedFiles(t *testing.T) {
	dir := t.TempDir()
	path, kept, key := filepath.Join(dir, "audit.jsonl"), filepath.Join(dir, "kept.jsonl"), newKey(t)
	l := open(t, path, 2000)
	sign(t, l, key, kept, 0)
	add(t, l, 50)
	l.Close()
	files, err := rotated(path)
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		lines := linesOf(t, file)
		if r, err := Decode(bytes.TrimSuffix(lines[len(lines)-1], []byte("\n"))); err != nil || r.Checkpoint == nil || r.Checkpoint.Reason != ReasonRotate {
			t.Errorf("%s does not end in a checkpoint: %v", file, err)
		}
	}
	trust := &Trust{Keys: []ed25519.PublicKey{publicOf(key)}, Kept: keptIn(t, kept)}
	if r, err := Verify(t.Context(), path, trust); err != nil || r.Vouched != r.Last-1 || r.Unvouched != nil || r.Rotated {
		t.Errorf("%+v, %v", r, err)
	}
	must.Do(t, os.Remove(files[0]))
	if r, err := Verify(t.Context(), path, trust); err != nil || r.Vouched != r.Last-1 || r.Unvouched != nil || !r.Rotated {
		t.Errorf("without the oldest file: %+v, %v", r, err)
	}
	write(t, files[1], linesOf(t, files[1])[1:])
	if r, err := Verify(t.Context(), path, trust); err == nil || r.Rotated {
		t.Errorf("without the record that explains why older files are missing: %+v, %v", r, err)
	}
}

func TestKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	key, made, err := OpenKey(t.Context(), path)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	again, made, err := OpenKey(t.Context(), path)
	if err != nil || made || !key.Equal(again) {
		t.Error("the key changed", err)
	}
	text := must.Get(os.ReadFile(path + PublicSuffix))
	if public, err := ParsePublic(text); err != nil || !public.Equal(key.Public()) {
		t.Error("the public half is another", err)
	}
	private, _ := os.ReadFile(path)
	if _, err := ParsePublic(private); err == nil || !strings.Contains(err.Error(), ".pub") {
		t.Error(err)
	}
	must.Do(t, os.Chmod(path, 0o640))
	if _, _, err := OpenKey(t.Context(), path); err == nil {
		t.Error("a key that others can read was used")
	}
	for name, text := range map[string]string{"empty": "", "other": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "public": string(text)} {
		file := filepath.Join(t.TempDir(), name)
		must.Do(t, os.WriteFile(file, []byte(text), 0o600))
		if _, _, err := OpenKey(t.Context(), file); err == nil {
			t.Errorf("%s: is a key", name)
		}
	}
}

// stdoutSink reports the number of kept checkpoints to the parent process.
type stdoutSink struct{ kept int }

func (s *stdoutSink) Put(uint64, []byte) error {
	s.kept++
	_, err := fmt.Println(s.kept)
	return err
}
func (*stdoutSink) Close() error { return nil }

// TestKilledWhileSigning kills a process that writes and signs as fast as it can. All records that
// a kept checkpoint covers are in the log.
func TestKilledWhileSigning(t *testing.T) {
	if path := os.Getenv("SPECTAP_TEST_SIGN"); path != "" {
		l := open(t, path, 50_000)
		key, _, err := OpenKey(t.Context(), path+".key")
		must.Do(t, err)
		file := must.Get(OpenSink(path + ".kept"))
		s := Signing{Key: key, Every: 7, Interval: never, Sinks: []Sink{file, new(stdoutSink)}, Failed: func(err error) { t.Error(err) }}
		must.Do(t, l.Sign(s))
		for {
			add(t, l, 1)
		}
	}
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	key, _, err := OpenKey(t.Context(), path+".key")
	must.Do(t, err)
	for round := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=TestKilledWhileSigning$")
		cmd.Env = append(os.Environ(), "SPECTAP_TEST_SIGN="+path)
		out := must.Get(cmd.StdoutPipe())
		must.Do(t, cmd.Start())
		for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != fmt.Sprint(5+round); {
		}
		must.Do(t, cmd.Process.Kill())
		cmd.Wait()
		data, _ := os.ReadFile(path + ".kept")
		kept, _ := ParseCheckpoints(string(data))
		r, err := Verify(t.Context(), path, &Trust{Keys: []ed25519.PublicKey{publicOf(key)}, Kept: kept})
		if err != nil || r.Vouched == 0 || len(r.Unvouched) > round {
			t.Fatalf("round %d: %+v, %v", round, r, err)
		}
		for _, s := range r.Unvouched {
			if s.Last-s.First > 1000 {
				t.Errorf("%d records were not signed", s.Last-s.First+1)
			}
		}
	}
}
