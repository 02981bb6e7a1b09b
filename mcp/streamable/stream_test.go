package streamable

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// TestPushOnce keeps a message once until it is read, whatever else there is.
func TestPushOnce(t *testing.T) {
	s := newStream(0, maxKept)
	turn := s.take()
	tools, prompts := []byte(`{"method":"notifications/tools/list_changed"}`), []byte(`{"method":"notifications/prompts/list_changed"}`)
	for i := range 1000 {
		s.pushOnce("tools", tools)
		s.pushOnce("prompts", prompts)
		s.pushOnce("tools", fmt.Appendf(nil, `{"method":"notifications/tools/list_changed","params":{"x":%d}}`, i))
	}
	if len(s.texts) != 2 {
		t.Fatalf("%d messages are kept", len(s.texts))
	}
	if text, err := s.next(t.Context(), turn, 0); string(text) != string(tools) || err != nil {
		t.Fatalf("the first is %s, %v", text, err)
	}
	s.pushOnce("prompts", prompts) // not read yet
	s.pushOnce("tools", tools)     // read
	if len(s.texts) != 3 || string(s.texts[2]) != string(tools) {
		t.Errorf("after one was read, %q are kept", s.texts)
	}
	for len(s.texts[0]) < maxUnread { // a stream that takes no more says so, and not later that it did
		s.texts[0] = append(s.texts[0], make([]byte, maxUnread)...)
		s.size += maxUnread
	}
	other := []byte(`{"method":"notifications/resources/list_changed"}`)
	for range 2 {
		if s.pushOnce("resources", other) {
			t.Error("a message that was dropped counts as kept")
		}
	}
}

// TestUnreadIsBounded checks how much a stream holds of what its client does not read, that reading
// makes room, and that the answer is held in any case.
func TestUnreadIsBounded(t *testing.T) {
	s := newStream(0, 0)
	turn, large := s.take(), make([]byte, maxUnread/4-messageCost)
	for i := range 5 {
		if got := s.push(large); got != (i < 4) {
			t.Fatalf("message %d is kept: %v", i+1, got)
		}
	}
	if s.push(nil) {
		t.Error("one message more is kept")
	}
	if _, err := s.next(t.Context(), turn, 0); err != nil || !s.push(large) || s.push(nil) {
		t.Errorf("reading one message does not make room for one; %v", err)
	}
	s.finish(jsonrpc.Response("1", []byte(`{}`)), 200)
	if len(s.texts) != 5 || s.push(nil) {
		t.Errorf("%d messages are kept with the answer", len(s.texts))
	}
}

// TestManySmallMessages checks that a stream of the smallest messages takes no more memory than one
// of large ones: what each takes beside its text counts.
func TestManySmallMessages(t *testing.T) {
	s, n := newStream(0, 0), 0
	for s.push([]byte("{}")) {
		n++
	}
	if most := maxUnread / messageCost; n < most/2 || n > most {
		t.Errorf("%d messages of two bytes are kept", n)
	}
}
