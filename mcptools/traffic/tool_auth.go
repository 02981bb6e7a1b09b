package traffic

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// AuthResult describes how clients authenticate.
type AuthResult struct {
	tool.Untrusted
	Schemes    []AuthScheme    `json:"schemes" jsonschema_description:"what requests carry, the most used first"`
	SignIns    []signIn        `json:"sign_in,omitempty" jsonschema_description:"requests that are answered with credentials"`
	Without    int64           `json:"requests_without" jsonschema_description:"requests that carry none of it"`
	Operations []AuthOperation `json:"operations" jsonschema_description:"operations with evidence: those that need credentials first"`
	More       int             `json:"more,omitempty" jsonschema_description:"operations with evidence that are left out: pass domain or flow_ids"`
	Always     int             `json:"always_with" jsonschema_description:"operations whose requests all had credentials, so it is not known whether they need them"`
	Uses       []AuthUse       `json:"always,omitempty" jsonschema_description:"these operations, by what their requests carry"`
	Never      int             `json:"never_with" jsonschema_description:"other operations with requests without credentials: none was refused"`
	Types      []string        `json:"detected_auth_types" jsonschema_description:"of oauth2, jwt, bearer_token, basic_auth, digest_auth, api_key, signature, session_cookie, csrf"`
	Details    authTypes       `json:"details" jsonschema_description:"by type"`
	Note       string          `json:"note,omitempty"`
	source.Progress
}

// AuthUse lists the operations whose requests all had the same credentials.
type AuthUse struct {
	Schemes    []string `json:"schemes" jsonschema_description:"in any of the requests"`
	Count      int      `json:"count" jsonschema_description:"how many operations"`
	Operations []string `json:"operations" jsonschema_description:"some of them, or all"`
}

// AuthScheme is one way in which requests carry credentials.
type AuthScheme struct {
	Scheme     string   `json:"scheme"`
	Requests   int64    `json:"requests"`
	Refused    int64    `json:"refused,omitempty" jsonschema_description:"with status 401 or 403"`
	Operations int      `json:"operations"`
	Flows      []uint64 `json:"flow_ids" jsonschema_description:"the newest and the oldest one"`
}

// AuthOperation says what an operation demands.
type AuthOperation struct {
	Operation string   `json:"operation"`
	Needs     string   `json:"credentials" jsonschema_description:"required: without them it refused each request; optional: it answered requests without them; mixed: it refused some"`
	Schemes   []string `json:"schemes,omitempty" jsonschema_description:"of the requests that were not refused"`
	With      int64    `json:"with" jsonschema_description:"requests with credentials"`
	Without   int64    `json:"without" jsonschema_description:"requests without"`
	Refused   int64    `json:"refused_without" jsonschema_description:"requests without that got 401 or 403"`
	Rejected  int64    `json:"refused_with,omitempty" jsonschema_description:"requests with credentials that got 401 or 403"`
	Flow      uint64   `json:"flow_id,omitempty" jsonschema_description:"a request without credentials, a refused one if there is any"`
}

// Limits of one result: operations with evidence, and the names of those without.
const (
	maxAuthOperations = 25
	maxAuthUses       = 40
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
	out := AuthResult{Untrusted: tool.Notice(), Types: []string{}, Details: authTypes{}}
	c := authCensus{schemes: map[string]*authScheme{}, operations: map[*apidoc.Operation]*authOperation{}, signIns: signIns{}, used: map[string]string{}}
	var err error
	if a.Has("flow_ids") {
		err = s.authOfFlows(ctx, a.Flows("flow_ids"), &c, &out)
	} else {
		err = s.authOfAll(ctx, a, &c, &out)
	}
	if err != nil {
		return AuthResult{}, err
	}
	for typ, d := range out.Details {
		slices.Sort(d.Signals)
		slices.Sort(d.Flows)
		if d.Detected = slices.ContainsFunc(d.Signals, func(s string) bool { return !strings.HasSuffix(s, " "+cookieSet) }); d.Detected {
			out.Types = append(out.Types, typ)
		}
		out.Details[typ] = d
	}
	slices.Sort(out.Types)
	c.write(&out)
	return out, nil
}

