package front

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// AnswerTimeout is how long a person may take to answer while the client waits. Clients give up a
// call after 60 seconds (the default of the TypeScript SDK), in spite of progress notifications.
const AnswerTimeout = 50 * time.Second

// AnswerID is the name of the only question of a call, and of the field in a form that may refuse.
const AnswerID = subject.Confirm

// askerOf returns how the person who uses the client of a call can be asked, from the capabilities
// that the client declared: by a request of the server (protocol until 2025-11-25), by the result
// of the call (from 2026-07-28), or not at all.
func (c *connection) askerOf(s *session, principal string, m *jsonrpc.Message) enforce.Asker {
	if s.optIn { // a stateless call
		members, meta := jsonrpc.MetaOf(m.Params)
		if !jsonrpc.ShowsForms(rawjson.Get(meta, jsonrpc.MetaCapabilities)) {
			return enforce.Asker{}
		}
		return enforce.Asker{Answer: func(id string) enforce.Answer { return answerIn(members, id) }}
	}
	if e := s.GetClientCapabilities().Elicitation; e == nil || e.Form == nil && e.URL != nil { // without details it means forms
		return enforce.Asker{}
	}
	return enforce.Asker{Ask: func(ctx context.Context, text string) (enforce.Answer, error) {
		if !c.asking.begin(principal) {
			return enforce.NoAnswer, enforce.ErrTooManyQuestions
		}
		defer c.asking.end(principal)
		ctx, cancel := context.WithTimeout(ctx, AnswerTimeout)
		defer cancel()
		a, err := s.RequestElicitation(ctx, mcp.ElicitationRequest{Params: mcp.ElicitationParams{
			Mode: mcp.ElicitationModeForm, Message: visible.Text(text), RequestedSchema: emptyForm,
		}})
		if err != nil {
			return enforce.NoAnswer, err
		}
		raw, err := json.Marshal(a)
		return subject.Agreement(raw), err
	}}
}

var emptyForm = map[string]any{"type": "object", "properties": map[string]any{}}

// answerIn returns the answer that the parameters of a call have to the question about a held call.
func answerIn(members []rawjson.Member, id string) enforce.Answer {
	if rawjson.String(rawjson.Get(members, jsonrpc.MemberState)) != id {
		return enforce.NoAnswer
	}
	answer := rawjson.At(rawjson.Get(members, jsonrpc.MemberResponses), AnswerID)
	if answer == nil {
		return enforce.NoAnswer
	}
	return subject.Agreement(answer)
}

// openQuestions counts the questions that wait for an answer, by caller. The zero value is ready.
type openQuestions struct {
	mu   sync.Mutex // guards open
	open map[string]int
}

// begin counts one more question of a caller. It reports false if there are too many.
func (q *openQuestions) begin(principal string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open[principal] >= enforce.MaxQuestions {
		return false
	}
	if q.open == nil {
		q.open = make(map[string]int)
	}
	q.open[principal]++
	return true
}

func (q *openQuestions) end(principal string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open[principal]--; q.open[principal] == 0 {
		delete(q.open, principal)
	}
}
