package flow

import (
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
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

func TestURL(t *testing.T) {
	for _, tt := range []struct{ path, query, want string }{
		{"/a%2Fb", "", "https://a.example:8443/a%2Fb"}, {"/", "q=1", "https://a.example:8443/?q=1"}, {"*", "", "https://a.example:8443"}, {"*", "q", "https://a.example:8443?q"},
	} {
		r := Request{Scheme: "https", Authority: "a.example:8443", Path: tt.path, RawQuery: tt.query}
		if got := r.URL(); got != tt.want || r.Origin() != "https://a.example:8443" {
			t.Errorf("got %s of %s, want %s", got, r.Origin(), tt.want)
		}
	}
}

// TestNames checks the names of parts and kinds, and that those of parts can be read.
func TestNames(t *testing.T) {
	for c, want := range map[Change]string{0: "", HeaderChanged: "header", BodyChanged: "body", HeaderChanged | BodyChanged: "header and body", 4: "", 5: "header"} {
		if got := c.String(); got != want || c < 4 && ParseChange(want) != c {
			t.Errorf("%d: %q, which is read as %d", c, got, ParseChange(want))
		}
	}
	if ParseChange("trailer") != 0 {
		t.Error("a trailer is a change")
	}
	for k, want := range map[MessageKind]string{Text: "text", Binary: "binary", Close: "close", Ping: "ping", Pong: "pong", 3: "opcode 3", 0: "opcode 0"} {
		if got := k.String(); got != want {
			t.Errorf("%d: %q", k, got)
		}
	}
	first, second := NewID(), NewID()
	if id := (ID{0: 0xab, 15: 1}); id.String() != "ab"+strings.Repeat("0", 29)+"1" || first == second {
		t.Errorf("the ID is %s, or two are equal", id)
	}
}

func TestTags(t *testing.T) {
	for tag, want := range map[string]string{
		"": "must not be empty", "none": "selects flows without tags", strings.Repeat("x", 129): "a tag may have 128 bytes, this one has 129", "a,b": "except the comma", "a\tb": "except the comma",
		"a\xffb": "except the comma", "\uFFFD": "except the comma", strings.Repeat("x", 128): "", "None": "", "Größe 7": "",
	} {
		if err := CheckTag(tag); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", tag, err, want)
		}
	}
	own := append(make([]string, 0, 20), "a", "b")
	for list, want := range map[string]string{
		"": "[a b]", " c , a,b,c,none,,d\x00": "[a b c]", "1,2,3,4,5,6,7,8": "[a b 1 2 3 4 5 6 7 8]", "a,1,2,3,4,5,6,7,8,9": "[a b 1 2 3 4 5 6 7 8]",
	} {
		if got := AddTags(own, list); fmt.Sprint(got) != want || fmt.Sprint(own[:3]) != "[a b ]" {
			t.Errorf("%q: %q, want %s; the tags given are %q", list, got, want, own[:3])
		}
	}
}

func TestHeader(t *testing.T) {
	h := HeaderOf(http.Header{"B": {"2", "1"}, "A": {"x"}, "C": nil})
	if want := (Header{{"A", "x"}, {"B", "2"}, {"B", "1"}}); !slices.Equal(h, want) {
		t.Errorf("got %v, want %v", h, want)
	}
	if !slices.Equal(h.Values("b"), []string{"2", "1"}) || h.Values("C") != nil || h.Get("b") != "2" || h.Get("BB") != "" || !h.Has("a") || h.Has("C") {
		t.Errorf("values %q, first %q", h.Values("b"), h.Get("b"))
	}
	if got, want := h.HTTP(), (http.Header{"B": {"2", "1"}, "A": {"x"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for value, want := range map[string]string{"Text/HTML ; charset=UTF-8": "text/html", "": "", "; a": "", "application/json": "application/json"} {
		if got := (Header{{"content-type", value}}).MediaType(); got != want {
			t.Errorf("%q: %q", value, got)
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
