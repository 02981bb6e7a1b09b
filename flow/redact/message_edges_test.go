package redact_test

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// TestBodiesThatCannotBeRead checks what remains of bodies that are empty, damaged, too large or in
// an unknown charset, and what a flow says of their sizes.
func TestBodiesThatCannotBeRead(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(`{"n":1,"m":"0123456789"}`))
	z.Close()
	const secret, hidden = `{"password":"swordfish"}`, `{"password":"[]"}`
	for _, tt := range []struct {
		name, header, value, data, want string
		size, wantSize                  int64 // 0: that of the data
		cut, wantCut                    bool
		keeps                           bool // the header
	}{
		{name: "empty", header: "Content-Encoding", value: "of-nobody", keeps: true},
		{name: "unknown encoding", header: "Content-Encoding", value: "of-nobody", data: secret, want: hidden},
		{name: "a coding that is not undone", header: "Content-Encoding", value: "compress", data: secret, wantSize: 24, keeps: true},
		{name: "unknown charset", header: "Content-Type", value: "application/json; charset=of-nobody", data: secret, want: hidden},
		{name: "unknown charset, cut off", header: "Content-Type", value: "application/json; charset=of-nobody", data: secret, want: hidden,
			size: 5000, wantSize: 5000, cut: true, wantCut: true},
		{name: "unknown charset, no secret", header: "Content-Type", value: "application/json; charset=of-nobody", data: `{"n":1}`, want: `{"n":1}`, keeps: true},
		{name: "more behind it", header: "Content-Encoding", value: "gzip", data: packed.String() + "more", want: `{"n":1,"m":"0123456789"}`,
			wantSize: int64(packed.Len()) + 4, wantCut: true},
		{name: "cut off", header: "Content-Encoding", value: "gzip", data: packed.String()[:packed.Len()-1], want: packed.String()[:packed.Len()-1],
			size: 70, wantSize: 70, cut: true, wantCut: true, keeps: true},
		{name: "the largest", data: `"` + letters(30) + `"`, want: `"` + letters(30) + `"`},
		{name: "too large", data: `"` + letters(30) + ` "`, want: `"` + letters(30) + ` `, wantSize: 33, wantCut: true},
	} {
		in := flow.Body{Data: []byte(tt.data), Size: max(tt.size, int64(len(tt.data))), Truncated: tt.cut}
		h := flow.Header{{Name: tt.header, Value: tt.value}}
		out := redact.New([]byte("key"), redact.Config{MaxBody: 32}).Flow(flow.Flow{Request: flow.Request{Header: h, Body: in}}).Request
		if tt.wantSize == 0 {
			tt.wantSize = int64(len(out.Body.Data))
		}
		if got := emptied(string(out.Body.Data)); got != tt.want || out.Body.Size != tt.wantSize || out.Body.Truncated != tt.wantCut ||
			tt.keeps && (len(out.Header) != 1 || out.Header[0] != h[0]) {
			t.Errorf("%s: %q, %d bytes, cut off: %t, %v", tt.name, got, out.Body.Size, out.Body.Truncated, out.Header)
		}
	}
}

// TestRepeatedInUnknownCharsets looks for a secret of the request in answers that are read as bytes.
func TestRepeatedInUnknownCharsets(t *testing.T) {
	for _, cut := range []bool{false, true} {
		f := red.Flow(flow.Flow{Request: flow.Request{Header: flow.Header{{Name: "X-Api-Key", Value: "k3Jd92LqPz7x"}}},
			Response: &flow.Response{Header: flow.Header{{Name: "Content-Type", Value: "text/plain; charset=of-nobody"}},
				Body: flow.Body{Data: []byte("you sent k3Jd92LqPz7x"), Size: 21, Truncated: cut}}})
		if got := emptied(string(f.Response.Body.Data)); got != "you sent []" || f.Response.Body.Truncated != cut {
			t.Errorf("%s, cut off: %t, want %t", got, f.Response.Body.Truncated, cut)
		}
	}
}
