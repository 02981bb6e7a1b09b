package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// seen is a redactor that shows which bodies it got, in the path of the request.
type seen struct{}

func (seen) Flow(f flow.Flow) flow.Flow {
	f.Request.Path = fmt.Sprintf("/request/%d", len(f.Request.Body.Data))
	if f.Response != nil {
		r := *f.Response
		f.Request.Path += fmt.Sprintf("/response/%d", len(r.Body.Data))
		r.Body.Size = 1
		f.Response = &r
	}
	return f
}

func (seen) Text(s string) string {
	return strings.ReplaceAll(s, "secret", "[redacted:secret:0123456789]")
}

var errBroken = errors.New("disk on fire")

// over returns a source over flows of hosts, one for each.
func over(t *testing.T, hosts ...string) *Source {
	t.Helper()
	st := storetest.NewMemory()
	for i, host := range hosts {
		f := flow.Flow{ID: flow.NewID(), Done: true, Started: time.Date(2026, 3, 1, 9, i, 0, 0, time.FixedZone("", 3600)),
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: host, Path: "/"}}
		if _, err := st.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	return New(t.Context(), Config{Store: st, Redact: seen{}, Log: slog.New(slog.DiscardHandler)})
}

// TestRow redacts short bodies for a row, since secrets in them are hidden in the URL too. The size
// is that on the wire.
func TestRow(t *testing.T) {
	s := over(t)
	for _, c := range []struct {
		request, response int
		want              string
	}{
		{0, 5, "/request/0/response/5"},
		{16384, 16384, "/request/16384/response/16384"},
		{16385, 16384, "/request/0/response/16384"},
		{16384, 16385, "/request/16384/response/0"},
	} {
		body := func(n int) flow.Body { return flow.Body{Data: make([]byte, n), Size: int64(n)} }
		f := flow.Flow{
			Request: flow.Request{Scheme: "https", Authority: "a.example", Body: body(c.request)}, Messages: make([]flow.Message, 2),
			Response: &flow.Response{Status: 200, Body: body(c.response)},
		}
		row := s.Row(&f)
		if row.URL != "https://a.example"+c.want || row.Size != int64(c.response) || row.Messages != 2 {
			t.Errorf("%d and %d bytes: %+v", c.request, c.response, row)
		}
		if len(f.Request.Body.Data) != c.request || len(f.Response.Body.Data) != c.response {
			t.Errorf("%d and %d bytes: the flow was changed", c.request, c.response)
		}
	}
	if row := s.Row(&flow.Flow{Request: flow.Request{Scheme: "https", Authority: "a.example"}}); row.URL != "https://a.example/request/0" || row.Size != 0 {
		t.Errorf("no response: %+v", row)
	}
}

// TestToolError keeps the texts of unknown errors from the caller.
func TestToolError(t *testing.T) {
	given := tool.Errorf(tool.CodeRefused, "", "no")
	for _, c := range []struct {
		err     error
		code    tool.Code
		message string
	}{
		{fmt.Errorf("x: %w", given), tool.CodeRefused, "no"},
		{&NotReady{Read: 5, Flows: 9}, tool.CodeNotReady, "the API is still being learned from the traffic: 5 flows read so far, at most 4 remain"},
		{&NotReady{Read: 5, Flows: 3}, tool.CodeNotReady, "the API is still being learned from the traffic: 5 flows read so far, at most 0 remain"},
		{fmt.Errorf("x: %w", context.Canceled), tool.CodeCancelled, "the call was cancelled"},
		{context.DeadlineExceeded, tool.CodeCancelled, "the call was cancelled"},
		{fmt.Errorf("x: %w", store.ErrNotFound), tool.CodeFlowNotFound, "the capture has no flow of this number"},
		{fmt.Errorf("x: %w", store.ErrCorrupt), tool.CodeUnreadable, "a record of the capture is corrupt"},
		{errBroken, tool.CodeInternal, "the tool failed because of a defect"},
	} {
		if e := ToolError(c.err); e.Code != c.code || e.Message != c.message {
			t.Errorf("%v: %+v", c.err, e)
		}
	}
	if got := over(t).HideSecrets(errors.New("no secret\x1b here")); got != "no [redacted:secret]⟨U+001B⟩ here" {
		t.Errorf("got %q", got)
	}
}
