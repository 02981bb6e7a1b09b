package view

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestShowBody shows text in part, and says which part is missing and why.
func TestShowBody(t *testing.T) {
	header := func(kind, encoding string) (h flow.Header) {
		if kind != "" {
			h = append(h, flow.Field{Name: "Content-Type", Value: kind})
		}
		if encoding != "" {
			h = append(h, flow.Field{Name: "Content-Encoding", Value: encoding})
		}
		return h
	}
	whole := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
	head := strings.Repeat("x", 4096)
	for _, c := range []struct {
		name   string
		h      flow.Header
		b      flow.Body
		offset int
		limit  int
		want   string // size, text, offset, length, flags and where it continues
	}{
		{"nothing", nil, flow.Body{}, 0, 5, "0 \"\" 0 0 [] 0"},
		{"nothing was recorded", nil, flow.Body{Size: 9}, 0, 5, "9 \"\" 0 0 [incomplete] 0"},
		{"as long as the limit", header("text/plain", ""), whole("12345"), 0, 5, "5 \"12345\" 0 5 [] 0"},
		{"longer", header("text/plain", ""), whole("123456"), 0, 5, "6 \"12345\" 0 6 [truncated] 5"},
		{"from an offset", header("text/plain", ""), whole("123456"), 1, 5, "6 \"23456\" 1 6 [] 0"},
		{"from its end", header("text/plain", ""), whole("123456"), 6, 5, "6 \"\" 6 6 [] 0"},
		{"beyond its end", header("text/plain", ""), whole("123456"), 99, 5, "6 \"\" 6 6 [] 0"},
		{"within a character", header("text/plain", ""), whole("a世b"), 2, 5, "5 \"世b\" 1 5 [] 0"},
		{"at a character", header("text/plain", ""), whole("a世b"), 4, 5, "5 \"b\" 4 5 [] 0"},
		{"cut within a character", header("text/plain", ""), whole("a世b"), 0, 3, "5 \"a\" 0 5 [truncated] 1"},
		{"characters that do not show", nil, whole("a\u202eb"), 0, 50, "5 \"a⟨U+202E⟩b\" 0 14 [] 0"},
		{"bytes", header("image/png", ""), whole("\x89PNG"), 0, 5, "4 \"\" 0 0 [binary] 0"},
		{"controls", nil, whole("a\x00"), 0, 5, "2 \"\" 0 0 [binary] 0"},
		{"white space", nil, whole("\ta\r\n"), 0, 5, "4 \"\\ta\\r\\n\" 0 4 [] 0"},
		{"bytes after 4 KiB", nil, whole(head + "\x00"), 0, 1, "4097 \"x\" 0 4108 [truncated] 1"},
		{"bytes within 4 KiB", nil, whole(head[1:] + "\x00"), 0, 1, "4096 \"\" 0 0 [binary] 0"},
		{"a character at 4 KiB", nil, whole(head[1:] + "世"), 0, 1, "4098 \"x\" 0 4098 [truncated] 1"},
		{"bytes of a text type", header("text/plain", ""), whole("\xff"), 0, 50, "1 \"⟨0xFF⟩\" 0 10 [] 0"},
		{"not gzip", header("text/plain", "gzip"), whole("plain"), 0, 50, "5 \"\" 0 0 [incomplete problem] 0"},
		{"unknown encoding of bytes", header("image/png", "x-odd"), whole("\x89"), 0, 50, "1 \"\" 0 0 [incomplete problem] 0"},
	} {
		v := ShowBody(c.h, c.b, c.offset, c.limit)
		flags := []string{}
		for _, f := range []struct {
			name string
			is   bool
		}{{"truncated", v.Truncated}, {"incomplete", v.Incomplete}, {"binary", v.Binary}, {"problem", v.Problem != ""}} {
			if f.is {
				flags = append(flags, f.name)
			}
		}
		if got := fmt.Sprintf("%d %q %d %d %v %d", v.Size, v.Text, v.Offset, v.Length, flags, v.NextOffset); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestShowAnswer shows the message of a stream, if that is shorter than its events.
func TestShowAnswer(t *testing.T) {
	h := flow.Header{{Name: "Content-Type", Value: "text/event-stream"}}
	event := func(text string) string {
		return fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", text)
	}
	stream := event("Hello ") + event("there") + "data: [DONE]\n\n"
	body := flow.Body{Data: []byte(stream), Size: int64(len(stream))}
	if got := ShowAnswer(h, body, 2, 12); got.Text != "xt:\n  Hello " || got.Events != 2 || got.Length != 20 || got.NextOffset != 14 {
		t.Errorf("%+v", got)
	}
	if got := ShowBody(h, body, 0, 4); got.Text != "data" || got.Events != 0 {
		t.Errorf("%+v", got)
	}
	short := "data: {\"x\":1}\n\n"
	if got := ShowAnswer(h, flow.Body{Data: []byte(short), Size: 9}, 0, 99); got.Text != short || got.Events != 0 {
		t.Errorf("%+v", got)
	}
}
