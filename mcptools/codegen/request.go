// Package codegen writes programs and curl commands that send captured requests again.
//
// [Generate] writes a program for one of [Frameworks]; [Curl] writes one command. The flows must be
// redacted. A program reads each secret from an environment variable; a curl command keeps the
// placeholder. Text from the capture is quoted so that it cannot become code, and invisible
// characters are written as escapes.
//
// Read request.go first.
package codegen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// Program is a program that sends requests.
type Program struct {
	Language  string
	Code      string
	Variables []Variable // never nil
}

// Variable is an environment variable that holds a secret.
type Variable struct {
	Name       string `json:"name"`
	StandsFor  string `json:"stands_for"` // what the capture shows in its place
	FirstUseIn string `json:"first_use_in"`
	ReturnedBy string `json:"returned_by,omitempty"` // the response, to one of the requests before, that has it: read it there, to send a new one
}

// remark says in a comment of a program what the variable stands for.
func (v *Variable) remark() string {
	text := v.StandsFor
	if v.ReturnedBy != "" {
		text += ", in the " + v.ReturnedBy
	}
	return comment(text)
}

// Frameworks returns the names of the libraries and tools that [Generate] can use.
func Frameworks() []string {
	return []string{"curl_cffi", "requests", "httpx", "aiohttp", "playwright", "curl", "fetch"}
}

// writer writes requests in one language with one library.
type writer struct {
	language string
	write    func(requests []request, vars *variables) string
}

var writers = map[string]writer{
	"curl_cffi": {"python", pythonSession{
		head: "from curl_cffi import requests", open: `requests.Session(impersonate="chrome")`, bodyArgument: "data", redirectArgument: "allow_redirects",
	}.write},
	"requests": {"python", pythonSession{
		head: "import requests", open: "requests.Session()", bodyArgument: "data", redirectArgument: "allow_redirects",
	}.write},
	"httpx": {"python", pythonSession{
		head: "import httpx", open: "httpx.Client()", bodyArgument: "content", redirectArgument: "follow_redirects",
	}.write},
	"aiohttp":    {"python", writeAiohttp},
	"playwright": {"python", writePlaywright},
	"curl":       {"shell", writeCurl},
	"fetch":      {"javascript", writeFetch},
}

// Generate writes a program that sends the requests of redacted flows in order. It panics if the
// framework is not one of [Frameworks].
func Generate(framework string, flows []flow.Flow) Program {
	vars := &variables{}
	requests := make([]request, len(flows))
	for i := range flows {
		requests[i] = newRequest(&flows[i], vars)
		vars.note(&flows[i])
	}
	w := writers[framework]
	// The writers escape such characters as their languages do; what they miss is written out.
	code := view.Visible(w.write(requests, vars))
	return Program{Language: w.language, Code: code, Variables: append([]Variable{}, vars.list...)}
}

// request is a request to write, with variables in place of placeholders.
type request struct {
	id      flow.Seq
	method  string
	url     template
	headers []header
	basic   *basicAuth // nil: no Basic authorization with secrets
	// basicHeader is an expression for the value of the Authorization header, for a library that
	// has no other way.
	basicHeader string
	body        template
	hasBody     bool
	bodyInFile  bool // the program reads the body from a file that the user must provide
}

// basicAuth is the user and password of a Basic authorization. The libraries encode them.
type basicAuth struct{ user, password template }

type header struct {
	name  string
	value template
}

// template is text with variables: elements with even indexes are literal text, elements with odd
// indexes are names of variables.
type template []string

// generatedHeaders are header lines that a client generates or that belong to one connection.
var generatedHeaders = []string{
	"host", "content-length", "connection", "proxy-connection", "proxy-authorization", "transfer-encoding",
	"accept-encoding", "keep-alive", "te", "trailer", "upgrade", "expect", "content-encoding",
}

// IsGeneratedHeader reports whether a client generates header lines of that name, so that a request
// sent again must not copy them. Content-Encoding is one of them, because bodies are sent decoded.
func IsGeneratedHeader(name string) bool {
	return slices.Contains(generatedHeaders, strings.ToLower(name))
}

// maxBody is the size in bytes of the longest body that a program contains.
const maxBody = 64 << 10

// MaxSize bounds the requests of a program of several flows, in bytes: a larger program would be
// too large for a result or a page.
const MaxSize = 4 << 20

// Room counts the requests of one program. The zero value is that of an empty one.
type Room struct {
	flows, size int
}

// Admit adds a flow, and reports whether the program has room for it: one flow always, several if
// their requests have at most [MaxSize] bytes together.
func (r *Room) Admit(f *flow.Flow) bool {
	r.flows++
	r.size += sizeOf(f)
	return r.flows == 1 || r.size <= MaxSize
}

// sizeOf returns the bytes of a flow that a program contains.
func sizeOf(f *flow.Flow) int {
	n := len(f.Request.URL()) + min(len(f.Request.Body.Data), maxBody)
	for _, h := range f.Request.Header {
		n += len(h.Name) + len(h.Value)
	}
	return n
}

