package natslog

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/relay"
)

// TestRefusedCredentials tells credentials that a server refuses from a server that is not there.
func TestRefusedCredentials(t *testing.T) {
	f := startFake(t, "")
	l := f.open(Config{Retry: true})
	if l.refused() {
		t.Error("the credentials are refused")
	}
	if err := failed(nil); err != nil {
		t.Error(err)
	}
	for code, conflict := range map[int]bool{10071: true, 10164: true, 10070: false, 10072: false} {
		err := failed(&jetstream.APIError{ErrorCode: jetstream.ErrorCode(code), Description: "why"})
		if errors.Is(err, relay.ErrConflict) != conflict || !strings.Contains(err.Error(), "why") {
			t.Errorf("%d: %v", code, err)
		}
	}
}
