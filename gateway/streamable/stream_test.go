package streamable

import "testing"

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
