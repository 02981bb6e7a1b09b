package main

import (
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestPrintFlowMessages prints the messages of a WebSocket.
func TestPrintFlowMessages(t *testing.T) {
	f := &flow.Flow{
		Seq: 3, Done: true, Took: time.Second, Source: "proxy",
		Request:  flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/ws", Proto: "HTTP/1.1"},
		Response: &flow.Response{Status: 101, Proto: "HTTP/1.1"},
		Messages: []flow.Message{
			{At: 250 * time.Millisecond, FromClient: true, Kind: flow.Text, Data: []byte("hi\x1b[2J\nthere"), Size: 13},
			{At: time.Second, Kind: flow.Binary, Data: []byte{0, 255}, Size: 2},
			{At: time.Second, Kind: flow.Text, Data: []byte("long"), Size: 4000, Truncated: true},
			{At: time.Second, Kind: flow.Close},
		},
	}
	var b strings.Builder
	if err := printFlow(&b, f); err != nil {
		t.Fatal(err)
	}
	want := `
4 messages:
    +250ms > hi\x1b[2J\x0athere
       +1s < binary, 2 bytes: "\x00\xff"
       +1s < long (… cut off: 4000 bytes were sent)
       +1s < close
`
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("got %s", b.String())
	}
	if d := detailOf(f); len(d.Messages) != 4 || d.Messages[0].Data != "hi\x1b[2J\nthere" || d.Messages[1].Base64 != "AP8=" || d.Messages[3].Kind != "close" {
		t.Errorf("%+v", d.Messages)
	}
}

// TestBodyTextNotReceived names a body of which no byte came, and leaves one out that is empty.
func TestBodyTextNotReceived(t *testing.T) {
	for want, body := range map[string]flow.Body{"(not received)\n": {Truncated: true}, "": {}} {
		if got := bodyText(nil, body); got != want {
			t.Errorf("bodyText(%+v) = %q, want %q", body, got, want)
		}
	}
}

// TestBodyTextOfJSON checks that JSON is indented whatever its media type is called, and that text
// which only begins like JSON is not changed.
func TestBodyTextOfJSON(t *testing.T) {
	for data, want := range map[string]string{
		`{"a":1}`: "{\n  \"a\": 1\n}", `[1]`: "[\n  1\n]", `{a:1}`: "{a:1}", `x{"a":1}`: "x{\"a\":1}", ` {"a":1}`: " {\"a\":1}",
	} {
		h := flow.Header{{Name: "Content-Type", Value: "text/plain"}}
		if got := bodyText(h, flow.Body{Data: []byte(data), Size: int64(len(data))}); got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
	}
}

// TestBodyTextTruncated says of every kind of body that its end is missing.
func TestBodyTextTruncated(t *testing.T) {
	for mediaType, data := range map[string]string{"image/png": "\x89PNG\x00", "application/json": `{"a":`, "text/plain": "hel"} {
		h := flow.Header{{Name: "Content-Type", Value: mediaType}}
		got := bodyText(h, flow.Body{Data: []byte(data), Size: 3_000_000, Truncated: true})
		if want := "bytes of 2.9 MiB)\n"; !strings.HasSuffix(got, want) || !strings.Contains(got, "truncated at ") {
			t.Errorf("%s: %q, want the suffix %q", mediaType, got, want)
		}
	}
}
