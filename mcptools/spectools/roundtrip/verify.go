package roundtrip

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/forgery"
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
// 413, 415 or 422, or took it for a forged one, and the tool sent nothing.
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
	Flows      int            `json:"flows"`
	Total      int            `json:"total"` // flows with an operation
	Reproduced int            `json:"reproduced"`
	Excluded   map[string]int `json:"excluded"`
	// Forged counts flows with an operation whose requests the app took for forged ones: they lack
	// a token, which a tool would not send either.
	Forged      int          `json:"forged,omitempty"`
	Differences []Difference `json:"differences"`
}

// New returns a verifier of flows against a document. The caller closes it.
func New(doc *openapi3.T, c Config) (*Verifier, error) {
	router, err := router.New(doc)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	return &Verifier{
		c: c, doc: doc, router: router, sets: make(map[string]*spectools.Set), schemes: schemesOf(doc),
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
	sets    map[string]*spectools.Set // by the path that the servers put before all others
	schemes []*openapi3.SecurityScheme
}

// Close ends the tools.
func (v *Verifier) Close() {
	for _, s := range v.sets {
		s.Close()
	}
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
	tool, differences, err := v.send(ctx, f, &match)
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
	if r := f.Response; r != nil && forgery.Of(r.Status, "", r.Header, r.Body) != forgery.None {
		report.Forged++
	}
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
	s, err := v.set(match.Prefix)
	if err != nil {
		return "", nil, err
	}
	tool, args, err := s.Arguments(match.Method, match.Template, match.Params, &f.Request)
	switch {
	case errors.Is(err, serialize.ErrMalformed):
		return "", nil, err
	case err != nil && isRefused(f):
		return "", nil, errRefused
	case err != nil:
		return "", []difference{{"arguments", err.Error(), "", ""}}, nil
	}
	call, problems := s.Request(ctx, match.Method, match.Template, args)
	form, _ := s.Form(match.Method, match.Template)
	call.Credentials, _ = form.Sent(&f.Request) // as a person would configure them
	switch {
	case ctx.Err() != nil:
		return tool, nil, ctx.Err()
	case len(problems) > 0 && isRefused(f):
		return tool, nil, errRefused
	case len(problems) > 0 && problems[0].Field == "":
		return tool, []difference{{"call", "the arguments are not valid: " + problems[0].Reason, "", ""}}, nil
	case len(problems) > 0: // names of fields and rules, without values
		return tool, []difference{{"argument " + problems[0].Field, problems[0].Reason, "", ""}}, nil
	}
	text, err := s.Preview(call)
	if err != nil {
		return tool, []difference{{"call", "nothing may be sent", "", err.Error()}}, nil
	}
	var body []byte
	got, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err == nil {
		body, err = io.ReadAll(got.Body)
	}
	if err != nil {
		return tool, []difference{{"call", "makes no request", "", err.Error()}}, nil
	}
	sent := flow.Request{Method: got.Method, Path: got.URL.EscapedPath(), RawQuery: got.URL.RawQuery, Header: flow.HeaderOf(got.Header),
		Body: flow.Body{Data: body, Size: int64(len(body))}}
	return tool, compare(&f.Request, &sent, v.schemes), nil
}

// isRefused reports whether the API refused a request because of what it holds, or because it holds
// no token against forged requests.
func isRefused(f *flow.Flow) bool {
	if f.Response == nil {
		return false
	}
	if forgery.Of(f.Response.Status, "", f.Response.Header, f.Response.Body) != forgery.None {
		return true
	}
	switch f.Response.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// set returns the document's tools at a base URL with a path.
func (v *Verifier) set(prefix string) (*spectools.Set, error) {
	if s := v.sets[prefix]; s != nil {
		return s, nil
	}
	s, err := spectools.FromDocument(v.doc, spectools.Options{BaseURL: "http://127.0.0.1" + prefix + "/"})
	if err != nil {
		return nil, fmt.Errorf("make the tools of the document: %w", err)
	}
	v.sets[prefix] = s
	return s, nil
}
