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

// TestMemoryOfTables checks that redaction holds a row at a time, and no wide one: the cells of a
// table are many times its size. So are the lines of an event stream.
func TestMemoryOfTables(t *testing.T) {
	for name, c := range map[string]struct {
		mediaType, body string
		times           uint64 // of the body's size
	}{
		"rows":        {"text/csv", "a,b\n" + strings.Repeat("1,2\n", 256<<10), 160},
		"a wide row":  {"text/csv", strings.Repeat("a,", 4<<20), 32},
		"wide rows":   {"text/tab-separated-values", strings.Repeat("a\t", 2<<20) + "\n" + strings.Repeat("1\t", 2<<20), 32},
		"event lines": {"text/event-stream", strings.Repeat("data:1\n", 1<<20), 32},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			red.Body(c.mediaType, []byte(c.body))
			runtime.ReadMemStats(&after)
			if got := (after.TotalAlloc - before.TotalAlloc) / uint64(len(c.body)); got > c.times {
				t.Errorf("%d bytes for each byte of the body", got)
			}
		})
	}
}

// TestWideRows finds secrets in the rows before one that is too wide, and in its text.
func TestWideRows(t *testing.T) {
	wide := strings.Repeat("a,", 200_000) + "\n"
	body := "user,password\nann,hunter2x\n" + wide + "password=hunter3x\n"
	if got := string(red.Body("text/csv", []byte(body))); strings.Contains(got, "hunter") || !strings.Contains(got, "ann,") {
		t.Errorf("got %.60q and %d bytes", got, len(got))
	}
	if got := string(red.Body("text/csv", []byte(wide+body))); strings.Contains(got, "hunter3x") {
		t.Errorf("behind a wide row: %d bytes", len(got))
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
