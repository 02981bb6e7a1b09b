package roundtrip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi/router"
)

// NoOperation is the reason for a flow without an operation in the document, if [Config.Reason]
// gives no other.
const NoOperation = "no-operation"

// Malformed is the reason for a flow whose body does not match its media type: a document cannot
// describe it, and no tool sends it.
const Malformed = "malformed"

// Refused is the reason for a flow that both the API and its tool refused: the API answered 400,
// 413, 415 or 422, and the tool sent nothing.
const Refused = "refused"

// errRefused reports such a flow.
var errRefused = errors.New("the API and the tool refused the request")

// Config configures a [Verifier]. The zero value is ready to use.
type Config struct {
	// Reveal adds the values, which may be secrets, to the differences.
	Reveal bool
	// AnyHost verifies flows of every host, regardless of the document's servers.
	AnyHost bool
	// Reason returns the reason why a flow has no operation, or "" if it may have one. Nil gives no
	// reasons.
	Reason func(*flow.Flow) string
}

// Difference is a difference between a flow and the request that its tool sent.
type Difference struct {
	Flow   flow.Seq `json:"flow"`
	Method string   `json:"method"`
	Path   string   `json:"path"` // the template
	Tool   string   `json:"tool,omitempty"`
	Where  string   `json:"where"`
	What   string   `json:"what"`
	Want   string   `json:"want,omitempty"` // only with Config.Reveal
	Got    string   `json:"got,omitempty"`
}

// Report is the result of a [Verifier]. Flows is the sum of Total and all of Excluded.
type Report struct {
	Flows       int            `json:"flows"`
	Total       int            `json:"total"` // flows with an operation
	Reproduced  int            `json:"reproduced"`
	Excluded    map[string]int `json:"excluded"`
	Differences []Difference   `json:"differences"`
}

// New returns a verifier of flows against a document. The caller closes it.
func New(doc *openapi3.T, c Config) (*Verifier, error) {
	router, err := router.New(doc)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	st, err := newStub()
	if err != nil {
		return nil, err
	}
	return &Verifier{
		c: c, doc: doc, router: router, stub: st, servers: make(map[string]*toolServer), schemes: schemesOf(doc),
		answered: make(map[answerKind]bool), repeats: make(repeats),
		report: &Report{Excluded: map[string]int{}, Differences: []Difference{}},
	}, nil
}

// Report returns the result for the flows so far. Later calls of Verify change it.
func (v *Verifier) Report() *Report { return v.report }

// Verify sends flows again, compares them and adds them to the report. A flow that cannot be sent
// is a difference. An error means that it could not continue.
func (v *Verifier) Verify(ctx context.Context, flows iter.Seq2[flow.Flow, error]) error {
	for f, err := range flows {
		if err != nil {
			return fmt.Errorf("read flows: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.verify(ctx, &f, v.report); err != nil {
			return err
		}
	}
	return nil
}

// schemesOf returns the security schemes of a document, sorted by name.
func schemesOf(doc *openapi3.T) []*openapi3.SecurityScheme {
	var out []*openapi3.SecurityScheme
	if doc.Components == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.SecuritySchemes)) {
		if r := doc.Components.SecuritySchemes[name]; r != nil && r.Value != nil {
			out = append(out, r.Value)
		}
	}
	return out
}

// Verifier verifies the flows of one store or several. It is not safe for concurrent use.
type Verifier struct {
	report  *Report
	c       Config
	doc     *openapi3.T
	router  *router.Router
	stub    *stub
	servers map[string]*toolServer // by the path that the servers put before all others
	schemes []*openapi3.SecurityScheme
	secrets requestCredentials
	// answered has the operations and statuses of answers that a tool has read completely.
	answered map[answerKind]bool
	repeats  repeats
}

// answerKind identifies answers of which a tool reads only one completely: only requests are
// compared, and reading answers takes the tools most of their time.
type answerKind struct {
	method, template string
	status           int
}

// toolServer is a server of the document's tools at one base URL, with a client.
type toolServer struct {
	set    *spectools.Set
	client *client.Client
}

// Close ends the tools and the stub.
func (v *Verifier) Close() {
	for _, s := range v.servers {
		s.client.Close()
		s.set.Close()
	}
	v.stub.Close()
}

