package traffic

import (
	"context"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// ClientResult is a generated program.
type ClientResult struct {
	tool.Untrusted
	Framework   string             `json:"framework"`
	Language    string             `json:"language"`
	Code        string             `json:"code"`
	Variables   []codegen.Variable `json:"variables"`   // environment variables that the program reads, one for each secret
	Credentials []Credential       `json:"credentials"` // what the operations need to authenticate a request
	Note        string             `json:"note,omitempty"`
}

// Credential says how requests of an operation authenticate themselves.
type Credential struct {
	Operation string   `json:"operation"`
	Needs     []string `json:"needs"` // the alternatives of the inferred document; empty: it knows of none
	Sent      []string `json:"sent"`  // the credentials that the captured request carries
}

func (s *Tools) generateClient() tool.Tool {
	params := []tool.Param{
		flowIDsParam,
		{Name: "target_framework", Kind: tool.String, Enum: codegen.Frameworks(), Default: "curl_cffi",
			Doc: "the library or tool"},
	}
	return tool.New("generate_client", "Generate a program",
		"Writes a program that repeats captured requests, with secrets from the environment. Names needed credentials.",
		params, s.client)
}

func (s *Tools) client(ctx context.Context, a tool.Args) (ClientResult, error) {
	var flows []flow.Flow
	var room codegen.Room
	for _, id := range a.Flows("flow_ids") {
		f, err := s.Flow(ctx, id)
		if err != nil {
			return ClientResult{}, err
		}
		if !room.Admit(&f) {
			return ClientResult{}, tool.BadArgument("flow_ids", "the requests of these flows have more than %d bytes together; name fewer of them",
				codegen.MaxSize)
		}
		flows = append(flows, f)
	}
	m, learning, err := s.matcherSoon(ctx, nil, 0.6)
	if err != nil {
		return ClientResult{}, err
	}
	seq := codegen.WithSignIn(ctx, m, s.Store, s.Redact.Flow, flows)
	framework := a.String("target_framework")
	p := codegen.Generate(framework, seq)
	out := ClientResult{
		Untrusted: tool.Notice(), Framework: framework, Language: p.Language, Code: p.Code, Variables: p.Variables,
	}
	if learning != nil {
		out.Note = "what the operations need is missing: " + withoutOperations(learning)
	}
	s.addCredentials(m, seq.Flows, &out)
	for _, f := range flows {
		if host, _, _ := strings.Cut(f.Request.Authority, ":"); strings.HasSuffix(host, ".localhost") && out.Note == "" {
			out.Note = view.Visible(host) + " is a name that only browsers, curl and the proxy of spectap know: write 127.0.0.1 or localhost instead"
		}
	}
	return out, nil
}

// addCredentials says what the operations of redacted flows need, and what these flows carry.
func (s *Tools) addCredentials(m *apidoc.Matcher, flows []flow.Flow, out *ClientResult) {
	out.Credentials = []Credential{}
	for i := range flows {
		r := &flows[i].Request
		c := Credential{Needs: []string{}, Sent: []string{}}
		c.Operation = view.Visible(r.Method) + " " + view.Cut(view.Visible(r.Path), view.MaxURL)
		if m != nil {
			for _, scheme := range security.Carried(s.facts.credentials(r), m.Schemes) {
				c.Sent = append(c.Sent, view.Visible(scheme.Place()))
			}
			slices.Sort(c.Sent)
			c.Sent = slices.Compact(c.Sent)
			if o := m.Find(r.Method, r.Authority, r.Path); o != nil {
				c.Operation, c.Needs = o.Name(), needs(o.Security, m.Schemes)
			}
		}
		if len(c.Needs)+len(c.Sent) > 0 && !slices.ContainsFunc(out.Credentials, func(x Credential) bool { return x.Operation == c.Operation }) {
			out.Credentials = append(out.Credentials, c)
		}
		if len(c.Sent) == 0 && len(c.Needs) > 0 && !slices.Contains(c.Needs, noCredential) && out.Note == "" {
			out.Note = "a captured request has no credentials, but its operation needs them: add them to the program"
		}
	}
}

// noCredential is the alternative of a request without credentials.
const noCredential = "none"

// needs writes the alternatives of an operation.
func needs(alternatives [][]string, schemes []security.Scheme) []string {
	out := []string{}
	for _, names := range alternatives {
		var parts []string
		for _, name := range names {
			i := slices.IndexFunc(schemes, func(s security.Scheme) bool { return s.Name == name })
			if i < 0 {
				parts = append(parts, view.Visible(name))
				continue
			}
			parts = append(parts, view.Visible(name+" ("+schemes[i].Place()+")"))
		}
		if len(parts) == 0 {
			parts = []string{noCredential}
		}
		out = append(out, strings.Join(parts, " and "))
	}
	return out
}
