package mcptools

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/view"
)

func socketFlow(texts ...string) flow.Flow {
	f := answered(newFlow("GET", "https", "ws.example", "/live", ""), 101, "", "")
	for i, text := range texts {
		f.Messages = append(f.Messages, flow.Message{At: time.Duration(i) * time.Second, FromClient: i%2 == 0, Kind: flow.Text, Data: []byte(text), Size: int64(len(text))})
	}
	return f
}

// WebSocket messages are shown, searched and traced like bodies, without their secrets.
func TestMessages(t *testing.T) {
	f := socketFlow(`{"type":"auth","token":"swordfish7x"}`, `{"type":"welcome","room":{"id":"r-4711"}}`, "plain \u202e text", strings.Repeat("x", 3000))
	f.Messages = append(f.Messages,
		flow.Message{Kind: flow.Binary, Data: []byte{0, 1, 2, 0xff}, Size: 9, Truncated: true},
		flow.Message{Kind: flow.Close, FromClient: true, Data: []byte("\x03\xe8done"), Size: 6})
	s := connect(t, newStore(t, f, answered(newFlow("GET", "https", "ws.example", "/rooms/r-4711", ""), 200, "", "")))
	got := list(t, s.fine("inspect_flows", object{"flow_ids": 1}), "flows")[0]["messages"].(object)
	all := list(t, got, "list")
	if got["total"] != 6.0 || len(all) != 6 {
		t.Fatalf("got %v", got)
	}
	if text := fmt.Sprint(all[0]["text"]); strings.Contains(text, "swordfish") || !strings.Contains(text, "[redacted:secret:") || all[0]["from"] != "client" {
		t.Errorf("the first is %v", all[0])
	}
	if all[2]["text"] != "plain ⟨U+202E⟩ text" || all[2]["at_ms"] != 2000.0 {
		t.Errorf("the third is %v", all[2])
	}
	if text := all[3]["text"].(string); len(text) != view.PreviewBytes || all[3]["truncated"] != true {
		t.Errorf("the long one shows %d bytes", len(text))
	}
	if all[4]["text"] != nil || all[4]["kind"] != "binary" || all[4]["size"] != 9.0 || all[5]["text"] != "done" || all[5]["kind"] != "close" {
		t.Errorf("the last are %v", all[4:])
	}
	full := list(t, s.fine("inspect_flows", object{"flow_ids": 1, "full_body": true, "message_offset": 3}), "flows")[0]["messages"].(object)
	if all := list(t, full, "list"); len(all) != 3 || len(all[0]["text"].(string)) != 3000 || full["offset"] != 3.0 {
		t.Errorf("from the fourth on: %v", full)
	}
	hits := list(t, s.fine("search_traffic", object{"query": "WELCOME"}), "flows")
	if len(hits) != 1 || hits[0]["matched_in"] != "messages" || hits[0]["messages"] != 6.0 {
		t.Errorf("found %v", hits)
	}
	if n := len(list(t, s.fine("search_traffic", object{"query": "swordfish"}), "flows")); n != 0 {
		t.Error("a secret in a message is found")
	}
	trace := s.fine("find_value", object{"value": "r-4711"})
	origin := trace["origin"].(object)
	if origin["place"] != "message" || origin["name"] != "2/room/id" || origin["side"] != "response" || len(list(t, trace, "occurrences")) != 2 {
		t.Errorf("traced to %v", trace)
	}
}