// verify sends one flow again.
func (v *Verifier) verify(ctx context.Context, f *flow.Flow, report *Report) error {
	report.Flows++
	if v.c.Reason != nil {
		if reason := v.c.Reason(f); reason != "" {
			report.Excluded[reason]++
			return nil
		}
	}
	authority := strings.ToLower(f.Request.Authority)
	if v.c.AnyHost {
		authority = ""
	}
	match, ok := v.router.FindFlow(f, authority)
	if !ok {
		report.Excluded[NoOperation]++
		return nil
	}
	key := keyOf(f, &match)
	var tool string
	var differences []difference
	err, isRepeat := v.repeats[key]
	if !isRepeat {
		if tool, differences, err = v.send(ctx, f, &match); len(differences) == 0 {
			v.repeats.keep(key, err)
		}
	}
	switch {
	case errors.Is(err, serialize.ErrMalformed):
		report.Excluded[Malformed]++
		return nil
	case errors.Is(err, errRefused):
		report.Excluded[Refused]++
		return nil
	case err != nil:
		return err
	}
	report.Total++
	if len(differences) == 0 {
		report.Reproduced++
		return nil
	}
	for _, x := range differences {
		d := Difference{
			Flow: f.Seq, Method: match.Method, Path: match.Template, Tool: tool, Where: x.where, What: x.what,
		}
		if v.c.Reveal {
			d.Want, d.Got = x.want, x.got
		}
		report.Differences = append(report.Differences, d)
	}
	return nil
}

func (v *Verifier) send(
	ctx context.Context, f *flow.Flow, match *router.Match,
) (tool string, out []difference, err error) {
	s, err := v.server(ctx, match.Prefix)
	if err != nil {
		return "", nil, err
	}
	tool, args, err := s.set.Arguments(match.Method, match.Template, match.Params, &f.Request)
	switch {
	case errors.Is(err, serialize.ErrMalformed):
		return "", nil, err
	case err != nil && isRefused(f):
		return "", nil, errRefused
	case err != nil:
		return "", []difference{{"arguments", err.Error(), "", ""}}, nil
	}
	v.stub.setAnswer(f.Response, v.isFirst(match, f.Response))
	v.secrets.setRequest(&f.Request)
	var r mcp.CallToolRequest
	r.Params.Name = tool
	r.Params.Arguments = args
	res, err := s.client.CallTool(ctx, r)
	if err != nil {
		if ctx.Err() != nil {
			return tool, nil, ctx.Err()
		}
		return tool, []difference{{"call", "was not answered", "", err.Error()}}, nil
	}
	got := v.stub.requests()
	switch len(got) {
	case 1:
		return tool, compare(&f.Request, &got[0], v.schemes), nil
	case 0:
		if isRefused(f) {
			return tool, nil, errRefused
		}
		where, what := refusal(res)
		return tool, []difference{{where, what, "", ""}}, nil
	}
	return tool, []difference{{"call", fmt.Sprintf("sent %d requests", len(got)), "", ""}}, nil
}

// isFirst reports whether a response is the first of its kind.
func (v *Verifier) isFirst(match *router.Match, r *flow.Response) bool {
	if r == nil {
		return false
	}
	k := answerKind{match.Method, match.Template, r.Status}
	first := !v.answered[k]
	v.answered[k] = true
	return first
}

// isRefused reports whether the API refused a request because of what it holds.
func isRefused(f *flow.Flow) bool {
	if f.Response == nil {
		return false
	}
	switch f.Response.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// refusal returns the reason why nothing was sent, in names of fields and rules without values.
func refusal(res *mcp.CallToolResult) (where, what string) {
	var x struct {
		Type  string `json:"type"`
		Error struct {
			Message string `json:"message"`
			Details struct {
				Field  string `json:"field"`
				Reason string `json:"reason"`
			} `json:"details"`
		} `json:"error"`
	}
	if err := json.Unmarshal(res.RawStructuredContent, &x); err != nil || x.Type != "error" {
		return "call", "nothing was sent"
	}
	if x.Error.Details.Field == "" {
		return "call", x.Error.Message
	}
	return "argument " + x.Error.Details.Field, x.Error.Details.Reason
}

// server serves the document's tools with the stub's address and a path as base URL.
func (v *Verifier) server(ctx context.Context, prefix string) (*toolServer, error) {
	if s := v.servers[prefix]; s != nil {
		return s, nil
	}
	o := spectools.Options{BaseURL: v.stub.url + prefix + "/", Credentials: &v.secrets}
	o.HoldWithoutCredentials = true // a captured request may have had no credentials
	o.Egress.Redirects = -1         // the captured response may be a redirect
	set, err := spectools.FromDocument(v.doc, o)
	if err != nil {
		return nil, fmt.Errorf("serve the document: %w", err)
	}
	m := spectools.NewServer(set, spectools.ServerOptions{Version: "verify", Mode: spectools.ModeStatic})
	in, out := front.Pipe(context.WithoutCancel(ctx), m, nil)
	c := client.NewClient(transport.NewIO(in, out, io.NopCloser(strings.NewReader(""))), client.WithElicitationHandler(agree{}))
	if err := errors.Join(c.Start(ctx), initialize(ctx, c)); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &toolServer{set, c}
	v.servers[prefix] = s
	return s, nil
}

func initialize(ctx context.Context, c *client.Client) error {
	_, err := c.Initialize(ctx, mcp.InitializeRequest{})
	return err
}

// agree is a user who agrees to everything.
type agree struct{}

// Elicit implements [client.ElicitationHandler].
func (agree) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{
		Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{},
	}}, nil
}
