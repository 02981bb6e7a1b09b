package mcptools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/store"
)

// person is a user who answers every question with the same action.
type person struct {
	action mcp.ElicitationResponseAction
	asked  []string
}

func (p *person) Elicit(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.asked = append(p.asked, r.Params.Message)
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: p.action}}, nil
}

// If the client supports elicitation, the person decides and the model's __confirmed does not
// count, in both protocol eras.
func TestPersonDecides(t *testing.T) {
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		for _, c := range []struct {
			action mcp.ElicitationResponseAction
			left   int64
		}{{mcp.ElicitationResponseActionDecline, 5}, {mcp.ElicitationResponseActionCancel, 5}, {mcp.ElicitationResponseActionAccept, 0}} {
			t.Run(revision+" "+string(c.action), func(t *testing.T) {
				st := newStore(t, shopFlows(t)[:5]...)
				who := &person{action: c.action}
				cl := asks(t, st, revision, who)
				var r mcp.CallToolRequest
				r.Params.Name, r.Params.Arguments = "clear_traffic", object{"__confirmed": true}
				res := must(cl.CallTool(t.Context(), r))
				stat := must(st.Stat(t.Context()))
				if stat.Flows != c.left || res.IsError != (c.left > 0) {
					raw, _ := json.Marshal(res)
					t.Errorf("%d flows are left, want %d: %s", stat.Flows, c.left, raw)
				}
				if len(who.asked) != 1 || !strings.Contains(who.asked[0], "delete all 5 captured flows") {
					t.Errorf("asked was %q", who.asked)
				}
			})
		}
	}
}

// asks connects a client with a user over stdio to a server that may clear its store.
func asks(t *testing.T, st store.Store, revision string, who client.ElicitationHandler, change ...func(*setup)) *client.Client {
	t.Helper()
	mayClear := func(c *setup) { c.Allow.Clear = &changer{st: st} }
	c := newSetup(st, redact.New([]byte("k"), redact.Config{}), append([]func(*setup){mayClear}, change...))
	_, guarded := c.serve(t)
	return dial(t, guarded, revision, client.WithElicitationHandler(who))
}
