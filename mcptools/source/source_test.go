package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/search"
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

// broken is a store that cannot be read.
type broken struct{ store.Store }

var errBroken = errors.New("disk on fire")

func (broken) Stat(context.Context) (store.Stat, error) { return store.Stat{}, errBroken }

func (broken) Get(context.Context, flow.Seq) (flow.Flow, error) { return flow.Flow{}, errBroken }

func (broken) Scan(context.Context, store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, errBroken) }
}

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

func overBroken(t *testing.T) *Source {
	return New(t.Context(), Config{Store: broken{}, Redact: seen{}, Log: slog.New(slog.DiscardHandler)})
}

// TestHosts selects hosts by a domain, and names the captured ones in an error.
func TestHosts(t *testing.T) {
	s := over(t, "b.example", "a.example:8443", "other.test", "b.example")
	for domain, want := range map[string][]string{
		"": nil, "*": nil, " ": nil, "example": {"a.example:8443", "b.example"}, "https://B.example/x": {"b.example"}, "a.example": {"a.example:8443"},
	} {
		if got, err := s.Hosts(t.Context(), domain); err != nil || !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q: %v, %v", domain, got, err)
		}
	}
	for domain, want := range map[string]*tool.Error{
		"none.example": {Code: tool.CodeUnknownHost, Argument: "domain", Hint: "the captured hosts are a.example:8443, b.example, other.test"},
		"a.example:1":  {Code: tool.CodeUnknownHost, Argument: "domain", Hint: "the captured hosts are a.example:8443, b.example, other.test"},
	} {
		_, err := s.Hosts(t.Context(), domain)
		if e := ToolError(err); e.Code != want.Code || e.Argument != want.Argument || e.Hint != want.Hint {
			t.Errorf("%q: %+v", domain, e)
		}
	}
	if _, err := over(t).Hosts(t.Context(), ""); ToolError(err).Code != tool.CodeNothingCaptured {
		t.Errorf("an empty capture: %v", err)
	}
	if _, err := overBroken(t).Hosts(t.Context(), ""); !errors.Is(err, errBroken) {
		t.Errorf("a broken store: %v", err)
	}
}

