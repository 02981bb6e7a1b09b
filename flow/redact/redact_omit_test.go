package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
)

// TestBodiesThatAreNoText checks which bodies redaction omits, with their size and a digest that
// nobody without the key can compute. It keeps texts, and formats that it reads.
func TestBodiesThatAreNoText(t *testing.T) {
	const hidden, part = "hidden", "--b\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Type: image/png\r\n\r\n"
	for _, tt := range []struct{ name, mediaType, data, want string }{
		{"gRPC", "application/grpc", "\x00\x00\x00\x00\x09\x0a\x07hunter2", hidden},
		{"Protocol Buffers that look like text", "application/x-protobuf", "\n\x20hunter2hunter2hunter2hunter2abcd", hidden},
		{"gRPC in base64", "application/grpc-web-text", "AAAAAAkKB2h1bnRlcjI=", hidden},
		{"BSON", "application/bson", "\x1c\x00\x00\x00\x02pw\x00\x08\x00\x00\x00hunter2\x00\x00", hidden},
		{"without a type", "", "\x00\x00\x00\x00\x09\x0a\x07hunter2", hidden},
		{"bytes under the name of a text", "application/json", "\x01\x02hunter2", hidden},
		{"a picture", "image/png", "\x89PNG\r\n\x1a\nhunter2", hidden},
		{"what follows MessagePack", "application/msgpack", "\x81\xa1a\xa1b\xc1\x00hunter2", hidden},
		{"MessagePack", "application/msgpack", "\x81\xa1a\xa1b", "\x81\xa1a\xa1b"},
		{"a drawing", "image/svg+xml", "<svg/>", "<svg/>"},
		{"an unknown charset", "text/plain", "caf\xe9", "caf\xe9"},
		{"a control character", "text/plain", "ab\x07c", "ab\x07c"},
		{"a cut character", "", "caf\xc3", "caf\xc3"},
		{"a frame of STOMP", "", "SEND\n\nhi\x00", "SEND\n\nhi\x00"},
		{"a file in a form", "multipart/form-data; boundary=b", part + "\x89PNG\x00hunter2\r\n--b--\r\n", part + "[redacted:unread:*]\r\n--b--\r\n"},
	} {
		h := header("Content-Type", tt.mediaType)
		in := flow.Body{Data: []byte(tt.data), Size: int64(len(tt.data))}
		f := flow.Flow{Request: flow.Request{Header: h, Body: in}, Response: &flow.Response{Header: h, Body: in}}
		got := red.Flow(f)
		for _, b := range []flow.Body{got.Request.Body, got.Response.Body} {
			isOmitted := b.Omitted != ""
			if isOmitted != (tt.want == hidden) || !isOmitted && stars(string(b.Data)) != tt.want || isOmitted && (len(b.Data) > 0 || b.Size != in.Size || b.Truncated) {
				t.Errorf("%s: %+v", tt.name, b)
			}
		}
		other := redact.New([]byte("another key"), redact.Config{}).Flow(f)
		if why := got.Request.Body.Omitted; tt.want == hidden && (why != got.Response.Body.Omitted || why == other.Request.Body.Omitted || !strings.Contains(why, "digest")) {
			t.Errorf("%s: the digests are %s and %s, with another key %s", tt.name, why, got.Response.Body.Omitted, other.Request.Body.Omitted)
		}
		again := red.Flow(got)
		if again.Request.Body.Omitted != got.Request.Body.Omitted || string(again.Request.Body.Data) != string(got.Request.Body.Data) {
			t.Errorf("%s: redaction of what is redacted changes it to %+v", tt.name, again.Request.Body)
		}
		stored := red.Forwarded(f).Request.Body
		if stored.Truncated != (tt.want == hidden) {
			t.Errorf("%s: forwarded as %+v", tt.name, stored)
		}
	}
	if decode.IsPlainText("text/plain", []byte("a\x00b")) {
		t.Error("a text has a zero byte")
	}
}
