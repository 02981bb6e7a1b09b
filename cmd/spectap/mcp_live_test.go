package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestMCPIsLive checks that tools see a recorded flow at once, whether the server or the proxy
// started first. On a busy machine several flows may be seen late.
func TestMCPIsLive(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	up, upstreamCA := upstreamServer(t)
	dir := t.TempDir()
	db, caDir := filepath.Join(dir, "flows.db"), filepath.Join(dir, "ca")
	first := runProxy(t, db, caDir, upstreamCA)
	first.get(up.URL + "/before")
	first.stop()

	agent := runAgent(t, "--db", db) // reads the file, which no process owns
	cursor := fmt.Sprint(agent.call("get_traffic_summary", map[string]any{})["new_cursor"])
	proxy := runProxy(t, db, caDir, upstreamCA)
	const atOnce = time.Second / 2 // a server that asks needs a second
	seen := time.Hour
	for i := 0; i < 3 || seen > atOnce && i < 60; i++ {
		proxy.get(fmt.Sprintf("%s/items/%d", up.URL, i))
		start := time.Now()
		id := ""
		for id == "" {
			news := agent.call("get_traffic_summary", map[string]any{"cursor": cursor})
			cursor = fmt.Sprint(news["new_cursor"])
			for _, f := range news["flows"].([]any) {
				row := f.(map[string]any)
				if row["status_code"] == 200.0 && strings.HasSuffix(fmt.Sprint(row["url"]), fmt.Sprintf("/items/%d", i)) {
					id = fmt.Sprint(row["flow_id"])
				}
			}
			if time.Since(start) > time.Minute {
				t.Fatal("a flow is not seen")
			}
		}
		seen = min(seen, time.Since(start))
	}
	if seen > atOnce {
		t.Errorf("at best seen %v after the end of the response", seen)
	}
}
