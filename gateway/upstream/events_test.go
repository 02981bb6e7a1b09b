package upstream

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/egress"
)

// FuzzEvents reads any stream of events. What comes out is bounded, and ids can be sent back.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("id: 1\nevent: message\nretry: 10\ndata: {\"a\":\ndata: 1}\n\n: comment\r\ndata:x\r\n\r\n"))
	f.Add([]byte("data: \n\nid: a\x00b\nretry: -1\nevent: other\ndata: x\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e := &eventReader{max: 100}
		e.start(bytes.NewReader(data))
		for n := 0; ; n++ {
			text, err := e.next()
			if err != nil {
				break
			}
			if len(text) > 110 || len(bytes.TrimSpace(text)) == 0 || n > len(data) {
				t.Fatalf("event %d is %q", n, text)
			}
			if egress.CheckHeader("Last-Event-ID", e.last) != nil || e.retry < 0 {
				t.Fatalf("the id is %q, the pause %v", e.last, e.retry)
			}
		}
	})
}
