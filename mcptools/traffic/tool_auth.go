package traffic

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/trace"
	"github.com/spectap/spectap/mcptools/view"
)

// AuthResult says how clients get into an API. The inferred document says the same; the flows that
// show it are added here.
type AuthResult struct {
	tool.Untrusted
	Schemes     []AuthScheme `json:"schemes"`                // the security schemes, the most used first
	SignIns     []AuthSignIn `json:"sign_in,omitempty"`      // operations whose answers give credentials, the best first
	AntiForgery []AuthToken  `json:"anti_forgery,omitempty"` // tokens that requests carry beside credentials
	Without     int64        `json:"requests_without"`       // requests that carry no credentials
	Operations  []AuthNeed   `json:"operations"`             // by what they need
	Open        int          `json:"operations_without"`     // operations that were called without credentials only, and not refused
	Note        string       `json:"note,omitempty"`         // what to do next
	source.Progress
}

// AuthScheme is a security scheme of the document.
type AuthScheme struct {
	Scheme   string   `json:"scheme"`
	SentAs   string   `json:"sent_as"`
	Requests int64    `json:"requests"`
	Refused  int64    `json:"refused,omitempty"` // with status 401 or 403
	Flows    []uint64 `json:"flow_ids"`          // the newest and the oldest one
	Grants   []string `json:"grants,omitempty"`  // of OAuth 2.0, with the endpoints
	Note     string   `json:"note,omitempty"`
}

// AuthSignIn is an operation that gives credentials.
type AuthSignIn struct {
	Operation string   `json:"operation"`
	Host      string   `json:"host,omitempty"`
	Sends     []string `json:"sends"` // parameters, and members of the body
	Gives     []string `json:"gives"` // the schemes, and where its answer has the credential
	Requests  int64    `json:"requests"`
	Refused   int64    `json:"refused,omitempty"` // with a status from 400 on
	Flow      uint64   `json:"flow_id,omitempty"` // the newest request, one that succeeded if any did
}

// AuthToken is a token against forged requests (CSRF).
type AuthToken struct {
	SentAs string   `json:"sent_as"` // a header, or the field of a form
	From   []string `json:"from"`    // the answers and pages that gave it, the best first
}

// AuthNeed lists the operations that need the same.
type AuthNeed struct {
	Needs      []string `json:"needs"`                     // the alternatives; empty: the capture has no request that was let in
	Refused    uint64   `json:"refused_flow_id,omitempty"` // a flow without credentials that got 401 or 403: 0 if all requests had some
	Count      int      `json:"count"`
	Operations []string `json:"operations"` // some of them, or all
}

// Limits of one result.
const (
	maxNamed   = 12 // operations of each need, and members that a sign-in sends
	maxMembers = 4  // depth of these: auth.identity.password.user of OpenStack
)

func (s *Tools) detectAuth() tool.Tool {
	params := []tool.Param{
		{Name: "flow_ids", Kind: tool.FlowIDs, Doc: "only these flows"},
		source.DomainParam,
	}
	return tool.New("detect_auth_pattern", "Authentication",
		"Lists how clients sign in and authenticate, and which operations demand it.",
		params, s.auth)
}

func (s *Tools) auth(ctx context.Context, a tool.Args) (AuthResult, error) {
	out := AuthResult{Untrusted: tool.Notice(), Schemes: []AuthScheme{}, Operations: []AuthNeed{}}
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if te := source.ToolError(err); err != nil && (te.Code != tool.CodeNothingCaptured || a.Has("domain")) {
		return AuthResult{}, err
	}
	ids := a.Flows("flow_ids")
	for _, id := range ids {
		if err := s.Has(ctx, id); err != nil {
			return out, err
		}
	}
	if out.Progress, err = s.covered(ctx); err != nil || out.Total == 0 {
		return out, err
	}
	d, err := s.Inferred(ctx, source.DocumentRequest{Hosts: hosts})
	if err != nil {
		return AuthResult{}, err
	}
	m, err := s.matchers.Of(d.OpenAPI, &d.Decided)
	if err != nil {
		return AuthResult{}, err
	}
	c := authCensus{d: &d.Decided, schemes: map[string]AuthScheme{}, carried: map[string][]security.Scheme{}, operations: map[[2]string]authUse{}}
	for e := range s.Index.Entries(&search.Filter{Hosts: hosts}) {
		if ids == nil || slices.Contains(ids, e.Seq) {
			c.add(e, operationOf(m, e), s.facts.of(e.Mark).credentials)
		}
	}
	c.write(&out, ids != nil)
	return out, nil
}

