package browser

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// countedReader counts the bytes read from an endless response.
type countedReader struct{ n int }

func (r *countedReader) Read(p []byte) (int, error) {
	r.n += len(p)
	for i := range p {
		p[i] = '1'
	}
	return len(p), nil
}

// A length that does not end is refused, and not kept.
func TestEndlessLength(t *testing.T) {
	r := &countedReader{}
	m := marionette{w: io.Discard, r: bufio.NewReader(io.LimitReader(r, 64<<20))}
	if _, err := m.read(); err == nil || !strings.Contains(err.Error(), "invalid length") || r.n > 1<<16 {
		t.Errorf("%d bytes read: %v", r.n, err)
	}
}

// FuzzMarionette searches for responses of a browser that crash the process or are taken for
// another response.
func FuzzMarionette(f *testing.F) {
	f.Add(`50:{"applicationType":"gecko","marionetteProtocol":3}17:[1,1,null,{"a":1}]`)
	f.Add(`22:[1,1,{"error":"x"},{}]`)
	f.Add(`17:[1,1,null,{"a":1}`)
	f.Add(`-1:`)
	f.Add(`1048577:`)
	f.Fuzz(func(t *testing.T, answer string) {
		m := marionette{w: io.Discard, r: bufio.NewReader(strings.NewReader(answer))}
		if err := m.call("x", nil); err == nil && !strings.Contains(answer, "[") {
			t.Errorf("%q is taken for an answer", answer)
		}
	})
}
