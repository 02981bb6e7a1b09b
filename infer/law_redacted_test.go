package infer_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer"
)

// TestForwardedDemo infers a document from flows as they leave the machine. TestCorpora does so for
// real traffic.
func TestForwardedDemo(t *testing.T) {
	fs := shop(t)
	sameForwarded(t, modelOf(fs), fs)
}

// sameForwarded infers a document from flows as they leave the machine: without secrets, and equal
// line for line to that of m, which learned from the flows as recorded.
func sameForwarded(t *testing.T, m *infer.Model, fs []flow.Flow) {
	t.Helper()
	red := redact.New([]byte("key"), redact.Config{})
	sent := make([]flow.Flow, len(fs))
	for i, f := range fs {
		sent[i] = red.Forwarded(f)
	}
	want, got := document(t, m, "3.1"), document(t, modelOf(sent), "3.1")
	a, b := bytes.Split(want, []byte("\n")), bytes.Split(got, []byte("\n"))
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !bytes.Equal(a[i], b[i]) {
			t.Fatalf("line %d of %d (%d) differs:\n%s\ninstead of:\n%s", i+1, len(a), len(b), around(b, i), around(a, i))
		}
	}
}

// around returns the lines near line i.
func around(lines [][]byte, i int) []byte {
	i = min(i, len(lines))
	return bytes.Join(lines[max(0, i-8):min(len(lines), i+3)], []byte("\n"))
}

// TestForwardedPlanted plants secrets in all places of flows, and searches the flows that leave the
// machine for them.
func TestForwardedPlanted(t *testing.T) {
	fs, _ := plantedTraffic()
	secrets := append(slices.Collect(maps.Values(namedSecrets)), planted...)
	red := redact.New([]byte("key"), redact.Config{})
	found := func(f flow.Flow) (in []string) {
		text := fmt.Sprintf("%s %s %+v %s", f.Request.URL(), f.Request.Body.Data, f.Request.Header, f.Err)
		if a := f.Response; a != nil {
			text += fmt.Sprintf(" %+v %s", a.Header, a.Body.Data)
		}
		for _, s := range secrets {
			if strings.Contains(text, s) {
				in = append(in, s)
			}
		}
		return in
	}
	planted := 0
	for _, f := range fs {
		planted += len(found(f))
		// Numbers under names of identifiers stay in every redacted flow.
		if left := found(red.Forwarded(f)); !slices.Equal(left, found(red.Flow(f))) {
			t.Errorf("%s %s: %q left", f.Request.Method, f.Request.Path, left)
		}
	}
	if planted == 0 {
		t.Error("no secrets in the flows themselves")
	}
}
