package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestMCPIsLive checks that tools see a recorded flow at once and that subscribers are notified,
// whether the server or the proxy started first. On a busy machine several flows may be seen late.
func TestMCPIsLive(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	up, upstreamCA := upstreamServer(t)
	host := strings.TrimPrefix(up.URL, "https://")
	dir := t.TempDir()
	db, caDir := filepath.Join(dir, "flows.db"), filepath.Join(dir, "ca")
	first := runProxy(t, db, caDir, upstreamCA)
	first.get(up.URL + "/before")
	first.stop()

	agent := runAgent(t, "--db", db) // reads the file, which no process owns
	cursor := fmt.Sprint(agent.call("get_traffic_summary", map[string]any{})["new_cursor"])
	agent.request("initialize", map[string]any{"protocolVersion": "2025-11-25", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "t", "version": "1"}})
	agent.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/initialized"})
	for id := range 100 {
		agent.request("resources/subscribe", map[string]any{"uri": fmt.Sprint("spectap://flow/", id)})
	}
	agent.request("resources/subscribe", map[string]any{"uri": "spectap://spec/" + host})
	proxy := runProxy(t, db, caDir, upstreamCA)
	const atOnce = time.Second / 2 // a server that asks needs a second
	seen, notified := time.Hour, time.Hour
	for i := 0; i < 3 || notified > atOnce && i < 60; i++ {
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
		agent.waitNotified("spectap://flow/" + id)
		notified = min(notified, time.Since(start))
	}
	agent.waitNotified("spectap://spec/" + host)
	if notified > atOnce {
		t.Errorf("at best seen %v and notified %v after the end of the response", seen, notified)
	}
}