// authCensus counts requests by the schemes of a document.
type authCensus struct {
	d          *infer.Document
	schemes    map[string]AuthScheme
	carried    map[string][]security.Scheme // schemes by the key of credentials
	operations map[[2]string]authUse        // by method and path
	without    int64
}

// authUse counts the requests of one operation.
type authUse struct {
	host             string // of the newest request
	requests, failed int64  // failed with a status from 400 on
	newest, passed   uint64 // a request, and one that did not fail
	refused          uint64 // a request without credentials that got 401 or 403
}

// add counts a flow. key is that of its credentials.
func (c *authCensus) add(e *search.Entry, o *apidoc.Operation, key string) {
	if e.Method == "OPTIONS" { // browsers send preflights without credentials
		return
	}
	schemes, ok := c.carried[key]
	if !ok {
		schemes = security.Carried(key, c.d.Security)
		c.carried[key] = schemes
	}
	id, refused := uint64(e.Seq), e.Status == 401 || e.Status == 403
	if len(schemes) == 0 {
		c.without++
	}
	for _, s := range schemes {
		x := c.schemes[s.Name]
		if x.Requests++; x.Requests == 1 {
			x.Flows = []uint64{id, id}
		}
		if refused {
			x.Refused++
		}
		x.Flows[0], x.Flows[1] = max(x.Flows[0], id), min(x.Flows[1], id)
		c.schemes[s.Name] = x
	}
	if o == nil {
		return
	}
	x := c.operations[[2]string{o.Method, o.Template}]
	x.requests++
	if id >= x.newest {
		x.newest, x.host = id, e.Host
	}
	switch {
	case e.Status >= 400:
		x.failed++
	case e.Status > 0:
		x.passed = max(x.passed, id)
	}
	if refused && len(schemes) == 0 {
		x.refused = max(x.refused, id)
	}
	c.operations[[2]string{o.Method, o.Template}] = x
}

// write writes what the document says, with the counts. With ofFlows, it leaves out the schemes
// that the counted flows do not have.
func (c *authCensus) write(out *AuthResult, ofFlows bool) {
	out.Without = c.without
	for i := range c.d.Security {
		s := &c.d.Security[i]
		x := c.schemes[s.Name]
		if ofFlows && x.Requests == 0 {
			continue
		}
		x.Scheme, x.SentAs, x.Note = view.Visible(s.Name), view.Visible(s.Place()), view.Visible(s.Description)
		if s.BearerFormat != "" {
			x.SentAs += " (" + s.BearerFormat + ")"
		}
		for _, f := range s.Flows {
			x.Grants = append(x.Grants, view.Visible(strings.Join(strings.Fields(f.Kind+" "+f.AuthorizationURL+" "+f.TokenURL), " ")))
		}
		x.Flows = slices.Compact(append([]uint64{}, x.Flows...))
		out.Schemes = append(out.Schemes, x)
	}
	slices.SortStableFunc(out.Schemes, func(x, y AuthScheme) int { return cmp.Compare(y.Requests, x.Requests) })
	c.writeEntry(out)
	c.writeNeeds(out)
	out.Note = c.note(out)
}

// writeEntry writes the sign-ins, and the tokens against forged requests.
func (c *authCensus) writeEntry(out *AuthResult) {
	for _, in := range c.d.Entry.SignIns {
		x := AuthSignIn{Operation: view.Visible(in.Method + " " + in.Path), Sends: []string{}}
		for _, g := range in.Gives {
			x.Gives = append(x.Gives, view.Visible(g.Scheme+": "+g.From.In+" "+cmp.Or(g.From.Name, "(the whole body)")))
		}
		use := c.operations[[2]string{in.Method, in.Path}]
		x.Host, x.Requests, x.Refused, x.Flow = view.Visible(use.host), use.requests, use.failed, cmp.Or(use.passed, use.newest)
		out.SignIns = append(out.SignIns, x)
	}
	for _, t := range c.d.Entry.Tokens {
		x := AuthToken{SentAs: view.Visible(t.In + " " + t.Name), From: []string{}}
		for _, s := range t.From {
			x.From = append(x.From, view.Visible(placeOf(s)))
		}
		out.AntiForgery = append(out.AntiForgery, x)
	}
	for i := range c.d.Operations {
		for _, p := range c.d.Operations[i].Params { // those of which the capture does not have the source
			x := AuthToken{SentAs: view.Visible("header " + p.Name), From: []string{}}
			isKnown := func(t AuthToken) bool { return t.SentAs == x.SentAs }
			if p.In == infer.InHeader && headers.IsAntiForgery(p.Name) && !slices.ContainsFunc(out.AntiForgery, isKnown) {
				out.AntiForgery = append(out.AntiForgery, x)
			}
		}
	}
}

