package capture

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestEngineLog checks that messages of goproxy are logged without their arguments, which have
// queries.
func TestEngineLog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	engineLog{log}.Printf("a request to %s failed\n", "https://a.example/?token=hunter2")
	if got := out.String(); !strings.Contains(got, `message="a request to %s failed"`) || strings.Contains(got, "hunter2") {
		t.Errorf("logged %s", got)
	}
}