// TestNewest yields flows of hosts until the time is over, but not before the second flow.
func TestNewest(t *testing.T) {
	s := over(t, "a.example", "b.example", "c.example", "A.example", "a.example")
	late, soon := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for _, c := range []struct {
		name  string
		hosts []string
		from  flow.Seq
		end   time.Time
		want  []flow.Seq
		next  flow.Seq // of the error
	}{
		{"all", nil, 0, soon, []flow.Seq{5, 4, 3, 2, 1}, 0},
		{"from a record", nil, 3, soon, []flow.Seq{3, 2, 1}, 0},
		{"two hosts", []string{"b.example", "c.example"}, 0, soon, []flow.Seq{3, 2}, 0},
		{"host in other case", []string{"a.example", "b.example"}, 0, soon, []flow.Seq{5, 4, 2, 1}, 0},
		{"one host", []string{"a.example"}, 0, soon, []flow.Seq{5, 1}, 0},
		{"no time", nil, 0, late, []flow.Seq{5}, 4},
		{"no time, and the first is of another host", []string{"b.example", "c.example"}, 0, late, nil, 4},
		{"the last", nil, 1, late, []flow.Seq{1}, 0},
	} {
		var got []flow.Seq
		next := flow.Seq(0)
		for f, err := range s.Newest(t.Context(), c.hosts, c.from, c.end) {
			var timeout *TimeoutError
			if errors.As(err, &timeout) {
				next = timeout.Next
			} else if err != nil {
				t.Fatal(err)
			} else {
				got = append(got, f.Seq)
			}
		}
		if !slices.Equal(got, c.want) || next != c.next {
			t.Errorf("%s: %v, then %d; want %v, then %d", c.name, got, next, c.want, c.next)
		}
	}
	for f := range s.Newest(t.Context(), nil, 0, soon) {
		if f.Seq != 5 {
			t.Errorf("flow %d after the caller had enough", f.Seq)
		}
		break
	}
	n := 0
	for _, err := range overBroken(t).Newest(t.Context(), nil, 0, late) {
		if n++; !errors.Is(err, errBroken) || n > 1 {
			t.Errorf("a broken store: %v", err)
		}
	}
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

// TestStarted says when the capture begins and ends, in UTC.
func TestStarted(t *testing.T) {
	s := over(t, "a.example", "b.example", "c.example")
	for newest, want := range map[bool]string{true: "2026-03-01T08:02:00Z", false: "2026-03-01T08:00:00Z"} {
		if got, err := s.Started(t.Context(), newest); got != want || err != nil {
			t.Errorf("newest %t: %q, %v", newest, got, err)
		}
	}
	if got, err := over(t).Started(t.Context(), true); got != "" || err != nil {
		t.Errorf("an empty capture: %q, %v", got, err)
	}
	if _, err := overBroken(t).Started(t.Context(), true); !errors.Is(err, errBroken) {
		t.Errorf("a broken store: %v", err)
	}
}

// TestFlow says that a flow is missing, and passes other errors on.
func TestFlow(t *testing.T) {
	s := over(t, "a.example")
	if f, row, err := s.FlowAndRow(t.Context(), 1); err != nil || f.Request.Path != "/request/0" || row.FlowID != 1 {
		t.Errorf("%+v, %+v, %v", f, row, err)
	}
	if _, err := s.Flow(t.Context(), 2); ToolError(err).Code != tool.CodeFlowNotFound || !strings.Contains(err.Error(), "no flow 2") {
		t.Error(err)
	}
	if _, err := overBroken(t).Flow(t.Context(), 1); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

// TestProgressTexts says how to continue a search.
func TestProgressTexts(t *testing.T) {
	for _, c := range []struct {
		p    Progress
		want string
	}{
		{Progress{Complete: true, NextCursor: "x"}, ""},
		{Progress{Searched: 9, Total: 9}, "This result is not complete: call show again, which waits for the rest."},
		{Progress{Searched: 8, Total: 9}, "8 of 9 flows were examined so far; the search continues in the background: call show again, which waits for the rest."},
		{Progress{Searched: 9, Total: 9, NextCursor: "x"}, "The search is not complete: 9 flows examined for this page, about 0 of 9 remain. " +
			"Call show again with the same arguments and cursor x to continue."},
		{Progress{Searched: 3, Left: 6, Total: 9, NextCursor: "x", full: true}, "This page is full; about 6 of 9 flows remain. " +
			"Call show again with the same arguments and cursor x for the next page."},
	} {
		if got := c.p.Continuation("show"); got != c.want {
			t.Errorf("%+v: %q", c.p, got)
		}
	}
}

// TestProgressOf counts what is left of a search in both directions.
func TestProgressOf(t *testing.T) {
	s := over(t, "1", "2", "3", "4", "5", "6", "7", "8", "9")
	if err := s.Index.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		page search.Page[int]
		down bool
		left int64
		full bool
	}{
		{search.Page[int]{Items: []int{1, 2}, Examined: 5, Done: true, Next: 4}, true, 0, true},
		{search.Page[int]{Items: []int{1, 2}, Examined: 5, Next: 4}, true, 3, true},
		{search.Page[int]{Items: []int{1}, Examined: 5, Next: 1}, true, 0, false},
		{search.Page[int]{}, true, 9, false},
		{search.Page[int]{Items: []int{1, 2, 3}, Examined: 5, Next: 4}, false, 5, true},
		{search.Page[int]{}, false, 9, false},
	} {
		p, err := ProgressOf(t.Context(), s, c.page, []string{"k"}, c.down, 2)
		if err != nil || p.Left != c.left || p.full != c.full || p.Total != 9 || p.Searched != c.page.Examined || p.Complete != c.page.Done || (p.NextCursor == "") != c.page.Done {
			t.Errorf("%+v, down %t: %+v, %v", c.page, c.down, p, err)
		}
		if next, err := tool.ReadCursor(p.NextCursor, "k"); err != nil || !c.page.Done && next != c.page.Next {
			t.Errorf("%+v continues at %d, %v", c.page, next, err)
		}
	}
	if _, err := ProgressOf(t.Context(), overBroken(t), search.Page[int]{}, nil, true, 2); !errors.Is(err, errBroken) {
		t.Errorf("a broken store: %v", err)
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

// documents keeps what it was asked for.
type documents struct {
	Documenter
	asked DocumentRequest
	err   error
}

func (d *documents) Read() int64 { return 0 }

func (d *documents) Document(_ context.Context, r DocumentRequest) (DocumentResult, error) {
	d.asked = r
	return DocumentResult{Note: "x"}, d.err
}

// TestInferred waits for a document as long as the call may take, or as the request says if that is
// less.
func TestInferred(t *testing.T) {
	s := over(t, "a.example", "b.example")
	d := &documents{}
	s.Documents, s.Wait = d, time.Minute
	for wait, want := range map[time.Duration]time.Duration{0: time.Minute, time.Second: time.Second, time.Hour: time.Minute} {
		if got, err := s.Inferred(t.Context(), DocumentRequest{Wait: wait}); err != nil || got.Note != "x" || d.asked.Wait != want {
			t.Errorf("%v: %v, %v", wait, d.asked.Wait, err)
		}
	}
	var learning *NotReady
	d.err = &NotReady{Read: 1}
	if _, err := s.Inferred(t.Context(), DocumentRequest{}); !errors.As(err, &learning) || learning.Flows != 2 {
		t.Errorf("%+v, %v", learning, err)
	}
	b := overBroken(t)
	b.Documents, d.err = d, &NotReady{Read: 1}
	if _, err := b.Inferred(t.Context(), DocumentRequest{}); !errors.As(err, &learning) || learning.Flows != 0 {
		t.Errorf("%+v, %v", learning, err)
	}
}

// TestTimeLeft is what is left of the time of a call, and never nothing.
func TestTimeLeft(t *testing.T) {
	s := over(t)
	if s.CallTime() != 5*time.Second || s.TimeLeft(t.Context()) != 5*time.Second {
		t.Errorf("a call takes %v", s.CallTime())
	}
	s.Wait = time.Minute
	if s.CallTime() != time.Minute || s.TimeLeft(t.Context()) != time.Minute {
		t.Errorf("a call takes %v", s.CallTime())
	}
	within := func(end time.Time) context.Context {
		return tool.WithCall(t.Context(), tool.NewCall("show", mcp.CallToolParams{}, nil, end))
	}
	if left := s.TimeLeft(within(time.Now().Add(-time.Hour))); left != 1 {
		t.Errorf("a call that is late has %v", left)
	}
	if left := s.TimeLeft(within(time.Now().Add(2 * time.Hour))); left <= time.Hour || left > 2*time.Hour {
		t.Errorf("a call with two hours has %v", left)
	}
}