// placeOf writes where an answer or a page has a token.
func placeOf(s security.Source) string {
	place := s.In + " " + s.Name
	if s.Path != "" {
		place += " of " + cmp.Or(s.Method, "the page") + " " + s.Path
	}
	return place
}

// sends returns the query parameters of an operation, and the members of its bodies.
func (c *authCensus) sends(o *infer.Operation) (out []string) {
	components := map[string]*schema.Schema{}
	for _, x := range c.d.Components {
		components[x.Name] = x.Schema
	}
	var add func(path string, s *schema.Schema, depth int)
	add = func(path string, s *schema.Schema, depth int) {
		if s = schema.Follow(s, components); s == nil || len(s.Properties) == 0 || depth == maxMembers {
			if path != "" {
				out = append(out, view.Visible(path))
			}
			return
		}
		for _, p := range s.Properties {
			add(strings.TrimPrefix(path+"."+p.Name, "."), p.Schema, depth+1)
		}
	}
	for _, p := range o.Params {
		if p.In == infer.InQuery {
			add(p.Name, nil, 0)
		}
	}
	if o.Request != nil {
		for _, m := range o.Request.Content {
			add("", m.Schema, 0)
		}
	}
	slices.Sort(out)
	out = slices.Compact(append([]string{}, out...))
	if n := len(out) - maxNamed; n > 0 {
		out = append(out[:maxNamed], fmt.Sprintf("and %d more: get_operation", n))
	}
	return out
}

// writeNeeds writes the operations by what they need, first those that refused requests without it.
func (c *authCensus) writeNeeds(out *AuthResult) {
	for i := range c.d.Operations {
		o := &c.d.Operations[i]
		use := c.operations[[2]string{o.Method, o.Path}]
		name := view.Visible(o.Method + " " + o.Path)
		if at := slices.IndexFunc(out.SignIns, func(x AuthSignIn) bool { return x.Operation == name }); at >= 0 {
			out.SignIns[at].Sends = c.sends(o)
			continue
		}
		switch {
		case use.requests == 0:
			continue
		case o.Security == nil && use.refused == 0:
			out.Open++
			continue
		}
		n := AuthNeed{Needs: needs(o.Security, c.d.Security), Refused: use.refused}
		at := slices.IndexFunc(out.Operations, func(x AuthNeed) bool {
			return slices.Equal(x.Needs, n.Needs) && (x.Refused > 0) == (n.Refused > 0)
		})
		if at < 0 {
			at = len(out.Operations)
			out.Operations = append(out.Operations, n)
		}
		x := &out.Operations[at]
		x.Refused = max(x.Refused, n.Refused)
		if x.Count++; x.Count <= maxNamed {
			x.Operations = append(x.Operations, name+" "+o.ID)
		}
	}
	slices.SortStableFunc(out.Operations, func(x, y AuthNeed) int {
		return cmp.Or(cmp.Compare(min(y.Refused, 1), min(x.Refused, 1)), cmp.Compare(y.Count, x.Count))
	})
}

// note says what to do next.
func (c *authCensus) note(out *AuthResult) string {
	if len(out.Schemes) == 0 && c.without > 0 {
		return "no request carries credentials that are known as such: recorders may have removed them; " +
			"list_operations and inspect_flows show what requests carry"
	}
	var notes, lacking []string
	for _, s := range out.Schemes {
		gives := func(x AuthSignIn) bool {
			return slices.ContainsFunc(x.Gives, func(g string) bool { return strings.HasPrefix(g, s.Scheme+": ") })
		}
		if len(s.Grants) == 0 && !slices.ContainsFunc(out.SignIns, gives) {
			lacking = append(lacking, s.Scheme)
		}
	}
	if len(out.SignIns) > 0 {
		notes = append(notes, "call a sign-in first, and send what its answer gives")
	}
	if len(lacking) > 0 {
		notes = append(notes, "ask a person for "+strings.Join(lacking, ", ")+", as "+trace.NoSignIn)
	}
	if len(out.AntiForgery) > 0 {
		notes = append(notes, "requests that write need a token from anti_forgery, read after the sign-in")
	}
	if slices.ContainsFunc(out.Operations, func(x AuthNeed) bool { return x.Count > len(x.Operations) }) {
		notes = append(notes, "list_operations with the name of a scheme as query lists all that need it")
	}
	hosts := map[string]bool{}
	for _, use := range c.operations {
		hosts[use.host] = true
	}
	if len(hosts) > 1 {
		notes = append(notes, "several hosts are described as one API: pass domain for one of them")
	}
	return strings.Join(notes, "; ")
}
