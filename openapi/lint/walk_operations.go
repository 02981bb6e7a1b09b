package lint

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// info checks info and servers.
func (w *walker) info() {
	d := w.doc
	if d.Info != nil {
		w.text(d.Info.Description, site{pointer: "/info/description"})
		if strings.TrimSpace(d.Info.Description) == "" {
			w.add("description-missing", site{pointer: "/info"}, "")
		}
	}
	if len(d.Servers) == 0 {
		w.add("server-missing", site{}, "")
	}
	for i, s := range d.Servers {
		w.server(s, site{pointer: jsonvalue.Pointer("servers", strconv.Itoa(i), "url")})
	}
}

func (w *walker) server(s *openapi3.Server, p site) {
	if s == nil {
		return
	}
	if len(s.URL) > 1 && strings.HasSuffix(s.URL, "/") {
		w.add("server-slash", p, "")
	}
	if u, err := url.Parse(s.URL); err == nil && u.Scheme == "http" && !isLoopback(u.Hostname()) {
		w.add("server-insecure", p, "")
	}
}

// isLoopback reports whether a host name is that of this machine.
func isLoopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.") || strings.HasSuffix(host, ".localhost")
}

func (w *walker) operation(method string, op *openapi3.Operation, o site) {
	w.text(op.Summary, o.at("summary"))
	w.text(op.Description, o.at("description"))
	if op.Summary == "" && op.Description == "" {
		w.add("operation-undescribed", o, "")
	}
	if len(op.Tags) == 0 {
		w.add("tag-missing", o, "")
	}
	for i, t := range op.Tags {
		if !w.tags[t] {
			w.add("tag-undeclared", o.at("tags", strconv.Itoa(i)), t)
		}
	}
	writes := slices.Contains([]string{"POST", "PUT", "PATCH", "DELETE"}, method)
	unsecured := op.Security == nil && w.secured && len(w.doc.Security) == 0
	if writes && unsecured && !signIn.MatchString(o.path) {
		w.add("write-unsecured", o, "")
	}
	w.parameters(op.Parameters, o)
	if op.RequestBody != nil && (method == "GET" || method == "HEAD") {
		w.add("body-on-read", o.at("requestBody"), "")
	}
	w.body(op.RequestBody, o.at("requestBody"))
	w.responses(op.Responses, o)
}

// signIn matches paths that hand out credentials, and so cannot require them.
var signIn = regexp.MustCompile(`(?i)token|oauth|log-?in|sign-?in|sign-?up|register|session|password`)

func (w *walker) responses(rs *openapi3.Responses, o site) {
	good, bad := false, false
	for _, status := range sorted(rs.Map()) {
		w.response(rs.Value(status), o.at("responses", status))
		good = good || status == "default" || status >= "1" && status < "4"
		bad = bad || status == "default" || status >= "4" && status < "6"
	}
	if !good {
		w.add("success-missing", o, "")
	}
	if !bad {
		w.add("failure-missing", o, "")
	}
}

func (w *walker) parameter(param *openapi3.Parameter, p site) {
	if param == nil {
		return
	}
	p.parameter = param.Name
	w.text(param.Description, p.at("description"))
	if param.Description == "" {
		w.add("parameter-undescribed", p, param.Name)
	}
	w.content(param.Content, p)
	if s := param.Schema; s != nil {
		if s.Ref == "" && s.Value != nil && isUntyped(s.Value) {
			w.add("parameter-untyped", p.at("schema"), param.Name)
		}
		w.root(s, p.at("schema"))
		w.example(s, p, param.Example)
		w.examples(s, p, param.Examples)
	}
}

// unsafeMarkup matches elements that a browser acts on, and comments. Other HTML is allowed in
// Markdown.
var unsafeMarkup = regexp.MustCompile(`(?i)<!--|<\s*/?\s*(script|style|iframe|object|embed|form|link|meta|base|svg|img[^>]*\son)`)

// isUntyped reports whether a schema does not restrict the type of values.
func isUntyped(s *openapi3.Schema) bool {
	return s.Type == nil && s.Enum == nil && s.Const == nil && s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil
}

// text checks text that people and models read.
func (w *walker) text(s string, p site) {
	if unsafeMarkup.MatchString(s) || strings.ContainsFunc(s, isInvisible) {
		w.add("markup", p, "")
	}
}

// isInvisible reports whether a character does not show. Those that are harmless in text do not
// count: white space, joiners within emoji, soft hyphens and byte order marks.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) && !strings.ContainsRune("\u200d\ufeff\u00ad", r) ||
		unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r)
}
