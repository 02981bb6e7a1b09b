package har_test

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestReadAsterisk checks that OPTIONS of a server as a whole has its target back, and nothing else.
func TestReadAsterisk(t *testing.T) {
	for request, want := range map[string]string{"OPTIONS /*": "*", "OPTIONS /a": "/a", "OPTIONS /": "/", "GET /*": "/*"} {
		var method, path string
		fmt.Sscan(request, &method, &path)
		fs, err := read(archive(fmt.Sprintf(`{"method":%q,"url":"https://a.example%s"}`, method, path), "", ""))
		if err != nil || fs[0].Request.Path != want {
			t.Errorf("%s: %v, want %s", request, err, want)
		}
	}
}

// TestReadOpcodes checks which opcodes messages have.
func TestReadOpcodes(t *testing.T) {
	for opcode, want := range map[string]flow.MessageKind{"1": 1, "2": 2, "15": 15, "9.0": 9, "0": 0, "-1": 0, "16": 0, "1.5": 0, "15.5": 0} {
		fs, err := read(archive("", "", `"startedDateTime":"2026-01-02T03:04:05Z","_webSocketMessages":[{"type":"send","opcode":`+opcode+`}]`))
		if (err != nil) != (want == 0) || err == nil && fs[0].Messages[0].Kind != want {
			t.Errorf("opcode %s: %v", opcode, err)
		}
	}
}

// TestReadStatus checks that a status has three digits.
func TestReadStatus(t *testing.T) {
	for _, status := range []int{100, 101, 599, 600, 999} {
		fs, err := read(archive("", fmt.Sprintf(`{"status":%d}`, status), ""))
		if err != nil || len(fs) != 1 || fs[0].Response == nil || fs[0].Response.Status != status {
			t.Errorf("%d: %+v, %v", status, fs, err)
		}
	}
}

// TestReadMimeType checks when the media type of a content becomes a header.
func TestReadMimeType(t *testing.T) {
	for _, tt := range []struct{ content, header, want string }{
		{`{"mimeType":"text/plain","size":1,"text":"a"}`, "", "text/plain"},
		{`{"mimeType":"text/plain","size":1,"text":"a"}`, `{"name":"content-type","value":"text/html"}`, "text/html"},
		{`{"mimeType":"x-unknown","size":1,"text":"a"}`, "", ""},
		{`{"mimeType":"","size":1,"text":"a"}`, "", ""},
		{`{"mimeType":"text/plain","size":0,"text":""}`, "", ""},
	} {
		fs, err := read(archive("", `{"status":200,"headers":[`+tt.header+`],"content":`+tt.content+`}`, ""))
		if err != nil || fs[0].Response.Header.Get("Content-Type") != tt.want || fs[0].Response.Header.Has("Content-Type") != (tt.want != "") {
			t.Errorf("%s, header %s: %v", tt.content, tt.header, err)
		}
	}
}
