package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplayIsStored checks that requests of an agent are recorded, with a proxy that owns the
// store and without.
func TestReplayIsStored(t *testing.T) {
	up, upstreamCA := echoServer(t)
	dir, err := os.MkdirTemp("", "s") // short, since the path of a socket is limited
	noError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	db := filepath.Join(dir, "flows.db")
	p := runProxy(t, db, filepath.Join(dir, "ca"), upstreamCA)
	p.get(up.URL + "/a")
	a := runAgent(t, "--db", db, "--allow", "send", "--send-to", up.URL, "--upstream-ca", upstreamCA)
	for _, stop := range []func(){func() {}, p.stop} {
		stop()
		sent := a.call("replay_flow", map[string]any{"flow_id": 1})
		if sent["status_code"] != 200.0 {
			t.Errorf("got %v", sent)
		}
		if got := a.call("inspect_flows", map[string]any{"flow_ids": sent["flow_id"]}); !strings.Contains(fmt.Sprint(got), "source:replay") {
			t.Errorf("got %v", got)
		}
	}
	var listed bytes.Buffer
	if s := run(context.Background(), []string{"flows", "ls", "--db", db, "--count"}, nil, &listed, &listed); s != 0 || listed.String() != "3\n" {
		t.Errorf("flows ls: %d, %s", s, &listed)
	}
}
