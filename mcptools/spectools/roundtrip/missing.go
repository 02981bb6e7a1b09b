package roundtrip

import (
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi/router"
)

// Missing is a credential, a cookie or an anti-forgery header that captured requests had, and that
// the tools would not send. The API would refuse such requests.
type Missing struct {
	Scheme string `json:"scheme,omitempty"` // the security scheme that it is for
	Where  string `json:"where"`            // as in "cookie sid"
	Give   string `json:"give"`             // see Config.Give
	// Requests counts those that had it.
	Requests int `json:"requests"`
}

// miss counts what a request had, and what its tool would not send.
func (v *Verifier) miss(r *flow.Request, match *router.Match, form spectools.Form) {
	var all []Missing
	add := func(scheme, where string, s *openapi3.SecurityScheme) {
		m := Missing{Scheme: scheme, Where: where, Give: v.c.Give(scheme, s)}
		if m.Give != "" && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	best, names := form.Best(func(s spectools.Scheme) (egress.Credential, string, bool) {
		at, ok := credential.SentAs(r, s.SecurityScheme)
		return at, s.Name, ok
	})
	for i, name := range names {
		where := string(best[i].In) + " " + best[i].Name
		if best[i].In == egress.InDigest {
			where = "header " + best[i].Name
		}
		add(name, where, v.doc.Components.SecuritySchemes[name].Value)
	}
	isWrite := !guard.IsSafe(r.Method)
	cookies := http.Request{Header: http.Header{"Cookie": r.Header.Values("Cookie")}}
	for _, c := range cookies.Cookies() {
		isToken := headers.IsAntiForgery(c.Name)
		if (headers.IsSessionCookie(c.Name) || isToken && isWrite) && !headers.IsTrackingCookie(c.Name) && !v.isDeclared(c.Name, match) {
			add("", "cookie "+c.Name, nil)
		}
	}
	for _, h := range r.Header {
		if isWrite && headers.IsAntiForgery(h.Name) {
			add("", "header "+h.Name, nil)
		}
	}
	if len(all) > 0 {
		v.report.Lacking++
	}
	for _, m := range all {
		i := slices.IndexFunc(v.report.Missing, func(x Missing) bool { return x.Scheme == m.Scheme && strings.EqualFold(x.Where, m.Where) })
		if i < 0 {
			i, v.report.Missing = len(v.report.Missing), append(v.report.Missing, m)
		}
		v.report.Missing[i].Requests++
	}
}

// isDeclared reports whether a cookie is a parameter of an operation, or the credential of a scheme
// of the document: operations that do not require it need none.
func (v *Verifier) isDeclared(cookie string, match *router.Match) bool {
	return slices.ContainsFunc(match.Parameters(), func(p *openapi3.Parameter) bool { return p.In == "cookie" && p.Name == cookie }) ||
		slices.ContainsFunc(v.schemes, func(s *openapi3.SecurityScheme) bool { return s.In == "cookie" && s.Name == cookie })
}
