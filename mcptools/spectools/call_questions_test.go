package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/enforce"
)

// waiting is a person who answers no question until the calls beyond the bound have ended.
type waiting struct{ asked, answer chan struct{} }

func (w waiting) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	w.asked <- struct{}{}
	<-w.answer
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionDecline}}, nil
}

// TestOpenQuestions asks a person no more than enforce.MaxQuestions questions at once.
func TestOpenQuestions(t *testing.T) {
	a := newAPI(t)
	w := waiting{make(chan struct{}, 100), make(chan struct{})}
	c := connect(t, newSet(t, shown, Options{BaseURL: a.URL}), false, client.WithElicitationHandler(w))
	change := func(n int) *mcp.CallToolResult {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = "change", json.RawMessage(fmt.Sprintf(`{"id":"%d"}`, n))
		res, err := c.CallTool(context.Background(), r)
		if err != nil {
			t.Error(err)
		}
		return res
	}
	var wg sync.WaitGroup
	for n := range enforce.MaxQuestions {
		wg.Go(func() { change(n) })
	}
	for range enforce.MaxQuestions {
		<-w.asked
	}
	res := make(chan *mcp.CallToolResult, 1)
	wg.Go(func() { res <- change(99) })
	select {
	case <-w.asked:
		t.Error("one more question was asked")
		close(w.answer)
	case r := <-res:
		if got := readReply(t, r); got.code() != codeAuthorization {
			t.Errorf("got %v", got.Raw)
		}
		close(w.answer)
	}
	wg.Wait()
	change(100)
	if len(w.asked) != 1 || len(a.requests()) != 0 {
		t.Errorf("%d questions after the answers, %d requests", len(w.asked), len(a.requests()))
	}
}
