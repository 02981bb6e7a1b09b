package mitmdump

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// written returns flows of all kinds.
func written() []flow.Flow {
	at := time.Date(2026, 11, 20, 11, 45, 30, 123456000, time.UTC)
	h := flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "X-A", Value: "1"}, {Name: "x-a", Value: "\xff"}}
	whole := flow.Flow{
		Done: true, Started: at, Took: 250 * time.Millisecond,
		Request: flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com:8443", Path: "/a%2Fb", RawQuery: "q=1&q=2",
			Proto: "HTTP/1.1", Header: h, Trailer: flow.Header{{Name: "Sum", Value: "7"}}, Body: flow.Body{Data: []byte("\x00{1:2}"), Size: 6}},
		Response: &flow.Response{Status: 201, Proto: "HTTP/2.0", Header: h, Body: flow.Body{Data: []byte(`{}`), Size: 2}},
	}
	failed := whole
	failed.Response, failed.Err = nil, "connection refused"
	failed.Request.Authority, failed.Request.Scheme, failed.Request.RawQuery = "[::1]:8080", "http", ""
	dropped := whole
	dropped.Response = &flow.Response{Status: 200, Proto: "HTTP/1.1", Header: flow.Header{{Name: "Content-Length", Value: "9"}},
		Body: flow.Body{Size: 9, Truncated: true}}
	socket := whole
	socket.Response = &flow.Response{Status: 101, Proto: "HTTP/1.1"}
	socket.Messages = []flow.Message{
		{FromClient: true, Kind: 1, Data: []byte("hi"), Size: 2, At: 5 * time.Millisecond}, {Kind: 2, Data: []byte{0, 255}, Size: 2, At: time.Second},
	}
	return []flow.Flow{whole, failed, dropped, socket}
}

// TestWrite checks that written flows read as they were.
func TestWrite(t *testing.T) {
	var file bytes.Buffer
	w := NewWriter(&file)
	flows := written()
	for _, f := range flows {
		must.Do(t, w.Write(f))
	}
	if n, err := Count(bytes.NewReader(file.Bytes())); n != len(flows) || err != nil {
		t.Errorf("%d flows, %v", n, err)
	}
	i := 0
	for got, err := range Read(&file, Config{}).Flows() {
		if err != nil {
			t.Fatal(err)
		}
		want := flows[i]
		got.ID = want.ID
		if got.Took = got.Took.Round(time.Microsecond); !reflect.DeepEqual(got, want) {
			t.Errorf("flow %d:\n%+v\n%+v\nwant\n%+v\n%+v", i, got, got.Response, want, want.Response)
		}
		i++
	}
	if i != len(flows) {
		t.Errorf("%d flows", i)
	}
}

// TestWriteTruncated checks that the part of a body that was recorded is written, and said.
func TestWriteTruncated(t *testing.T) {
	f := written()[0]
	f.Response.Body = flow.Body{Data: []byte("abc"), Size: 1000, Truncated: true}
	var file bytes.Buffer
	must.Do(t, NewWriter(&file).Write(f))
	if !strings.Contains(file.String(), "response body: 3 of 1000 bytes were recorded;") {
		t.Error("no comment")
	}
}
