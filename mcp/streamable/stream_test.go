package streamable

import (
	"testing"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

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
