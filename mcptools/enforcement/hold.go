package enforcement

import (
	"context"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/front"
)

// maxWaits bounds the calls that wait for a person at once. Others are answered as pending. It is
// below the number of calls that a client on stdio may have under way.
const maxWaits = 48

// holding says how a call is held that needs a person's approval.
func (j judged) holding(ctx context.Context, r mcp.CallToolRequest, s enforce.Subject) enforce.Holding {
	h := enforce.Holding{Recheck: j.o.Recheck, Slot: j.point.slot, Definition: func() string { return Definition(j.tool) }}
	if s.Inner != nil && s.Inner.Definition != nil {
		h.Definition = s.Inner.Definition
	}
	if r.Params.Meta != nil && r.Params.Meta.ProgressToken != nil {
		noted := 0
		h.Note = func(id string) {
			noted++
			noteWaiting(ctx, r.Params.Meta.ProgressToken, noted, id)
		}
	}
	switch front.ChannelOf(ctx) {
	case front.ByRequest:
		h.Caller.Ask = j.point.askCaller
	case front.ByResult:
		h.Caller.Answer = func(held *approval.Held) (agrees, ok bool) { return answerOf(r.Params.MultiRoundTripParams, held) }
	}
	return h
}

// slot takes a place for a call that waits.
func (p *Point) slot() (release func(), ok bool) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, true
	default:
		return nil, false
	}
}

// Definition returns the hash of a tool as lists show it.
func Definition(t mcp.Tool) string {
	raw, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	hash, _ := pin.Hash(raw) // valid JSON; a definition over 1 MiB has none
	return hash
}

// noteWaiting tells a client that asked for progress that its call waits.
func noteWaiting(ctx context.Context, token mcp.ProgressToken, progress int, id string) {
	if m := server.ServerFromContext(ctx); m != nil {
		params := map[string]any{"progressToken": token, "progress": progress, "message": "waits for a person's approval: " + id}
		m.SendNotificationToClient(ctx, string(mcp.MethodNotificationProgress), params) // a client that has gone needs none
	}
}

// askCaller asks the person who uses the client while the call waits.
func (p *Point) askCaller(ctx context.Context, h *approval.Held) (agrees, ok bool) {
	q, ok := question(h)
	if !ok {
		return false, false
	}
	a, err := p.questions.Ask(ctx, h.Grant, q)
	if err != nil {
		return false, false
	}
	return agreement(a)
}

// answerOf returns the answer that a call brings to a question that the result of an earlier one
// was. Its state names the held call, which is the same only if the call is.
func answerOf(p mcp.MultiRoundTripParams, h *approval.Held) (agrees, ok bool) {
	if p.RequestState != h.ID {
		return false, false
	}
	if a := server.ElicitationResponse(p.InputResponses, front.AnswerID); a != nil {
		return agreement(a)
	}
	return false, false
}

// agreement returns what an answer says. One that is neither a yes nor a no, such as a form that
// was closed, decides nothing: others may still approve.
func agreement(a *mcp.ElicitationResult) (agrees, ok bool) {
	return front.Agrees(a), a.Action == mcp.ElicitationResponseActionAccept || a.Action == mcp.ElicitationResponseActionDecline
}
