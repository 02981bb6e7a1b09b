package view

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestMessages shows messages from an offset on: their texts in part, and as many as fit.
func TestMessages(t *testing.T) {
	message := func(kind flow.MessageKind, data string) flow.Message {
		return flow.Message{At: 5 * time.Millisecond, Kind: kind, Data: []byte(data), Size: int64(len(data))}
	}
	if Messages(nil, 0, 10) != nil {
		t.Error("a flow without messages has some")
	}
	ms := []flow.Message{message(flow.Text, "a\x1bb"), message(flow.Binary, "\xff\x00"), message(flow.Close, "\x03\xe8bye"), message(flow.Binary, "text")}
	ms[1].FromClient, ms[1].Truncated = true, true
	v := Messages(ms, 0, 10)
	want := []string{"5 server text 3 a⟨U+001B⟩b true", "5 client binary 2  true", "5 server close 5 bye false", "5 server binary 4 text false"}
	var got []string
	for _, m := range v.Messages {
		got = append(got, fmt.Sprintln(m.AtMS, m.From, m.Kind, m.Size, m.Text, m.Truncated))
	}
	// The text of ten bytes ends before the last character of the first message.
	want[0] = "5 server text 3 " + WholeRunes("a⟨U+001B⟩b"[:10]) + " true"
	for i := range want {
		want[i] += "\n"
	}
	if !slices.Equal(got, want) || v.Total != 4 || v.Offset != 0 || v.Truncated || v.NextOffset != 0 {
		t.Errorf("%q, want %q, %+v", got, want, v)
	}
	if v := Messages(ms, 3, 4); len(v.Messages) != 1 || v.Messages[0].Text != "text" || v.Messages[0].Truncated || v.Offset != 3 {
		t.Errorf("%+v", v)
	}
	if v := Messages(ms, 3, 3); v.Messages[0].Text != "tex" || !v.Messages[0].Truncated {
		t.Errorf("%+v", v)
	}
	if v := Messages(ms, 9, 3); len(v.Messages) != 0 || v.Offset != 4 || v.Truncated || v.Total != 4 {
		t.Errorf("%+v", v)
	}
	many := make([]flow.Message, fullMessages+1)
	for limit, want := range map[int]int{PreviewBytes: previewMessages, PreviewBytes + 1: fullMessages} {
		if v := Messages(many, 0, limit); len(v.Messages) != want || !v.Truncated || v.NextOffset != want {
			t.Errorf("%d messages of texts up to %d, the next is %d", len(v.Messages), limit, v.NextOffset)
		}
	}
	if v := Messages(many[:previewMessages], 0, PreviewBytes); len(v.Messages) != previewMessages || v.Truncated {
		t.Errorf("%d messages, more: %t", len(v.Messages), v.Truncated)
	}
	large := []flow.Message{message(flow.Text, strings.Repeat("x", FullBytes/2)), message(flow.Text, strings.Repeat("y", FullBytes)), message(flow.Text, "z")}
	v = Messages(large, 0, FullBytes)
	if len(v.Messages) != 2 || !v.Messages[1].Truncated || len(v.Messages[0].Text)+len(v.Messages[1].Text) > FullBytes || v.NextOffset != 2 || !v.Truncated {
		t.Errorf("%d messages, the next is %d", len(v.Messages), v.NextOffset)
	}
}

// TestTexts has the texts of a flow that a search reads.
func TestTexts(t *testing.T) {
	f := flow.Flow{Request: flow.Request{Scheme: "https", Authority: "a.example", Path: "/p", RawQuery: "q=1", Header: flow.Header{{Name: "A", Value: "b\x1b"}, {Name: "C", Value: "d"}},
		Body: flow.Body{Data: []byte("body"), Size: 4}}}
	names := func(list []Text) (out []string) {
		for _, x := range list {
			out = append(out, x.Name+"="+x.Text)
		}
		return out
	}
	want := []string{"url=https://a.example/p?q=1", "request_headers=A: b⟨U+001B⟩\nC: d\n", "request_body=body"}
	if got := names(Texts(&f)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	f.Response = &flow.Response{Header: flow.Header{{Name: "E", Value: "f"}}, Body: flow.Body{Data: []byte("answer"), Size: 6}}
	f.Messages = []flow.Message{{Kind: flow.Text, Data: []byte("one")}, {Kind: flow.Binary, Data: []byte{0}}, {Kind: flow.Text, Data: []byte("two")}}
	want = append(want, "response_headers=E: f\n", "response_body=answer", "messages=one\ntwo\n")
	if got := names(Texts(&f)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
