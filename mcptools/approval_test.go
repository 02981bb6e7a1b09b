package mcptools

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/store/storetest"
)

// TestApprovalSaysWhatWouldHappen holds calls that change something until a person approves them, who
// reads what they would do. Nobody is asked for a confirmation besides, and the audit has the size
// of the answer.
func TestApprovalSaysWhatWouldHappen(t *testing.T) {
	up := newUpstream(t)
	st := storetest.NewMemory()
	read := answered(newFlow("GET", "http", up.authority(), "/a", "q=1"), 200, "text/plain", "x")
	write := read
	write.ID, write.Request.Method, write.Request.Body = flow.NewID(), http.MethodPost, plainBody("hello")
	must(st.Append(t.Context(), read, write))
	book := must(approval.Open(filepath.Join(t.TempDir(), "approvals")))
	log := filepath.Join(t.TempDir(), "audit")
	journal := must(audit.Open(log, 0))
	t.Cleanup(func() { journal.Close() })
	g := enforce.New(loadPolicy(t, `{version: 1, default: allow, tools: {"*": {require_approval: true}}}`), enforce.Config{
		Approvals: book, Wait: time.Minute, Limits: new(limit.Ledger), Audit: journal, Redactor: redact.New([]byte("k"), redact.Config{}),
	})
	c := &changer{st: st, imported: &Imported{Flows: 1}, content: "first"}
	s := connect(t, st, up.allow(), guardedBy(g), func(cfg *setup) {
		cfg.Allow.Import, cfg.Allow.Clear, cfg.Allow.Capture = c, c, c
	})
	effects := map[string]bool{}
	for _, x := range []struct {
		tool    string
		args    object
		effect  string
		approve bool
	}{
		{"replay_flow", object{"flow_id": 1}, "replay_flow would send GET " + up.URL + "/a?q=1", true},
		{"replay_flow", object{"flow_id": 2, "timeout": 5}, "replay_flow would send POST " + up.URL + "/a?q=1", false},
		{"replay_flow", object{"flow_id": 2}, "replay_flow would send POST " + up.URL + "/a?q=1", true},
		{"load_traffic_file", object{"file_path": "a.har", "append": true}, "load_traffic_file would add the flows in a file to the capture. (digest ", true},
		{"load_traffic_file", object{"file_path": "a.har"}, "load_traffic_file would replace all 2 captured flows by those in a file. (digest ", true},
		{"start_proxy", nil, "start_proxy would start a proxy that records traffic on 127.0.0.1:8080. (digest ", true},
		{"clear_traffic", nil, "clear_traffic would delete all 2 captured flows. (digest ", true},
		{"load_traffic_file", object{"file_path": "a.har"}, "load_traffic_file would fill the empty capture from a file. (digest ", true},
	} {
		before := len(up.requests())
		answer := make(chan string, 1)
		go func() { answer <- s.answer(x.tool, x.args) }()
		h := waiting(t, book, answer)
		if !strings.HasPrefix(h.Effect, x.effect) || h.Tool != x.tool {
			t.Errorf("%s %v: %s would do %q", x.tool, x.args, h.Tool, h.Effect)
		}
		if len(up.requests()) != before {
			t.Errorf("%s %v: sent before the approval", x.tool, x.args)
		}
		effects[h.Effect] = true
		must(book.Decide(h.ID, h.Digest, approval.Decision{By: "user:anna", Approve: x.approve, Channel: approval.Terminal}, time.Now()))
		if got := <-answer; strings.Contains(got, `"isError":true`) == x.approve {
			t.Errorf("%s %v: %s", x.tool, x.args, got)
		}
		if sent := len(up.requests()) - before; sent > 0 != (x.approve && x.tool == "replay_flow") {
			t.Errorf("%s %v: %d requests", x.tool, x.args, sent)
		}
	}
	if c.request.Digest != "first" {
		t.Errorf("an approved import may be of another file: %+v", c.request)
	}
	// A call with other content of the same file is another.
	c.content = "second"
	answer := make(chan string, 1)
	go func() { answer <- s.answer("load_traffic_file", object{"file_path": "a.har"}) }()
	if h := waiting(t, book, answer); effects[h.Effect] {
		t.Errorf("the effect is that of another content: %s", h.Effect)
	}
	outcomes := map[string]int{}
	if err := audit.Read(t.Context(), log, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		if r.Outcome != "" {
			outcomes[r.Outcome]++
			if r.Size < 20 {
				t.Errorf("the answer of %s has %d bytes", r.Name, r.Size)
			}
		}
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	if outcomes["result"] != 7 {
		t.Errorf("outcomes: %v", outcomes)
	}
}

// waiting returns the only call that waits, when there is one. The call must not be answered before.
func waiting(t *testing.T, book *approval.Book, answer <-chan string) approval.Held {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		all := must(book.List(time.Now()))
		for _, h := range all {
			if h.State == approval.Waiting {
				return h
			}
		}
		select {
		case <-ctx.Done():
		case got := <-answer:
			t.Fatalf("no call waits: %s", got)
		case <-time.After(2 * time.Millisecond):
		}
	}
	t.Fatal("no call waits")
	return approval.Held{}
}
