package front

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Channel is how the client of a call can ask its user.
type Channel int

// The channels.
const (
	NoChannel Channel = iota // the client declared no elicitation
	ByRequest                // by a request of the server (protocol until 2025-11-25)
	ByResult                 // by a result that asks for input (protocol from 2026-07-28)
)

// ChannelOf returns how the client of a call can be asked, from the capabilities that it declared.
// The library would ask any client.
func ChannelOf(ctx context.Context) Channel {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		if info.ClientCapabilities != nil && canShowForm(info.ClientCapabilities.Elicitation) {
			return ByResult
		}
		return NoChannel
	}
	s, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
	if ok && canShowForm(s.GetClientCapabilities().Elicitation) {
		return ByRequest
	}
	return NoChannel
}

// canShowForm reports whether a client can show forms. A capability without details means forms.
func canShowForm(c *mcp.ElicitationCapability) bool {
	return c != nil && (c.Form != nil || c.URL == nil)
}

// MaxQuestions bounds the questions that wait for an answer from one caller. A person cannot judge
// more at once.
const MaxQuestions = 8

// AnswerTimeout is how long a person may take to answer while the client waits. Clients give up a
// call after 60 seconds (the default of the TypeScript SDK), in spite of progress notifications.
const AnswerTimeout = 50 * time.Second

// ErrTooManyQuestions is the error of a question beyond [MaxQuestions].
var ErrTooManyQuestions = fmt.Errorf("%d questions wait for an answer of the user, and no more are asked at once", MaxQuestions)

// Asker puts questions to the users of clients. The zero value is ready to use. It is safe for
// concurrent use.
type Asker struct {
	mu   sync.Mutex     // guards open
	open map[string]int // questions without an answer, by caller
}

// Ask asks the user of the client by a request, while the call waits. After [AnswerTimeout] the
// error is context.DeadlineExceeded. principal names the caller.
func (q *Asker) Ask(ctx context.Context, principal string, question mcp.ElicitationParams) (*mcp.ElicitationResult, error) {
	srv := server.ServerFromContext(ctx)
	if srv == nil {
		return nil, errors.New("ask the user: the call has no server")
	}
	if !q.begin(principal) {
		return nil, ErrTooManyQuestions
	}
	defer q.end(principal)
	ctx, cancel := context.WithTimeout(ctx, AnswerTimeout)
	defer cancel()
	a, err := srv.RequestElicitation(ctx, mcp.ElicitationRequest{Params: question})
	if err == nil && a == nil {
		err = errors.New("ask the user: no answer")
	}
	return a, err
}

// begin counts one more question of a caller. It reports false if there are too many.
func (q *Asker) begin(principal string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open[principal] >= MaxQuestions {
		return false
	}
	if q.open == nil {
		q.open = make(map[string]int)
	}
	q.open[principal]++
	return true
}

func (q *Asker) end(principal string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open[principal]--; q.open[principal] == 0 {
		delete(q.open, principal)
	}
}

// AnswerID is the name of the only question of a call, and of the field in a form that may refuse.
const AnswerID = "confirm"

// Agrees reports whether an answer is a consent. Accepting the form is one unless the form itself
// refuses.
func Agrees(a *mcp.ElicitationResult) bool {
	if a.Action != mcp.ElicitationResponseActionAccept {
		return false
	}
	if m, ok := a.Content.(map[string]any); ok {
		if yes, said := m[AnswerID].(bool); said && !yes {
			return false
		}
	}
	return true
}
