package mcptools

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/forgery"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// sentResult is the response to a request that was sent again.
type sentResult struct {
	tool.Untrusted
	Method  string        `json:"method"`
	URL     string        `json:"url"`
	Status  int           `json:"status_code"`
	TookMS  int64         `json:"took_ms"`
	Headers []view.Header `json:"headers"`
	// The Location is in the headers.
	NotFollowed string    `json:"not_followed,omitempty"` // why the redirect was not followed
	Refused     string    `json:"refused,omitempty"`      // why the app took the request for a forged one
	Body        view.Body `json:"body"`
	FlowID      flow.Seq  `json:"flow_id,omitempty"`  // the number of the stored flow
	NotStored   string    `json:"not_kept,omitempty"` // why the flow was not stored
}

// All returns the tools.
func (s *sendTools) All() []tool.Tool {
	name := tool.Param{Name: "name", Kind: tool.String, MaxLength: 60, Required: true,
		Doc: "letters, digits and _; replay_flow replaces $name and ${name} in headers_json and body"}
	return []tool.Tool{
		tool.New("set_session_variable", "Store a value",
			"Stores a text for later requests. Each client has its own variables until its session ends.",
			[]tool.Param{name, {Name: "value", Kind: tool.String, Required: true, Doc: "the text"}},
			s.setVariable).WithEffect(tool.Effect{Idempotent: true}),
		tool.New("extract_session_variable", "Store a value of a flow",
			"Stores the match of a regular expression (RE2) in a flow's response. It sees placeholders instead of secrets. "+
				"The value, with its secrets, is sent to the origin of that flow only.",
			[]tool.Param{
				name, tool.FlowParam,
				{Name: "regex_pattern", Kind: tool.String, MaxLength: 1000, Required: true,
					Doc: "searched in the response's body, then in its headers"},
				{Name: "group_index", Kind: tool.Integer, Min: 0, Max: 50, Default: 1,
					Doc: "the group to store; 0 is the whole match"},
			}, s.extractVariable).WithEffect(tool.Effect{Idempotent: true}),
		s.replayFlow(), s.fuzzEndpoint(),
	}
}

func timeoutParam(seconds int) tool.Param {
	return tool.Param{Name: "timeout", Kind: tool.Number, Min: 1, Max: 50, Default: seconds,
		Doc: "seconds to wait for a response"}
}

func (s *sendTools) replayFlow() tool.Tool {
	return tool.NewPrepared[sentResult]("replay_flow", "Send a flow again",
		"Sends a captured request again, unchanged or with another method, query, headers or body. "+
			"Only to origins that the server was started with; a request that is not a read needs a confirmation.",
		[]tool.Param{
			tool.FlowParam,
			{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "another method"},
			{Name: "headers_json", Kind: tool.String, MaxLength: 64 << 10,
				Doc: "a JSON object of headers to set; null removes one"},
			{Name: "query_json", Kind: tool.String, MaxLength: 64 << 10,
				Doc: "a JSON object of query parameters to set; null removes one"},
			{Name: "body", Kind: tool.String, MaxLength: 1 << 20,
				Doc: "another body; " + replay.OmitBody + " sends none"},
			timeoutParam(30), confirmedParam,
		}, s.replay).WithEffect(tool.Effect{Destroys: true, Sends: true})
}

func (s *sendTools) fuzzEndpoint() tool.Tool {
	return tool.NewPrepared[FuzzResult]("fuzz_endpoint", "Try unusual values",
		"Sends a captured request several times with unusual values of one parameter, and reports which responses differ.",
		[]tool.Param{
			tool.FlowParam,
			{Name: "target_param", Kind: tool.String, MaxLength: 200, Required: true,
				Doc: "query parameter, or member of the JSON body"},
			{Name: "param_type", Kind: tool.String, Enum: []string{"query", "json_body"}, Default: "query",
				Doc: "where the parameter is"},
			{Name: "payload_category", Kind: tool.String, Enum: slices.Sorted(maps.Keys(payloads)), Default: "sqli",
				Doc: "what to try"},
			timeoutParam(10), confirmedParam,
		}, s.fuzz).WithEffect(tool.Effect{Destroys: true, Sends: true})
}

// prepareReplay prepares the request of a flow.
func (s *sendTools) prepareReplay(ctx context.Context, id flow.Seq) (*replay.Request, error) {
	raw, err := s.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return replay.New(raw, s.config.Origins, s.Redact, s.variables.Get(s.caller(ctx)))
}

// tokenWait bounds the time to learn where a token comes from.
const tokenWait = 5 * time.Second

func (s *sendTools) replay(ctx context.Context, a tool.Args) (tool.Prepared, error) {
	r, err := s.prepareReplay(ctx, a.Flow("flow_id"))
	if err != nil {
		return tool.Prepared{}, err
	}
	changes := replay.Changes{Method: a.String("method"), Headers: a.String("headers_json"), Query: a.String("query_json")}
	if a.Has("body") {
		body := a.String("body")
		changes.Body = &body
	}
	if err := r.Apply(changes); err != nil {
		return tool.Prepared{}, err
	}
	if r.HasToken() {
		d, err := s.Inferred(ctx, source.DocumentRequest{Hosts: []string{r.Flow.Request.Authority}, Wait: tokenWait})
		if err == nil { // else the token of the flow is sent
			r.Enter(spectools.EntryOf(d.OpenAPI))
		}
	}
	read := r.IsRead()
	return tool.Prepared{
		What: "send " + r.Describe() + r.After() + ".", Holds: !read, Bound: []string{r.Call.Digest().String()},
		Run: func(ctx context.Context, once bool) (any, error) {
			r.Call.Once = !read || once // a consent is valid for one request
			return s.sendAgain(ctx, r, a.Seconds("timeout"))
		},
	}, nil
}

// sendAgain sends a prepared request, and stores the exchange.
func (s *sendTools) sendAgain(ctx context.Context, r *replay.Request, timeout time.Duration) (sentResult, error) {
	method, address := r.Shown()
	raw, f, err := r.Send(ctx, s.config.Client, timeout)
	if err != nil {
		return sentResult{}, err
	}
	out := sentResult{
		Untrusted: tool.Notice(), Method: method, URL: address, Status: f.Response.Status,
		TookMS: f.Took.Milliseconds(), Headers: view.Headers(f.Response.Header), NotFollowed: r.NotFollowed(),
		Refused: string(forgery.Of(f.Response.Status, "", f.Response.Header, f.Response.Body)),
		Body:    view.ShowBody(f.Response.Header, f.Response.Body, 0, view.FullBytes),
	}
	out.Body.Size = raw.Response.Body.Size // not that of the redacted body
	if record := s.config.Record; record != nil {
		if out.FlowID, err = record(ctx, r.ForStore(raw)); err != nil { // the call succeeded: the request was sent
			out.FlowID, out.NotStored = 0, s.HideSecrets(err)
		}
	}
	return out, nil
}
