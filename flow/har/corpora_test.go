package har_test

import (
	"bytes"
	"os"
	"reflect"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
)

// readAll reads an archive that has no invalid entries.
func readAll(t testing.TB, data []byte) []flow.Flow {
	t.Helper()
	var out []flow.Flow
	for f, err := range har.Read(bytes.NewReader(data), har.ReadConfig{Source: "import:test.har"}).Flows() {
		must.Do(t, err)
		f.ID = flow.ID{}
		out = append(out, f)
	}
	return out
}

// writeAll writes flows as an archive.
func writeAll(t testing.TB, fs []flow.Flow) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := har.NewWriter(&buf, har.WriteConfig{})
	for _, f := range fs {
		must.Do(t, w.Write(f))
	}
	must.Do(t, w.Close())
	return buf.Bytes()
}

// TestCorpora checks that recorded archives are unchanged by writing and reading them.
func TestCorpora(t *testing.T) {
	for _, name := range corpustest.Names(t) {
		for _, file := range []string{corpustest.Traffic, corpustest.HeldOut} {
			t.Run(name+"/"+file, func(t *testing.T) {
				// Read as it is: the reader decompresses gzip itself.
				data := must.Get(os.ReadFile(corpustest.Path(t, name, file)))
				checkRoundTrip(t, readAll(t, data))
			})
		}
	}
}

// checkRoundTrip checks that flows are equal after writing and reading, and that their bodies can
// be decoded.
func checkRoundTrip(t *testing.T, fs []flow.Flow) {
	t.Helper()
	back := readAll(t, writeAll(t, fs))
	if len(fs) != len(back) {
		t.Fatalf("%d flows, %d after writing", len(fs), len(back))
	}
	for i := range fs {
		if !reflect.DeepEqual(fs[i], back[i]) {
			t.Fatalf("flow %d changed: %s", i, fs[i].Request.URL())
		}
		if r := fs[i].Response; r.Body.Truncated {
			t.Errorf("flow %d: truncated", i)
		}
		if _, complete, err := decode.Body(fs[i].Response.Header, fs[i].Response.Body, 0); err != nil || !complete {
			t.Errorf("flow %d: body: complete %v, %v", i, complete, err)
		}
	}
}
