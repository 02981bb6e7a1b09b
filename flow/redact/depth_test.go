package redact_test

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestMemoryOfNesting redacts JSON that opens many arrays and objects and closes none. Memory grows
// with the depth up to that which decoders accept, and not beyond.
func TestMemoryOfNesting(t *testing.T) {
	for _, piece := range []string{"[", `{"a":`, `[{"a":`} {
		allocated := func(n int) uint64 {
			data := bytes.Repeat([]byte(piece), n/len(piece))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			red.JSON(data)
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		// The text after the deepest array is copied a few times.
		if small, large := allocated(256<<10), allocated(2<<20); large > small+8*2<<20 {
			t.Errorf("%q: %d bytes for 256 KiB, %d for 2 MiB", piece, small, large)
		}
	}
}

// TestDeepSecrets finds secrets in JSON that is nested deeper than decoders accept.
func TestDeepSecrets(t *testing.T) {
	deep := strings.Repeat("[", 20_000) + `{"password":"hunter2x"}` + strings.Repeat("]", 20_000)
	if got := string(red.JSON([]byte(deep))); strings.Contains(got, "hunter2x") {
		t.Error("the secret is shown")
	}
}

// TestMemoryOfTables reads a table row by row: all rows at once are many times its size.
func TestMemoryOfTables(t *testing.T) {
	data := append([]byte("a,b\n"), bytes.Repeat([]byte("1,2\n"), 256<<10)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	red.Body("text/csv", data)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
		t.Errorf("%d bytes for a table of 1 MiB", got)
	}
}

// TestLargeDecodedBody checks that a body which expands beyond 16 MiB is cut there, and says so, and
// that its secrets before that are redacted.
func TestLargeDecodedBody(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte(`{"password":"swordfish","list":[`)) // into memory
	for range 20 {
		w.Write(bytes.Repeat([]byte("1,"), 1<<19))
	}
	w.Close()
	f := flow.Flow{Response: &flow.Response{
		Header: flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Content-Encoding", Value: "gzip"}},
		Body:   flow.Body{Data: packed.Bytes(), Size: int64(packed.Len())},
	}}
	b := red.Flow(f).Response.Body
	if n := len(b.Data); !b.Truncated || n < 15<<20 || n > 17<<20 || bytes.Contains(b.Data, []byte("swordfish")) {
		t.Errorf("truncated %t, %d bytes: %.60s", b.Truncated, n, b.Data)
	}
}
