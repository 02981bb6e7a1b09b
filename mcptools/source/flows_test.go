package source

import (
	"context"
	"errors"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// held is a redactor that reports when it begins, and waits for a signal.
type held struct{ began, release chan struct{} }

func (h held) Flow(f flow.Flow) flow.Flow {
	if isLarge(&f) {
		h.began <- struct{}{}
		<-h.release
	}
	return f
}

func (held) Text(s string) string { return s }

// oneLarge is a store with a large flow and a small one, 2.
type oneLarge struct{ store.Reader }

func (oneLarge) Get(_ context.Context, id flow.Seq) (flow.Flow, error) {
	if id == 2 {
		return flow.Flow{Seq: id}, nil
	}
	return flow.Flow{Seq: id, Request: flow.Request{Body: flow.Body{Data: make([]byte, largeBody+1)}}}, nil
}

// TestLargeFlowsWait checks how many large flows are redacted at once, however many calls there are,
// that a call whose client has left does not begin, and that small flows do not wait.
func TestLargeFlowsWait(t *testing.T) {
	h := held{make(chan struct{}, 2*maxLarge), make(chan struct{})}
	s := &Source{Config: Config{Store: oneLarge{}, Redact: h}, large: make(chan struct{}, maxLarge)}
	done := make(chan error, 2*maxLarge)
	for range maxLarge {
		go func() {
			_, err := s.Flow(t.Context(), 1)
			done <- err
		}()
		<-h.began
	}
	gone, leave := context.WithCancel(t.Context())
	for range maxLarge {
		go func() {
			_, err := s.Flow(gone, 1)
			done <- err
		}()
	}
	if f, err := s.Flow(t.Context(), 2); err != nil || f.Seq != 2 {
		t.Errorf("a small flow waits: %v", err)
	}
	leave()
	for range maxLarge {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("a call whose client has left: %v", err)
		}
	}
	close(h.release)
	for range maxLarge {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Flow(t.Context(), 1); err != nil || len(h.began) != 1 {
		t.Errorf("%d flows are redacted in place of one: %v", len(h.began), err)
	}
}
