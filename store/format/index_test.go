package format

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
)

// drawFlows draws brief flows with ascending numbers.
func drawFlows(t *rapid.T) []flow.Flow {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "GET", "POST", "https", "a.example"}), rapid.String())
	flows := make([]flow.Flow, rapid.IntRange(0, 40).Draw(t, "flows"))
	var last flow.Seq
	for i := range flows {
		last += flow.Seq(rapid.Uint64Range(1, 1<<40).Draw(t, "step"))
		f := flow.Flow{
			Last: last, Seq: last - flow.Seq(rapid.Uint64Range(0, uint64(last)-1).Draw(t, "first")),
			Source: text.Draw(t, "source"), Err: text.Draw(t, "err"), Done: rapid.Bool().Draw(t, "done"),
			Took: time.Duration(rapid.Int64().Draw(t, "took")),
			Request: flow.Request{
				Method: text.Draw(t, "method"), Scheme: text.Draw(t, "scheme"), Authority: text.Draw(t, "host"),
				Path: text.Draw(t, "path"), RawQuery: text.Draw(t, "query"),
			},
		}
		if rapid.Bool().Draw(t, "started") {
			f.Started = time.Unix(rapid.Int64Range(-1<<36, 1<<36).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
		}
		if rapid.Bool().Draw(t, "answered") {
			f.Response = &flow.Response{Status: rapid.IntRange(-1, 1000).Draw(t, "status")}
		}
		if rapid.IntRange(0, 2).Draw(t, "in a session") > 0 {
			f.Session = rapid.Uint64Range(0, 300).Draw(t, "session")
			f.Tags = rapid.SampledFrom([][]string{nil, {"a"}, {"b", "GET"}, {""}}).Draw(t, "tags")
		}
		flows[i] = f
	}
	return flows
}

func appendAll(flows []flow.Flow) []byte {
	return AppendIndex(nil, uint64(len(flows)), func(yield func(*flow.Flow) bool) {
		for i := range flows {
			if !yield(&flows[i]) {
				return
			}
		}
	})
}

// TestRoundTrip checks that Read is the inverse of Append, and that a changed block is read without
// a panic.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flows := drawFlows(t)
		b := appendAll(flows)
		got, err := ReadIndex(b)
		if err != nil || !reflect.DeepEqual(got, flows) {
			t.Fatalf("got %+v, want %+v (%v)", got, flows, err)
		}
		if got, err := ReadIndex(append(b, 0)); err == nil {
			t.Fatalf("a byte too many: %d flows", len(got))
		}
		if got, err := ReadIndex(b[:len(b)-1]); err == nil {
			t.Fatalf("a byte too few: %d flows", len(got))
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		ReadIndex(b)
	})
}

func FuzzReadIndex(f *testing.F) {
	f.Add(appendAll([]flow.Flow{{Seq: 1, Last: 2, Request: flow.Request{Method: "GET"}, Response: &flow.Response{Status: 200}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		flows, err := ReadIndex(b)
		if err != nil {
			return
		}
		again, err := ReadIndex(appendAll(flows))
		if err != nil || !reflect.DeepEqual(again, flows) {
			t.Fatalf("%+v became %+v (%v)", flows, again, err)
		}
	})
}
