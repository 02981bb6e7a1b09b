package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway/httpguard"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/store"
)

// GuardDocuments reads the documents of a guard, each of which is SPEC or SPEC,URL. getenv returns
// the variables of their credentials.
func GuardDocuments(ctx context.Context, p *cli.Program, specs []string, getenv func(string) string) (docs []httpguard.Document, err error) {
	for _, spec := range specs {
		file, d := spec, httpguard.Document{}
		if i := strings.LastIndex(spec, ","); i > 0 && cli.IsURL(spec[i+1:]) {
			file, d.BaseURL = spec[:i], spec[i+1:]
			if u, err := url.Parse(d.BaseURL); err != nil || u.RawQuery != "" {
				return nil, cli.Misusef("%s is no URL of a server", egress.WithoutUser(d.BaseURL))
			}
		}
		if d.Doc, err = document.LoadSpec(ctx, p, file); err != nil {
			return nil, err
		}
		if d.BaseURL == "" && router.Hosts(d.Doc) == nil {
			return nil, cli.WithHint(httpguard.ErrNoServer, cli.QuoteArg(file)+",https://HOST   # or write servers into the document")
		}
		base := path.Base(strings.ReplaceAll(file, `\`, "/"))
		d.Name = strings.ToLower(strings.TrimPrefix(credential.Variable(strings.TrimSuffix(base, path.Ext(base))), "SPECTAP_AUTH_"))
		if slices.ContainsFunc(docs, func(other httpguard.Document) bool { return other.Name == d.Name }) {
			return nil, cli.Misusef("%s: another document has the name %s, which begins names of tools and variables: rename a file", spec, d.Name)
		}
		get := getenv
		if len(specs) > 1 {
			get = credential.Prefixed(d.Name, getenv)
		}
		d.Credentials = credential.Chain{&credential.OAuth2{Get: get}, credential.Environment{Get: get, NamedOnly: true}}
		docs = append(docs, d)
	}
	return docs, nil
}

// maxStrays bounds the kinds of requests of which policy init says that no guard lets them pass.
const maxStrays = 10

// policyOfSession returns the policy of a guard that allows what the flows of a session did.
func policyOfSession(ctx context.Context, p *cli.Program, specs []string) ([]byte, error) {
	docs, err := GuardDocuments(ctx, p, specs, func(string) string { return "" }) // nothing is sent
	if err != nil {
		return nil, err
	}
	g, err := httpguard.New(httpguard.Config{Documents: docs, Enforce: enforce.New(policy.AllowAll(), enforce.Config{Redactor: newRedactor()})})
	if err != nil {
		return nil, fmt.Errorf("read the documents: %w", err)
	}
	defer g.Close()
	st, err := p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	hide, err := p.Viewer(ctx, st, false)
	if err != nil {
		return nil, err
	}
	l := policy.Learner{}
	servers, strays, flows := map[string]bool{}, map[string]int{}, 0
	shown, end := p.Shown(st.Reader(), "learning")
	defer end()
	for f, err := range shown.Scan(ctx, store.Query{}) {
		if err != nil {
			return nil, fmt.Errorf("read flows: %w", err)
		}
		flows++
		if o, denial := g.Observed(ctx, &f, hide); denial == nil {
			servers[f.Request.Scheme+"://"+f.Request.Authority] = true
			l.Add(o)
		} else if why := f.Request.Authority + ": " + denial.Reason; len(strays) < maxStrays || strays[why] > 0 {
			strays[why]++
		}
	}
	end()
	for _, why := range slices.Sorted(maps.Keys(strays)) {
		fmt.Fprintf(p.Stderr, "spectap: %s not in the policy: %s\n", cli.Plural(strays[why], "flow"), why)
	}
	switch {
	case flows == 0:
		return nil, catalog.ErrNoFlows
	case len(l) == 0:
		return nil, cli.WithHint(fmt.Errorf("no flow is an operation of %s", strings.Join(specs, ", ")),
			"spectap policy init --for guard "+cli.QuoteArg(specs[0])+",https://HOST   # if the API is at another server; or spectap flows ls")
	}
	title := fmt.Sprintf("Learned from requests to %s, for run --guard %s.\n--guard SPEC,URL lets requests pass to one server of the document alone.",
		strings.Join(slices.Sorted(maps.Keys(servers)), ", "), strings.Join(specs, " --guard "))
	return l.Policy(title, "flow")
}

// policyOfAudit returns a policy that allows the calls that an audit says were let through. server
// is one of several in the audit, or "".
func policyOfAudit(ctx context.Context, file, server string) ([]byte, error) {
	if _, err := audit.Verify(ctx, file, nil); errors.Is(err, fs.ErrNotExist) {
		return nil, cli.WithHint(fmt.Errorf("%s does not exist", file), "spectap gateway --audit "+cli.QuoteArg(file)+" -- CMD   # writes it")
	} else if err != nil { // who can change the log could choose the policy
		return nil, cli.WithHint(err, "spectap audit verify "+cli.QuoteArg(file))
	}
	l := policy.Learner{}
	servers, note := map[string]bool{}, " Without --audit-values it has no values of arguments, and no conditions."
	err := readAudit(ctx, file, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		kind, isCall := map[string]policy.Kind{"tools/call": policy.Tool, "resources/read": policy.Resource, "prompts/get": policy.Prompt}[r.Method]
		if err != nil || !isCall || r.Event != audit.EventDecision || r.Direction != enforce.ToServer || r.Decision != "allow" && !r.Shadow {
			return err
		}
		if servers[r.Server] = true; server != "" && r.Server != server {
			return nil
		}
		o := policy.Observed{Kind: kind, Name: r.Name, Time: r.Time, From: r.Seq, Held: r.Confirmed != "" && r.Confirmed != "model"}
		o.Tool = policy.ClassTool{Name: r.Name, Arguments: r.Arguments}
		if params, _ := jsonvalue.Decode(jsontext.Value(r.Values)).(map[string]any); params != nil && r.Via == "" {
			o.Args, o.Shown, note = params["arguments"], params["arguments"], ""
		}
		l.Add(o)
		return nil
	})
	names := slices.Sorted(maps.Keys(servers))
	switch {
	case err != nil:
		return nil, err
	case len(l) == 0:
		return nil, cli.WithHint(fmt.Errorf("%s has no call of %s that was allowed", file, cmp.Or(server, "any server")), "spectap audit tail "+cli.QuoteArg(file))
	case server == "" && len(names) > 1:
		return nil, cli.WithHint(fmt.Errorf("%s has calls of several servers: name one of %s", file, strings.Join(names, ", ")),
			"spectap policy init --from-audit "+cli.QuoteArg(file)+" "+cli.QuoteArg(names[0]))
	}
	return l.Policy("Learned from "+file+"."+note, "record")
}
