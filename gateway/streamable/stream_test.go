package streamable

import (
	"testing"

	"github.com/spectap/spectap/gateway/jsonrpc"
)

// TestPushOnce keeps a message once until it is read, whatever else there is.
func TestPushOnce(t *testing.T) {
	s := newStream(0, maxKept)
	turn := s.take()
	tools, prompts := []byte(`{"method":"notifications/tools/list_changed"}`), []byte(`{"method":"notifications/prompts/list_changed"}`)
	for range 1000 {
		s.pushOnce(tools)
		s.pushOnce(prompts)
	}
	if len(s.texts) != 2 {
		t.Fatalf("%d messages are kept", len(s.texts))
	}
	if text, err := s.next(t.Context(), turn, 0); string(text) != string(tools) || err != nil {
		t.Fatalf("the first is %s, %v", text, err)
	}
	s.pushOnce(prompts) // not read yet
	s.pushOnce(tools)   // read
	if len(s.texts) != 3 || string(s.texts[2]) != string(tools) {
		t.Errorf("after one was read, %q are kept", s.texts)
	}
	for len(s.texts[0]) < maxUnread { // a stream that takes no more says so, and not later that it did
		s.texts[0] = append(s.texts[0], make([]byte, maxUnread)...)
		s.size += maxUnread
	}
	other := []byte(`{"method":"notifications/resources/list_changed"}`)
	for range 2 {
		if s.pushOnce(other) {
			t.Error("a message that was dropped counts as kept")
		}
	}
}

// TestUnreadIsBounded checks how much a stream holds of what its client does not read, that reading
// makes room, and that the answer is held in any case.
func TestUnreadIsBounded(t *testing.T) {
	s := newStream(0, 0)
	turn, large := s.take(), make([]byte, maxUnread/4)
	for i := range 5 {
		if got := s.push(large); got != (i < 4) {
			t.Fatalf("message %d is kept: %v", i+1, got)
		}
	}
	if s.push([]byte("x")) {
		t.Error("one byte more is kept")
	}
	if _, err := s.next(t.Context(), turn, 0); err != nil || !s.push(large) || s.push([]byte("x")) {
		t.Errorf("reading one message does not make room for one; %v", err)
	}
	s.finish(jsonrpc.Response("1", []byte(`{}`)), 200)
	if len(s.texts) != 5 || s.push(nil) {
		t.Errorf("%d messages are kept with the answer", len(s.texts))
	}
}
