package flow

import (
	"fmt"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestBrief holds that a record read without some fields is the flow without them.
func TestBrief(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlow(t)
		b, _ := f.AppendBinary(nil)
		got := Flow{Err: "left over"}
		if err := got.UnmarshalBrief(b); err != nil || !reflect.DeepEqual(got, f.Brief()) {
			t.Fatalf("%v: got %+v, want %+v", err, got, f.Brief())
		}
	})
}

// TestScope has flows whose placeholders are not equal to those of others.
func TestScope(t *testing.T) {
	id := ID{'a', 15: 'b'}
	for source, want := range map[string]string{
		"proxy": "", "import:x.har": "", "import:agent:x.har": "import 7", "replay": "flow " + string(id[:]), "replayed": "", "": "",
	} {
		f := Flow{ID: id, Source: source, Import: 7}
		if got := f.Scope(); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}

// TestLogValue holds that logs have neither headers, queries nor bodies.
func TestLogValue(t *testing.T) {
	f := Flow{Seq: 7, Took: time.Second, Request: Request{Method: "GET", Authority: "a.example", Path: "/p", RawQuery: "q=secret", Header: Header{{"X", "secret"}}}}
	if got := fmt.Sprint(slog.AnyValue(&f).Resolve()); got != "[seq=7 method=GET host=a.example took=1s]" {
		t.Errorf("got %s", got)
	}
	f.Response = &Response{Status: 404, Body: Body{Data: []byte("secret")}}
	if got := fmt.Sprint(slog.AnyValue(&f).Resolve()); got != "[seq=7 method=GET host=a.example status=404 took=1s]" {
		t.Errorf("got %s", got)
	}
}