// authOfFlows examines the flows that the call names.
func (s *Tools) authOfFlows(ctx context.Context, ids []flow.Seq, c *authCensus, out *AuthResult) error {
	m, learning, err := s.matcherSoon(ctx, nil, 1)
	if err != nil {
		return err
	}
	for _, id := range ids {
		raw, err := s.Store.Get(ctx, id)
		if err != nil {
			return err
		}
		f := s.Redact.Flow(raw)
		out.Details.add(authSignals(&f), uint64(f.Seq))
		if s, ok := signInOf(&f); ok {
			c.signIns.Add(&s)
		}
		for v, name := range usedValues(&f.Request) {
			c.used[v] = firstName(c.used[v], name)
		}
		e := search.EntryOf(&raw)
		c.add(&e, operationOf(m, &e), credentialsOf(&f.Request))
		out.Searched++
	}
	if out.Complete = learning == nil; !out.Complete {
		out.Note = withoutOperations(learning)
	}
	st, err := s.Store.Stat(ctx)
	out.Total = st.Flows
	return err
}

// authOfAll takes the facts from the index, which it waits for.
func (s *Tools) authOfAll(ctx context.Context, a tool.Args, c *authCensus, out *AuthResult) error {
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if te := source.ToolError(err); err != nil && (te.Code != tool.CodeNothingCaptured || a.Has("domain")) {
		return err
	}
	if out.Progress, err = s.covered(ctx); err != nil {
		return err
	}
	if out.Total == 0 {
		return nil
	}
	m, learning, err := s.matcherSoon(ctx, hosts, 1)
	if err != nil {
		return err
	}
	if learning != nil {
		out.Complete, out.Note = false, withoutOperations(learning)
	}
	credentials := map[uint32][]string{} // by mark
	for e := range s.Index.Entries(&search.Filter{Hosts: hosts}) {
		list, ok := credentials[e.Mark]
		if !ok {
			if text := s.facts.of(e.Mark).credentials; text != "" {
				list = strings.Split(text, separator)
			}
			credentials[e.Mark] = list
		}
		c.add(e, operationOf(m, e), list)
	}
	s.facts.findings.Sum(hosts, out.Details, c.signIns, c.used)
	return nil
}

// authCensus counts requests by their credentials.
type authCensus struct {
	schemes    map[string]*authScheme
	operations map[*apidoc.Operation]*authOperation
	signIns    signIns
	used       map[string]string // how credentials are sent, by their redacted values
	without    int64
}

type authScheme struct {
	AuthScheme
	operations map[*apidoc.Operation]bool
}

type authOperation struct {
	AuthOperation
	passed   int64 // requests without credentials that succeeded
	schemes  map[string]bool
	rejected map[string]bool // schemes of requests that were refused
}

// add counts a flow. Entries come newest first.
func (c *authCensus) add(e *search.Entry, o *apidoc.Operation, credentials []string) {
	if e.Method == "OPTIONS" { // browsers send preflights without credentials
		return
	}
	refused := e.Status == 401 || e.Status == 403
	if len(credentials) == 0 {
		c.without++
	}
	for _, name := range credentials {
		c.scheme(name, e, o, refused)
	}
	if o == nil {
		return
	}
	x := c.operations[o]
	if x == nil {
		x = &authOperation{AuthOperation: AuthOperation{Operation: o.Name()}, schemes: map[string]bool{}, rejected: map[string]bool{}}
		c.operations[o] = x
	}
	switch {
	case len(credentials) > 0 && refused:
		x.With++
		x.Rejected++
		for _, name := range credentials {
			x.rejected[name] = true
		}
	case len(credentials) > 0:
		x.With++
		for _, name := range credentials {
			x.schemes[name] = true
		}
	case refused:
		x.Without++
		x.Flow = uint64(e.Seq)
		x.Refused++
	default:
		if x.Without++; x.Flow == 0 {
			x.Flow = uint64(e.Seq)
		}
		if e.Status != 0 && e.Status < 400 { // a 404 or 422 is no evidence about credentials
			x.passed++
		}
	}
}

func (c *authCensus) scheme(name string, e *search.Entry, o *apidoc.Operation, refused bool) {
	x := c.schemes[name]
	if x == nil {
		x = &authScheme{AuthScheme: AuthScheme{Scheme: name, Flows: []uint64{uint64(e.Seq)}}, operations: map[*apidoc.Operation]bool{}}
		c.schemes[name] = x
	}
	if x.Requests++; x.Requests > 1 {
		x.Flows = append(x.Flows[:1], uint64(e.Seq))
	}
	if refused {
		x.Refused++
	}
	if o != nil {
		x.operations[o] = true
	}
}

