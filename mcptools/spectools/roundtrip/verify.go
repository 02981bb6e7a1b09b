package roundtrip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi/router"
)

// NoOperation is the reason of a flow that the document has no operation for, where no better one
// is known.
const NoOperation = "no-operation"

// Malformed is the reason of a flow whose request has a body that is not what its media type says:
// a document has no words for it, and no tool sends it.
const Malformed = "malformed"

// Config says how to verify. The zero value is ready.
type Config struct {
	// Reveal puts values into differences.
	Reveal bool
	// AnyHost takes flows of every host for the document's, whatever its servers are.
	AnyHost bool
	// Reason says why a flow has no operation, "" when it may have one; nil knows no reason.
	Reason func(*flow.Flow) string
}

// Difference is a flow that was not sent again as it was.
type Difference struct {
	Flow   flow.Seq `json:"flow"`
	Method string   `json:"method"`
	Path   string   `json:"path"` // the template
	Tool   string   `json:"tool,omitempty"`
	Where  string   `json:"where"`
	What   string   `json:"what"`
	Want   string   `json:"want,omitempty"` // only when revealed
	Got    string   `json:"got,omitempty"`
}

// Report is what came of it. Flows is Total and all of Excluded together.
type Report struct {
	Flows       int            `json:"flows"`
	Total       int            `json:"total"` // flows with an operation
	Reproduced  int            `json:"reproduced"`
	Excluded    map[string]int `json:"excluded"`
	Differences []Difference   `json:"differences"`
}

// Verify sends flows again. An error means that it could not go on; a flow that cannot be sent is a
// difference.
func Verify(ctx context.Context, doc *openapi3.T, flows iter.Seq2[flow.Flow, error], c Config) (*Report, error) {
	router, err := router.New(doc)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	st, err := newStub()
	if err != nil {
		return nil, err
	}
	defer st.Close()
	v := &verifier{c: c, doc: doc, router: router, stub: st, bases: make(map[string]*served), schemes: schemesOf(doc)}
	defer v.close()
	report := &Report{Excluded: map[string]int{}, Differences: []Difference{}}
	for f, err := range flows {
		if err != nil {
			return nil, fmt.Errorf("read flows: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := v.one(ctx, &f, report); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// schemesOf lists the security schemes of a document, by name.
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

type verifier struct {
	c       Config
	doc     *openapi3.T
	router  *router.Router
	stub    *stub
	bases   map[string]*served // by the path that the servers put before all others
	schemes []*openapi3.SecurityScheme
	secrets borrowed
}

// served is the document behind one base URL, with a client of its tools.
type served struct {
	set    *spectools.Set
	client *client.Client
}

func (v *verifier) close() {
	for _, s := range v.bases {
		s.client.Close()
		s.set.Close()
	}
}

// one sends one flow again.
func (v *verifier) one(ctx context.Context, f *flow.Flow, report *Report) error {
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
	tool, findings, err := v.send(ctx, f, &match)
	switch {
	case errors.Is(err, serialize.ErrMalformed):
		report.Excluded[Malformed]++
		return nil
	case err != nil:
		return err
	}
	report.Total++
	if len(findings) == 0 {
		report.Reproduced++
		return nil
	}
	for _, x := range findings {
		d := Difference{Flow: f.Seq, Method: match.Method, Path: match.Template, Tool: tool, Where: x.where, What: x.what}
		if v.c.Reveal {
			d.Want, d.Got = x.want, x.got
		}
		report.Differences = append(report.Differences, d)
	}
	return nil
}

func (v *verifier) send(ctx context.Context, f *flow.Flow, match *router.Match) (tool string, out []finding, err error) {
	s, err := v.base(ctx, match.Prefix)
	if err != nil {
		return "", nil, err
	}
	tool, args, err := s.set.Arguments(match.Method, match.Template, match.Params, &f.Request)
	switch {
	case errors.Is(err, serialize.ErrMalformed):
		return "", nil, err
	case err != nil:
		return "", []finding{{"arguments", err.Error(), "", ""}}, nil
	}
	v.stub.expect(f.Response)
	v.secrets.from(&f.Request)
	var r mcp.CallToolRequest
	r.Params.Name = tool
	r.Params.Arguments = args
	res, err := s.client.CallTool(ctx, r)
	if err != nil {
		if ctx.Err() != nil {
			return tool, nil, ctx.Err()
		}
		return tool, []finding{{"call", "was not answered", "", err.Error()}}, nil
	}
	got := v.stub.arrivals()
	switch len(got) {
	case 1:
		return tool, compare(&f.Request, &got[0], v.schemes), nil
	case 0:
		where, what := refusal(res)
		return tool, []finding{{where, what, "", ""}}, nil
	}
	return tool, []finding{{"call", fmt.Sprintf("sent %d requests", len(got)), "", ""}}, nil
}

// refusal reads why nothing was sent. Its words name fields and rules, not values.
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

// base serves the document behind the stub's address and a path.
func (v *verifier) base(ctx context.Context, prefix string) (*served, error) {
	if s := v.bases[prefix]; s != nil {
		return s, nil
	}
	o := spectools.Options{BaseURL: v.stub.url + prefix + "/", Credentials: &v.secrets}
	o.Egress.Redirects = -1 // the stub gives the captured answer, and that may be one
	set, err := spectools.FromDocument(v.doc, o)
	if err != nil {
		return nil, fmt.Errorf("serve the document: %w", err)
	}
	c, err := client.NewInProcessClientWithOptions(spectools.NewServer(set, spectools.ServerOptions{Version: "verify", Mode: spectools.ModeStatic}), client.WithElicitationHandler(agree{}))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := errors.Join(c.Start(ctx), initialize(ctx, c)); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &served{set, c}
	v.bases[prefix] = s
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