func newRequest(f *flow.Flow, vars *variables) request {
	r := &f.Request
	source := fmt.Sprintf("flow %d", f.Seq)
	out := request{id: f.Seq, method: r.Method, url: vars.template(placeholder.Unescape(r.URL()), "URL of "+source, fieldVariable)}
	for _, h := range r.Header {
		if IsGeneratedHeader(h.Name) || strings.HasPrefix(h.Name, ":") {
			continue
		}
		where := "header " + h.Name + " of " + source
		if user, password, ok := BasicCredentials(h.Name, h.Value); ok && out.basic == nil {
			out.basic = &basicAuth{
				vars.user(user, where),
				vars.template(password, where, func(string) string { return "BASIC_PASSWORD" }),
			}
			continue
		}
		out.headers = append(out.headers, header{h.Name, vars.template(h.Value, where, headerVariable(h.Name))})
	}
	out.bodyInFile = r.Body.Omitted != ""
	if out.hasBody = len(r.Body.Data) > 0 || out.bodyInFile; !out.hasBody || out.bodyInFile {
		return out
	}
	data, complete, err := decode.Body(r.Header, r.Body, maxBody)
	if err != nil || !complete || !view.IsText(r.Header.MediaType(), data) {
		out.bodyInFile = true
		return out
	}
	out.declareUTF8()
	text := string(data)
	if decode.IsForm(decode.Kind(r.Header.MediaType(), data)) {
		text = placeholder.Unescape(text)
	}
	out.body = vars.template(text, "body of "+source, fieldVariable)
	return out
}

// declareUTF8 changes the charset of the Content-Type header to UTF-8: decoding converts the body.
func (r *request) declareUTF8() {
	for i, h := range r.headers {
		if strings.EqualFold(h.name, "Content-Type") && len(h.value) == 1 {
			r.headers[i].value = template{utf8Type(h.value[0])}
		}
	}
}

// utf8Type returns a Content-Type with UTF-8 in place of another charset.
func utf8Type(value string) string {
	charset := decode.Param(value, "charset")
	if charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
		return value
	}
	return decode.MediaType(value) + "; charset=utf-8"
}

// title describes a request in a comment of the program.
func (r *request) title() string {
	return comment(fmt.Sprintf("flow %d: %s %s", r.id, r.method, strings.Join(r.url, "")))
}

// bodyFile is the name of the file that the user puts the body in.
func (r *request) bodyFile() string { return fmt.Sprintf("body-%d.bin", r.id) }

// variables names the secrets of a program.
type variables struct {
	list     []Variable
	named    map[string]string // the variables by what they stand for
	used     map[string]int    // how many variables have a name, or begin with it
	returned map[string]string // where the responses so far have a placeholder
}

// note remembers the placeholders in the response of a redacted flow.
func (v *variables) note(f *flow.Flow) {
	if f.Response == nil {
		return
	}
	if v.returned == nil {
		v.returned = map[string]string{}
	}
	add := func(text, where string) {
		parts := placeholder.Split(text)
		for i := 1; i < len(parts); i += 2 {
			if v.returned[parts[i]] == "" {
				v.returned[parts[i]] = view.Visible(fmt.Sprintf("%s of the response to flow %d", where, f.Seq))
			}
		}
	}
	for _, h := range f.Response.Header {
		add(h.Value, "header "+h.Name)
	}
	text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
	add(text, "body")
}

// template replaces the placeholders in s by variables. source says in which text of which flow s
// is; nameFor proposes a variable for a placeholder from the text before it.
func (v *variables) template(s, source string, nameFor func(before string) string) template {
	out := template(placeholder.Split(s))
	for i := 1; i < len(out); i += 2 {
		out[i] = v.name(out[i], source, nameFor(out[i-1]))
	}
	return out
}

// user returns the user of a Basic authorization as a variable, also if the capture shows it: who
// runs the program signs in as someone else.
func (v *variables) user(s, source string) template {
	if s == "" || placeholder.IsIn(s) {
		return v.template(s, source, func(string) string { return "BASIC_USER" })
	}
	return template{"", v.name(s, source, "BASIC_USER"), ""}
}

// name returns the variable for a placeholder. Equal secrets share a variable. proposed is from the
// words of this package, never from the capture; "" leaves the choice to the kind of secret.
func (v *variables) name(p, source, proposed string) string {
	shown := view.Visible(p)
	if name, ok := v.named[shown]; ok {
		return name
	}
	if v.named == nil {
		v.named, v.used = map[string]string{}, map[string]int{}
	}
	proposed = cmp.Or(proposed, kindVariable(placeholder.Kind(p)))
	name := proposed
	if v.used[proposed]++; v.used[proposed] > 1 {
		name = fmt.Sprintf("%s_%d", proposed, v.used[proposed])
	}
	v.named[shown] = name
	v.list = append(v.list, Variable{name, shown, view.Visible(source), v.returned[p]})
	return name
}

// expression writes a template in a language that concatenates strings with "+".
func (t template) expression(quote func(string) string, variable func(string) string) string {
	var terms []string
	for i, s := range t {
		switch {
		case i%2 == 1:
			terms = append(terms, variable(s))
		case s != "" || len(t) == 1:
			terms = append(terms, quote(s))
		}
	}
	return strings.Join(terms, " + ")
}

// join concatenates t, sep and u.
func (t template) join(sep string, u template) template {
	out := append(template{}, t...)
	out[len(out)-1] += sep + u[0]
	return append(out, u[1:]...)
}

// comment makes one line of s, at most 200 bytes long.
func comment(s string) string {
	oneLine := strings.NewReplacer("\n", "⟨U+000A⟩", "\r", "⟨U+000D⟩", "\t", " ")
	return view.Cut(oneLine.Replace(view.Visible(s)), 200)
}