// maxSchemes limits the schemes of one result.
const maxSchemes = 20

// write writes the counts.
func (c *authCensus) write(out *AuthResult) {
	out.Schemes, out.Operations, out.Without = []AuthScheme{}, []AuthOperation{}, c.without
	out.SignIns = c.signIns.List(c.used)
	for _, s := range out.SignIns {
		for i, name := range s.Gives {
			if strings.HasPrefix(name, "cookie ") && c.schemes[name] == nil {
				s.Gives[i] += ", which no request sends"
			}
		}
	}
	for _, x := range c.schemes {
		x.Operations = len(x.operations)
		out.Schemes = append(out.Schemes, x.AuthScheme)
	}
	slices.SortFunc(out.Schemes, func(x, y AuthScheme) int {
		return cmp.Or(cmp.Compare(y.Requests, x.Requests), cmp.Compare(x.Scheme, y.Scheme))
	})
	out.Schemes = out.Schemes[:min(len(out.Schemes), maxSchemes)]
	var always []*authOperation
	for _, x := range c.operations {
		if slices.ContainsFunc(out.SignIns, func(s signIn) bool { return s.isOf(x.Operation) }) {
			continue // it asks for what it gives credentials for
		}
		switch {
		case x.Without == 0:
			always = append(always, x)
			continue
		case x.Refused > 0 && x.passed == 0:
			x.Needs = "required"
		case x.Refused > 0:
			x.Needs = "mixed"
		case x.With > 0 && x.passed > 0:
			x.Needs = "optional"
		default:
			out.Never++
			continue
		}
		x.Schemes = x.schemesIn(out.Schemes)
		out.Operations = append(out.Operations, x.AuthOperation)
	}
	slices.SortFunc(out.Operations, func(x, y AuthOperation) int {
		return cmp.Or(cmp.Compare(rankOfNeed(x.Needs), rankOfNeed(y.Needs)), cmp.Compare(y.Refused, x.Refused),
			cmp.Compare(y.With+y.Without, x.With+x.Without), cmp.Compare(x.Operation, y.Operation))
	})
	if n := len(out.Operations); n > maxAuthOperations {
		out.Operations, out.More = out.Operations[:maxAuthOperations], n-maxAuthOperations
	}
	writeUses(always, out)
	if len(out.Schemes) == 0 && c.without > 0 && out.Note == "" {
		out.Note = "no request carries credentials that are known as such: recorders may have removed them; " +
			"list_operations and inspect_flows show what requests carry"
	}
}

// schemesIn returns those of the listed schemes that the operation's requests had.
func (x *authOperation) schemesIn(listed []AuthScheme) []string {
	var out []string
	for _, s := range listed {
		if x.schemes[s.Scheme] {
			out = append(out, s.Scheme)
		}
	}
	return out
}

// writeUses lists the operations whose requests all had credentials. Nobody tried without, so a
// reader who wants to call them must know what the others sent.
func writeUses(always []*authOperation, out *AuthResult) {
	slices.SortFunc(always, func(x, y *authOperation) int { return cmp.Compare(x.Operation, y.Operation) })
	at := map[string]int{}
	for _, x := range always {
		if len(x.schemes) == 0 { // all were refused, which is no evidence about these
			x.schemes = x.rejected
		}
		schemes := x.schemesIn(out.Schemes)
		key := strings.Join(schemes, separator)
		i, ok := at[key]
		if !ok {
			i = len(out.Uses)
			at[key] = i
			out.Uses = append(out.Uses, AuthUse{Schemes: append([]string{}, schemes...), Operations: []string{}})
		}
		out.Uses[i].Count++
		out.Uses[i].Operations = append(out.Uses[i].Operations, x.Operation)
		out.Always++
	}
	for left := out.Always - maxAuthUses; left > 0; left-- { // each use keeps some
		longest := 0
		for i := range out.Uses {
			if len(out.Uses[i].Operations) > len(out.Uses[longest].Operations) {
				longest = i
			}
		}
		list := &out.Uses[longest].Operations
		*list = (*list)[:len(*list)-1]
	}
	if out.Always > 0 {
		out.Note = "no request of the operations in always came without credentials, so send them"
	}
	if out.Always > maxAuthUses {
		out.Note += "; list_operations and get_operation show the others"
	}
}

func rankOfNeed(needs string) int {
	return slices.Index([]string{"required", "mixed", "optional"}, needs)
}
